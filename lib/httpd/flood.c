/* SPDX-License-Identifier: Apache-2.0 */
/* flood: see flood.h. Names stand in a table that only fills: who finds a
 * place that is just being written goes on to the next one; that a name then
 * has two places costs it nothing but a few lines more.
 * Thread: see flood.h.
 * Lifetime: see flood.h. */
#include "flood.h"

#include "apr_strings.h"

#define NAMES 64

/* States of a place. */
#define PLACE_FREE    0
#define PLACE_WRITTEN 1              /* by one thread */
#define PLACE_TAKEN   2

static ct_flood_name_t names[NAMES];
static ct_flood_name_t others = { .state = PLACE_TAKEN, .name = "other" };

static unsigned int this_second(void)
{
    return (unsigned int)apr_time_sec(apr_time_now());
}

apr_uint32_t ct_flood_take(ct_flood_t *flood)
{
    return atomic_exchange(&flood->untold, 0);
}

apr_uint32_t ct_flood_count(ct_flood_t *flood, apr_uint32_t budget)
{
    unsigned int second = this_second();
    unsigned int before = atomic_load(&flood->second);

    atomic_fetch_add(&flood->untold, 1);
    if (second != before
        && atomic_compare_exchange_strong(&flood->second, &before, second)) {
        atomic_store(&flood->lines, 0);
    }
    if (atomic_load(&flood->lines) >= budget
        || atomic_fetch_add(&flood->lines, 1) >= budget) {
        return 0;
    }
    return ct_flood_take(flood);
}

static int has_name(ct_flood_name_t *named, const char *name)
{
    return atomic_load(&named->state) == PLACE_TAKEN
           && !strncmp(named->name, name, CT_FLOOD_NAME_SIZE - 1);
}

static int take_place(ct_flood_name_t *named, const char *name)
{
    unsigned int state = PLACE_FREE;

    if (!atomic_compare_exchange_strong(&named->state, &state,
                                        PLACE_WRITTEN)) {
        return 0;
    }
    apr_cpystrn(named->name, name, CT_FLOOD_NAME_SIZE);
    atomic_store(&named->state, PLACE_TAKEN);
    return 1;
}

ct_flood_name_t *ct_flood_of(const char *name)
{
    int i;

    for (i = 0; i < NAMES; ++i) {
        if (has_name(&names[i], name) || take_place(&names[i], name)) {
            return &names[i];
        }
    }
    return &others;
}

/* @return is something still held back? */
static int tell_one(ct_flood_name_t *named, unsigned int second,
                    void (*tell)(ct_flood_name_t *named, apr_uint32_t untold))
{
    apr_uint32_t untold;

    if (atomic_load(&named->flood.untold) == 0) {
        return 0;
    }
    if (atomic_load(&named->flood.second) == second) {
        return 1;
    }
    untold = ct_flood_take(&named->flood);
    if (untold > 0) {
        tell(named, untold);
    }
    return 0;
}

int ct_flood_each(int all, void (*tell)(ct_flood_name_t *named,
                                        apr_uint32_t untold))
{
    /* No line was written in the second 0. */
    unsigned int second = all ? 0 : this_second();
    int left = tell_one(&others, second, tell);
    int i;

    for (i = 0; i < NAMES
                && atomic_load(&names[i].state) != PLACE_FREE; ++i) {
        left |= tell_one(&names[i], second, tell);
    }
    return left;
}
