/* SPDX-License-Identifier: Apache-2.0 */
/* held_table: as many lists as tasks: thousands may wait for an engine, and
 * each of them is looked for under the lock. A handle is a number that looks
 * like a pointer, and numbers are not used again. */
#include "held_table.h"

#include <stdlib.h>

#define FIRST_LISTS 64

static ct_held_t **list_of(ct_helds_t *all, apr_uintptr_t number)
{
    return &all->lists[number & (all->size - 1)];
}

static void put(ct_helds_t *all, ct_held_t *held)
{
    ct_held_t **list = list_of(all, held->number);

    held->next = *list;
    *list = held;
}

/* For one more. With no memory for more lists they become longer.
 * @return 0: there is none at all */
static int make_room(ct_helds_t *all)
{
    ct_held_t **before = all->lists;
    apr_uintptr_t before_size = all->size;
    apr_uintptr_t size = before_size ? 2 * before_size : FIRST_LISTS;
    apr_uintptr_t i;
    ct_held_t **lists;

    if (all->count < before_size) {
        return 1;
    }
    lists = calloc(size, sizeof(ct_held_t *));
    if (!lists) {
        return before_size > 0;
    }
    all->lists = lists;
    all->size = size;
    for (i = 0; i < before_size; ++i) {
        while (before[i]) {
            ct_held_t *held = before[i];

            before[i] = held->next;
            put(all, held);
        }
    }
    free(before);
    return 1;
}

int ct_held_table_add(ct_helds_t *all, ct_held_t *held)
{
    if (!make_room(all)) {
        return 0;
    }
    held->number = ++all->numbers;
    ++all->count;
    put(all, held);
    return 1;
}

ct_held_t *ct_held_table_find(ct_helds_t *all, const crosstown_held_t *handle)
{
    apr_uintptr_t number = (apr_uintptr_t)handle;
    ct_held_t *held = all->size ? *list_of(all, number) : NULL;

    while (held && held->number != number) {
        held = held->next;
    }
    return held;
}

void ct_held_table_remove(ct_helds_t *all, ct_held_t *held)
{
    ct_held_t **link = list_of(all, held->number);

    while (*link != held) {
        link = &(*link)->next;
    }
    *link = held->next;
    --all->count;
}

void ct_held_end(ct_dispatcher_t *d)
{
    apr_uintptr_t i;

    for (i = 0; i < d->held.size; ++i) {
        while (d->held.lists[i]) {
            ct_held_t *held = d->held.lists[i];

            d->held.lists[i] = held->next;
            free(held->words);
            free(held);
        }
    }
    free(d->held.lists);
}
