/* SPDX-License-Identifier: Apache-2.0 */
/* gather: one deferred for several. The gathering is a link at the end of each
 * one's chain, as it stands then. A result passes through it to links that
 * are added later. A failure ends there: it stands among the results of the
 * gathering, or is its failure, or came too late to matter; so it counts as
 * seen, and the next link gets NULL as a result (Twisted's DeferredList with
 * consumeErrors, in all three ways to gather). What could not be gathered,
 * for want of memory, counts as failed with APR_ENOMEM.
 *
 * Thread: any; what says `lock` under the gathering's own.
 * Lifetime: counted: by its deferred, or whatever took over from that, and by
 * each link that has not had its turn. It has a reference to each member as
 * long as that matters: until it is complete and not being cancelled, to those
 * with a result until it goes. */
#include "deferred.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct gathering_t gathering_t;

typedef struct member_t {
    ct_tap_t tap;
    gathering_t *gathering;          /* set once */
    crosstown_deferred_t *d;         /* lock; a reference, or NULL */
    char *message;                   /* lock; to be freed */
    int needs_pool;                  /* set once */
    int over;                        /* lock */
} member_t;

struct gathering_t {
    ct_owned_t belonging;
    crosstown_gathered_t gathered;   /* lock; fixed once complete */
    crosstown_result_t *results;     /* lock; fixed once complete */
    crosstown_gather_e how;          /* set once */
    crosstown_deferred_t *d;         /* lock; a reference; NULL: complete */
    int cancelling;                  /* lock: all members are being */
    apr_size_t left;                 /* lock: members that are not over */
    apr_size_t left_to_pool;         /* lock: of these, in need of it */
    atomic_size_t references;        /* atomic */
    member_t members[];
};

static void lock(gathering_t *g)
{
    ct_locks_take(ct_locks_of(g));
}

static void unlock(gathering_t *g)
{
    ct_locks_give(ct_locks_of(g));
}

static void release(gathering_t *g)
{
    apr_size_t i;

    if (atomic_fetch_sub(&g->references, 1) > 1) {
        return;
    }
    for (i = 0; i < g->gathered.count; ++i) {
        ct_deferred_release(g->members[i].d);
        free(g->members[i].message);
    }
    free(g);
}

static void end(ct_owned_t *belonging)
{
    release((gathering_t *)belonging);
}

/* Once it is complete those that are left do not matter any more; unless they
 * are about to be cancelled. */
static void let_go(gathering_t *g)
{
    apr_size_t i;

    for (i = 0; i < g->gathered.count; ++i) {
        crosstown_deferred_t *unneeded = NULL;

        lock(g);
        if (!g->d && !g->cancelling && !g->members[i].over) {
            unneeded = g->members[i].d;
            g->members[i].d = NULL;
        }
        unlock(g);
        ct_deferred_release(unneeded);
    }
}

/* The first one that is cancelled may complete it: the others are cancelled
 * all the same. */
static void cancel_members(gathering_t *g)
{
    apr_size_t i;

    lock(g);
    g->cancelling = 1;
    unlock(g);
    for (i = 0; i < g->gathered.count; ++i) {
        crosstown_deferred_t *member;

        lock(g);
        member = g->members[i].over ? NULL
                 : ct_deferred_keep(g->members[i].d);
        unlock(g);
        ct_deferred_cancel(member);
        ct_deferred_release(member);
    }
    lock(g);
    g->cancelling = 0;
    unlock(g);
    let_go(g);
}

/* Until it fires, what belongs to it is not taken over by another. */
static void cancel_all(crosstown_deferred_t *d, void *data)
{
    gathering_t *g = data;
    int fired;

    ct_deferred_lock(d);
    fired = d->fired;
    if (!fired) {
        atomic_fetch_add(&g->references, 1);
    }
    ct_deferred_unlock(d);
    if (fired) {
        return;
    }
    cancel_members(g);
    release(g);
}

/* @return d, if it is to be run, and its reference with it */
static crosstown_deferred_t *complete(gathering_t *g, const member_t *last,
                                      crosstown_deferred_t *d)
{
    const crosstown_result_t *result = &g->results[last - g->members];
    apr_status_t rv;

    let_go(g);
    if (!ct_deferred_begin(d, &rv)) {
        ct_deferred_release(d);
        return NULL;
    }
    if (g->how != CROSSTOWN_GATHER_ALL && result->status != APR_SUCCESS) {
        ct_failure_text_fail(d, result->status, result->message);
    }
    else {
        ct_failure_text_succeed(d, &g->gathered);
    }
    return d;
}

/* Under lock. */
static void fill_in(member_t *member, apr_status_t status, void *result,
                    const char *message)
{
    gathering_t *g = member->gathering;
    apr_size_t index = member - g->members;

    if (message) {
        member->message = strdup(message);
        message = member->message ? member->message : CT_WORDS_LOST;
    }
    g->results[index].status = status;
    g->results[index].message = message;
    g->results[index].result = result;
    member->over = 1;
    --g->left;
    if (status == APR_SUCCESS && g->how == CROSSTOWN_GATHER_FIRST) {
        g->gathered.index = index;
    }
}

