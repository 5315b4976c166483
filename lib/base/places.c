/* SPDX-License-Identifier: Apache-2.0 */
/* places: a place is one word, the process that has it. So there is no moment
 * at which a process that is killed has a place that nobody knows of, and no
 * lock that it could leave behind. The waiting is the kernel's (a futex, in
 * platform.c): it wakes in the order in which they came, and forgets who is
 * gone. All who wait do so at one word, each for its kinds of places, which
 * are bits. Where the kernel has none, who comes first after a place is given
 * back has it. */
#include "places.h"

#include "gauges.h"
#include "platform.h"

/* Values of an owner, beside the processes. */
#define NOBODY   0
#define PROMISED 0xffffffffU

static ct_place_kind_t *kind_of(const ct_places_t *places)
{
    return &places->table->kinds[places->kind];
}

void ct_places_resize(ct_places_t *places, apr_uint32_t count)
{
    atomic_uint *most = &kind_of(places)->count;
    unsigned int before = atomic_load(most);

    count = count < CT_PLACES_MOST ? count : CT_PLACES_MOST;
    while (before < count
           && !atomic_compare_exchange_weak(most, &before, count)) {
        continue;
    }
    places->count = count;
}

/* The first one that is free: those before it are others'. */
static int take(const ct_places_t *places, unsigned int from)
{
    ct_place_kind_t *kind = kind_of(places);
    apr_uint32_t i;

    for (i = 0; i < places->count; ++i) {
        unsigned int owner = from;

        if (atomic_load(&kind->owners[i]) == from
            && atomic_compare_exchange_strong(&kind->owners[i], &owner,
                                              places->owner)) {
            ct_gauges_raise(&kind->most, i + 1);
            return 1;
        }
    }
    return 0;
}

int ct_places_take(const ct_places_t *places, int promised)
{
    return take(places, NOBODY) || (promised && take(places, PROMISED));
}

/* Wake one who waits for a place of this kind. @return 0: nobody does */
static int wake_one(ct_place_table_t *table, unsigned int kind)
{
    atomic_fetch_add(&table->changes, 1);
    return ct_word_wake_one(&table->changes, 1U << kind);
}

/* Who began to wait while it was still promised, to nobody, is woken as
 * well. @return 0: it is another's by now */
static int hand_on(ct_place_table_t *table, unsigned int kind,
                   atomic_uint *place, unsigned int owner)
{
    unsigned int promised = PROMISED;

    if (!atomic_compare_exchange_strong(place, &owner, PROMISED)) {
        return 0;
    }
    if (!wake_one(table, kind)
        && atomic_compare_exchange_strong(place, &promised, NOBODY)) {
        wake_one(table, kind);
    }
    return 1;
}

static void hand_on_one(const ct_places_t *places, unsigned int owner)
{
    ct_place_kind_t *kind = kind_of(places);
    apr_uint32_t most = atomic_load(&kind->count);
    apr_uint32_t count = places->count > most ? places->count : most;
    apr_uint32_t i;

    for (i = 0; i < count; ++i) {
        if (atomic_load(&kind->owners[i]) == owner
            && hand_on(places->table, places->kind, &kind->owners[i],
                       owner)) {
            return;
        }
    }
}

void ct_places_give_back(const ct_places_t *places)
{
    hand_on_one(places, places->owner);
}

/* Perhaps one that another was woken for: that one, or who is woken now, finds
 * none, and waits on. */
void ct_places_pass_on(const ct_places_t *places)
{
    hand_on_one(places, PROMISED);
}

unsigned int ct_places_changes(const ct_place_table_t *table)
{
    return atomic_load(&table->changes);
}

void ct_places_wait(ct_place_table_t *table, unsigned int changes,
                    unsigned int kinds, apr_interval_time_t time)
{
    struct timespec until = ct_until(time);

    ct_word_wait(&table->changes, changes, kinds, &until);
}

void ct_places_wake_all(ct_place_table_t *table)
{
    atomic_fetch_add(&table->changes, 1);
    ct_word_wake_all(&table->changes);
}

void ct_places_sweep(ct_place_table_t *table,
                     int (*is_gone)(apr_uint32_t owner, void *context),
                     void *context)
{
    unsigned int number, i;

    for (number = 0; number < CT_PLACES_KINDS; ++number) {
        ct_place_kind_t *kind = &table->kinds[number];

        for (i = 0; i < atomic_load(&kind->count); ++i) {
            unsigned int owner = atomic_load(&kind->owners[i]);

            if (owner != NOBODY && owner != PROMISED
                && is_gone(owner, context)) {
                (void)hand_on(table, number, &kind->owners[i], owner);
            }
        }
    }
}

apr_uint32_t ct_places_taken(ct_place_kind_t *kind)
{
    apr_uint32_t taken = 0;
    unsigned int i;

    for (i = 0; i < atomic_load(&kind->count); ++i) {
        unsigned int owner = atomic_load(&kind->owners[i]);

        taken += owner != NOBODY && owner != PROMISED;
    }
    return taken;
}
