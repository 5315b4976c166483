/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: making, counting, firing and cancelling. As in Twisted, a failure
 * by cancel() that nobody sees is logged like any other: who cancels and does
 * not care for the end says so with an errback. What one has a reference to
 * may end inside its own end, and so on: then it is queued, because a long row
 * of them would use up the stack. */
#include "deferred.h"

#include <stdlib.h>

#include "deferreds.h"

/* This thread's: what has no reference left, and is it at it? */
static _Thread_local crosstown_deferred_t *ended;
static _Thread_local int ending;

crosstown_deferred_t *ct_deferred_make(crosstown_canceller_fn_t *canceller,
                                       void *data)
{
    crosstown_deferred_t *d = calloc(1, sizeof(*d));

    if (d) {
        atomic_init(&d->references, 1);
        d->on.canceller = canceller;
        d->canceller_data = data;
    }
    return d;
}

/* Nobody else has seen it yet. */
crosstown_deferred_t *ct_deferred_make_fired(void *result)
{
    crosstown_deferred_t *d = ct_deferred_make(NULL, NULL);

    if (d) {
        d->fired = 1;
        d->result = result;
    }
    return d;
}

crosstown_deferred_t *ct_deferred_make_failed(apr_status_t status,
                                         const char *message)
{
    crosstown_deferred_t *d = ct_deferred_make(NULL, NULL);

    if (d) {
        d->fired = 1;
        ct_failure_text_fail(d, status, message);
    }
    return d;
}

crosstown_deferred_t *ct_deferred_keep(crosstown_deferred_t *d)
{
    if (d) {
        atomic_fetch_add_explicit(&d->references, 1, memory_order_relaxed);
    }
    return d;
}

static void tell_unhandled(crosstown_deferred_t *d)
{
    const ct_deferreds_with_t *with = ct_deferreds_with();
    char room[CT_WORDS_SIZE];

    if (d->status != APR_SUCCESS && !d->seen && with && with->unhandled) {
        with->unhandled(d->status, ct_failure_text_say(d, room));
    }
}

static void end(crosstown_deferred_t *d)
{
    tell_unhandled(d);
    ct_links_free(d);
    ct_owned_memory_free(d);
    ct_failure_text_free(d);
    free(d);
}

void ct_deferred_release(crosstown_deferred_t *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->references, 1,
                                        memory_order_acq_rel) > 1) {
        return;
    }
    d->on.next = ended;
    ended = d;
    if (ending) {
        return;
    }
    ending = 1;
    while (ended) {
        d = ended;
        ended = d->on.next;
        end(d);
    }
    ending = 0;
}

static apr_status_t release(void *d)
{
    ct_deferred_release(d);
    return APR_SUCCESS;
}

crosstown_deferred_t *ct_deferred_own(crosstown_deferred_t *d,
                                      apr_pool_t *pool)
{
    if (d) {
        apr_pool_cleanup_register(pool, d, release, apr_pool_cleanup_null);
    }
    return d;
}

int ct_deferred_has_fired(crosstown_deferred_t *d)
{
    int fired;

    ct_deferred_lock(d);
    fired = d->fired;
    ct_deferred_unlock(d);
    return fired;
}

/* Under lock. */
static void begin(crosstown_deferred_t *d)
{
    d->fired = d->running = 1;
    d->on.below = NULL;
}

int ct_deferred_begin(crosstown_deferred_t *d, apr_status_t *rv)
{
    int first;

    if (!d) {
        *rv = APR_EINVAL;
        return 0;
    }
    ct_deferred_lock(d);
    first = !d->fired;
    if (first) {
        begin(d);
        *rv = APR_SUCCESS;
    }
    else {
        *rv = d->forgiving ? APR_SUCCESS : APR_EEXIST;
        d->forgiving = 0;
    }
    ct_deferred_unlock(d);
    return first;
}

apr_status_t ct_deferred_fire(crosstown_deferred_t *d, void *result)
{
    apr_status_t rv;

    if (ct_deferred_begin(d, &rv)) {
        ct_failure_text_succeed(d, result);
        ct_run_chain(d);
    }
    return rv;
}

apr_status_t ct_deferred_fail(crosstown_deferred_t *d, apr_status_t status,
                              const char *message)
{
    apr_status_t rv;

    if (ct_deferred_begin(d, &rv)) {
        ct_failure_text_fail(d, status, message);
        ct_run_chain(d);
    }
    return rv;
}

apr_status_t ct_deferred_settle(crosstown_deferred_t *d,
                                crosstown_step_t *step, apr_status_t status)
{
    apr_status_t rv;

    if (ct_deferred_begin(d, &rv)) {
        ct_run_from(d, step, status);
    }
    else {
        ct_deferred_release(step->wait_for);
    }
    return rv;
}

crosstown_deferred_t *ct_deferred_inner(crosstown_deferred_t *d)
{
    crosstown_deferred_t *inner;

    ct_deferred_lock(d);
    inner = d->waiting ? ct_deferred_keep(d->on.inner) : NULL;
    ct_deferred_unlock(d);
    return inner;
}

/* Twisted forgives the fire() that comes too late only where there is no
 * canceller. Here one may be on its way on another thread in any case. */
static void cancel_this(crosstown_deferred_t *d)
{
    crosstown_canceller_fn_t *canceller;
    int mine;

    ct_deferred_lock(d);
    mine = !d->fired && !d->cancelling;
    canceller = mine ? d->on.canceller : NULL;
    d->cancelling = 1;
    ct_deferred_unlock(d);
    if (canceller) {
        canceller(d, d->canceller_data);
    }
    if (!mine) {
        return;
    }
    ct_deferred_lock(d);
    mine = !d->fired;
    if (mine) {
        begin(d);
        d->forgiving = 1;
    }
    ct_deferred_unlock(d);
    if (mine) {
        ct_failure_text_fail(d, CROSSTOWN_ECANCELED, NULL);
        ct_run_chain(d);
    }
}

static int is_last(crosstown_deferred_t *at, void *data)
{
    int is;

    ct_deferred_lock(at);
    is = !at->waiting;
    ct_deferred_unlock(at);
    return is;
}

/* In a ring there is none: it fails by itself. */
void ct_deferred_cancel(crosstown_deferred_t *d)
{
    crosstown_deferred_t *last = ct_chain_find(d, is_last, NULL);

    if (last) {
        cancel_this(last);
    }
    ct_deferred_release(last);
}
