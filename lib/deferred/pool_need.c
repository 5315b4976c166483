/* SPDX-License-Identifier: Apache-2.0 */
/* pool_need: would who waits for this one wait for the pool? Deferreds that
 * wait for each other are a chain, gatherings make a graph of it, and a chain
 * can come to wait for the pool at any time: so it is walked when somebody on
 * the pool waits, which is rare, and nothing is kept up to date for it. */
#include "deferred.h"

#include <stdlib.h>

/** Some, with a reference to each. */
typedef struct set_t {
    crosstown_deferred_t **all;
    apr_size_t count;
    apr_size_t room;
} set_t;

typedef struct search_t {
    set_t todo;                      /* chains to be walked */
    set_t gatherings;                /* seen so far */
} search_t;

/* Takes the reference. */
static void add(set_t *set, crosstown_deferred_t *d)
{
    if (set->count == set->room) {
        apr_size_t wanted = set->room ? 2 * set->room : 16;
        crosstown_deferred_t **larger
            = realloc(set->all, wanted * sizeof(*larger));

        if (!larger) {
            ct_deferred_release(d);
            return;
        }
        set->all = larger;
        set->room = wanted;
    }
    set->all[set->count++] = d;
}

static void empty(set_t *set)
{
    while (set->count > 0) {
        ct_deferred_release(set->all[--set->count]);
    }
    free(set->all);
}

static void add_member(crosstown_deferred_t *member, void *data)
{
    add(data, member);
}

static int has(const set_t *set, const crosstown_deferred_t *d)
{
    apr_size_t i;

    for (i = 0; i < set->count; ++i) {
        if (set->all[i] == d) {
            return 1;
        }
    }
    return 0;
}

static int needs_it(crosstown_deferred_t *at, void *data)
{
    search_t *search = data;
    int is;

    ct_deferred_lock(at);
    is = at->needs_pool && !at->fired;
    ct_deferred_unlock(at);
    if (!is && !has(&search->gatherings, at)
        && ct_gather_show(at, add_member, &search->todo)) {
        add(&search->gatherings, ct_deferred_keep(at));
    }
    return is;
}

int ct_pool_need(crosstown_deferred_t *d)
{
    search_t search = { { NULL, 0, 0 }, { NULL, 0, 0 } };
    int found = ct_chain_any(d, needs_it, &search);

    while (!found && search.todo.count > 0) {
        crosstown_deferred_t *next = search.todo.all[--search.todo.count];

        found = ct_chain_any(next, needs_it, &search);
        ct_deferred_release(next);
    }
    empty(&search.todo);
    empty(&search.gatherings);
    return found;
}
