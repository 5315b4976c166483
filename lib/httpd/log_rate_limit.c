/* SPDX-License-Identifier: Apache-2.0 */
/* log_rate_limit: see log_rate_limit.h. */
#include "log_rate_limit.h"

static ct_rate_limit_name_t names[CT_SCOREBOARD_NAMES];

static unsigned int this_second(void)
{
    return (unsigned int)apr_time_sec(apr_time_now());
}

apr_uint32_t ct_rate_limit_take(ct_rate_limit_t *flood)
{
    return atomic_exchange(&flood->untold, 0);
}

apr_uint32_t ct_rate_limit_count(ct_rate_limit_t *flood, apr_uint32_t budget)
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
    return ct_rate_limit_take(flood);
}

ct_rate_limit_name_t *ct_rate_limit_of(const char *name)
{
    return &names[ct_name_ids_find(name)];
}

/* @return is something still held back? */
static int tell_one(unsigned int number, unsigned int second,
                    void (*tell)(server_rec *s, const char *name,
                                 apr_uint32_t untold))
{
    ct_rate_limit_name_t *named = &names[number];
    char name[CT_SNAPSHOT_NAME_SIZE];
    apr_uint32_t untold;

    if (atomic_load(&named->flood.untold) == 0) {
        return 0;
    }
    if (atomic_load(&named->flood.second) == second) {
        return 1;
    }
    untold = ct_rate_limit_take(&named->flood);
    if (untold > 0 && ct_name_ids_text(number, name)) {
        tell(atomic_load(&named->server), name, untold);
    }
    return 0;
}

int ct_rate_limit_each(int all, void (*tell)(server_rec *s, const char *name,
                                             apr_uint32_t untold))
{
    /* No line was written in the second 0. */
    unsigned int second = all ? 0 : this_second();
    unsigned int number;
    int left = 0;

    for (number = 0; number < CT_SCOREBOARD_NAMES; ++number) {
        left |= tell_one(number, second, tell);
    }
    return left;
}
