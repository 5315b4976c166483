/* SPDX-License-Identifier: Apache-2.0 */
/* gather: one deferred for several. The gathering is a link at the end of each
 * one's chain, as it stands then. A result passes through it to later links.
 * A failure ends there: it stands among the results of the gathering, or is
 * its failure, or came too late to matter; so it counts as seen, and the next
 * link gets NULL as a result (Twisted's DeferredList with consumeErrors, in
 * all three ways to gather). What there was no memory for counts as failed.
 *
 * A gathering is counted: by its deferred, or whatever took over from that,
 * and by each link that has not had its turn. It has a reference to each
 * member as long as that matters: until it is complete and not being
 * cancelled, to those with a result until it goes. */
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
    int over;                        /* lock */
} member_t;

struct gathering_t {
    ct_owned_t owned;
    crosstown_gathered_t gathered;   /* lock; fixed once complete */
    crosstown_result_t *results;     /* lock; fixed once complete */
    crosstown_gather_e how;          /* set once */
    crosstown_deferred_t *d;         /* lock; a reference; NULL: complete */
    int cancelling;                  /* lock: all members are being */
    apr_size_t left;                 /* lock: members that are not over */
    atomic_size_t references;        /* atomic; seq_cst: the last one frees */
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

static void end(ct_owned_t *owned)
{
    release((gathering_t *)owned);
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

/* Show those that matter still, each with a reference. */
static void show_members(gathering_t *g,
                         void (*show)(crosstown_deferred_t *member,
                                      void *data), void *data)
{
    apr_size_t i;

    for (i = 0; i < g->gathered.count; ++i) {
        crosstown_deferred_t *member;

        lock(g);
        member = g->members[i].over ? NULL
                 : ct_deferred_keep(g->members[i].d);
        unlock(g);
        if (member) {
            show(member, data);
        }
    }
}

static void cancel_one(crosstown_deferred_t *member, void *data)
{
    ct_deferred_cancel(member);
    ct_deferred_release(member);
}

static void cancel_all(crosstown_deferred_t *d, void *data);

/* Until it fires, what belongs to it is not taken over by another.
 * @return a reference to d's gathering, or NULL */
static gathering_t *keep_gathering(crosstown_deferred_t *d)
{
    gathering_t *g = NULL;

    ct_deferred_lock(d);
    if (!d->fired && d->on.canceller == cancel_all) {
        g = d->canceller_data;
        atomic_fetch_add(&g->references, 1);
    }
    ct_deferred_unlock(d);
    return g;
}

/* The first one that is cancelled may complete it: the others are cancelled
 * all the same. */
static void cancel_all(crosstown_deferred_t *d, void *data)
{
    gathering_t *g = keep_gathering(d);

    if (!g) {
        return;
    }
    lock(g);
    g->cancelling = 1;
    unlock(g);
    show_members(g, cancel_one, NULL);
    lock(g);
    g->cancelling = 0;
    unlock(g);
    let_go(g);
    release(g);
}

int ct_gather_show(crosstown_deferred_t *d,
                   void (*show)(crosstown_deferred_t *member, void *data),
                   void *data)
{
    gathering_t *g = keep_gathering(d);

    if (!g) {
        return 0;
    }
    show_members(g, show, data);
    release(g);
    return 1;
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
    apr_size_t index = (apr_size_t)(member - g->members);

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

/* @return as the function of a link of our own */
static crosstown_deferred_t *note(member_t *member, apr_status_t status,
                                  void *result, const char *message)
{
    gathering_t *g = member->gathering;
    crosstown_deferred_t *completed = NULL;

    lock(g);
    if (g->d) {
        fill_in(member, status, result, message);
        if (is_complete(g, status)) {
            completed = g->d;
            g->d = NULL;
        }
    }
    unlock(g);
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
        g->results[i].size = sizeof(g->results[i]);
        g->results[i].status = APR_INCOMPLETE;
    }
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
    g->owned.end = end;
    ct_owned_memory_add(g->d, &g->owned);
    return g;
}

crosstown_deferred_t *ct_gather_several(crosstown_deferred_t *const *several,
                                        apr_size_t count,
                                        crosstown_gather_e how)
{
    gathering_t *g;
    crosstown_deferred_t *d;

    if (!several && count > 0) {
        return ct_deferred_make_failed(APR_EINVAL, NULL);
    }
    g = make(count, how);
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