/* Under lock. */
static int is_complete(const gathering_t *g, apr_status_t status)
{
    return g->left == 0
           || (g->how == CROSSTOWN_GATHER_FIRST && status == APR_SUCCESS)
           || (g->how == CROSSTOWN_GATHER_EACH && status != APR_SUCCESS);
}

static void needs_no_pool(crosstown_deferred_t *d)
{
    if (d) {
        ct_deferred_lock(d);
        d->needs_pool = 0;
        ct_deferred_unlock(d);
        ct_deferred_release(d);
    }
}

/* @return as the function of a link of our own */
static crosstown_deferred_t *note(member_t *member, apr_status_t status,
                                  void *result, const char *message)
{
    gathering_t *g = member->gathering;
    crosstown_deferred_t *completed = NULL;
    crosstown_deferred_t *relieved = NULL;

    lock(g);
    if (g->d) {
        fill_in(member, status, result, message);
        if (member->needs_pool && --g->left_to_pool == 0) {
            relieved = ct_deferred_keep(g->d);
        }
        if (is_complete(g, status)) {
            completed = g->d;
            g->d = NULL;
        }
    }
    unlock(g);
    needs_no_pool(relieved);
    return completed ? complete(g, member, completed) : NULL;
}

static crosstown_deferred_t *pass(ct_tap_t *tap, crosstown_deferred_t *d)
{
    member_t *member = (member_t *)tap;
    gathering_t *g = member->gathering;
    crosstown_deferred_t *begun = NULL;
    char room[CT_WORDS_SIZE];

    if (d && d->status == APR_SUCCESS) {
        begun = note(member, APR_SUCCESS, d->result, NULL);
    }
    else if (d) {
        begun = note(member, d->status, NULL, ct_failure_text_say(d, room));
        ct_failure_text_succeed(d, NULL);
    }
    release(g);
    return begun;
}

static void prepare(gathering_t *g, crosstown_deferred_t *const *several)
{
    apr_size_t i;

    for (i = 0; i < g->gathered.count; ++i) {
        member_t *member = &g->members[i];

        member->tap.over = pass;
        member->gathering = g;
        member->d = ct_deferred_keep(several[i]);
        member->needs_pool = ct_wait_for_pool(several[i]);
        g->left_to_pool += member->needs_pool ? 1 : 0;
        g->results[i].size = sizeof(g->results[i]);
        g->results[i].status = APR_INCOMPLETE;
    }
    g->d->needs_pool = g->left_to_pool > 0;
}

static void collect(gathering_t *g, crosstown_deferred_t *const *several)
{
    char room[CT_WORDS_SIZE];
    apr_size_t refused = 0;
    apr_size_t i;

    for (i = 0; i < g->gathered.count; ++i) {
        member_t *member = &g->members[i];

        if (ct_chain_tap(several[i], &member->tap) != APR_SUCCESS) {
            crosstown_deferred_t *begun
                = note(member, APR_ENOMEM, NULL,
                       apr_strerror(APR_ENOMEM, room, sizeof(room)));

            ++refused;
            if (begun) {
                ct_run_chain(begun);
                ct_deferred_release(begun);
            }
        }
    }
    for (; refused > 0; --refused) {
        release(g);
    }
}

/* @return a gathering of no member yet, which belongs to its deferred */
static gathering_t *make(apr_size_t count, crosstown_gather_e how)
{
    const size_t each = sizeof(member_t) + sizeof(crosstown_result_t);
    gathering_t *g = count > (SIZE_MAX - sizeof(*g)) / each ? NULL
                     : calloc(1, sizeof(*g) + count * each);

    if (!g) {
        return NULL;
    }
    g->d = ct_deferred_make(cancel_all, g);
    if (!g->d) {
        free(g);
        return NULL;
    }
    g->results = (crosstown_result_t *)(g->members + count);
    g->gathered.size = sizeof(g->gathered);
    g->gathered.count = count;
    g->gathered.results = g->results;
    g->how = how;
    g->left = count;
    atomic_init(&g->references, count + 1);
    g->belonging.end = end;
    ct_owned_memory_add(g->d, &g->belonging);
    return g;
}

crosstown_deferred_t *ct_gather_several(crosstown_deferred_t *const *several,
                                        apr_size_t count,
                                        crosstown_gather_e how)
{
    gathering_t *g = make(count, how);
    crosstown_deferred_t *d;

    if (!g) {
        return NULL;
    }
    d = ct_deferred_keep(g->d);
    if (count > 0) {
        prepare(g, several);
        collect(g, several);
        return d;
    }
    g->d = NULL;
    if (how == CROSSTOWN_GATHER_FIRST) {
        (void)ct_deferred_fail(d, APR_EINVAL, "none to choose from");
    }
    else {
        (void)ct_deferred_fire(d, &g->gathered);
    }
    ct_deferred_release(d);
    return d;
}
