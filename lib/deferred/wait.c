/* SPDX-License-Identifier: Apache-2.0 */
/* wait: threads that wait for a deferred. Who is through with the chain fills
 * in what they asked for, because the next link may change it before they
 * are awake. A semaphore of their own wakes them: nobody who sleeps has a lock
 * that another needs.
 *
 * A waiter lies on the stack of its thread, in two lists: of the deferred,
 * under its lock; and of all that are blocked, under the one here. */
#include "deferred.h"

#include "apr_time.h"
#include "deferreds.h"
#include "platform.h"

/* A year: more would not fit into the system's clock. */
#define LONGEST apr_time_from_sec(365 * 24 * 3600)

struct ct_waiter_t {
    ct_waiter_t *next;               /* the deferred's lock */
    int told;                        /* the deferred's lock */
    crosstown_result_t *result;      /* the deferred's lock, until told */
    int doubts;                      /* own: its waiting can be a deadlock,
                                        or become one */
    int looks_again;                 /* blocked_lock: whether it has */
    ct_semaphore_t wake;
    ct_waiter_t *after;              /* blocked_lock */
    ct_waiter_t **before;            /* blocked_lock */
};

static pthread_mutex_t blocked_lock = PTHREAD_MUTEX_INITIALIZER;
static ct_waiter_t *blocked;              /* blocked_lock */
static int closed;                        /* blocked_lock */
/* Written under blocked_lock: how many of them doubt. Atomic, for who changes
 * something while nobody doubts takes no lock; the lock of what was changed
 * orders it, see ct_wait_doubt(). */
static atomic_int doubtful;

void ct_wait_open(void)
{
    ct_locks_take(&blocked_lock);
    closed = 0;
    ct_locks_give(&blocked_lock);
}

void ct_wait_close(void)
{
    ct_waiter_t *waiter;

    ct_locks_take(&blocked_lock);
    closed = 1;
    for (waiter = blocked; waiter; waiter = waiter->after) {
        ct_semaphore_post(&waiter->wake);
    }
    ct_locks_give(&blocked_lock);
}

/* Who doubts says so before he looks; who changes something changes it before
 * he comes here: the lock of what was changed lies between. */
void ct_wait_doubt(void)
{
    ct_waiter_t *waiter;

    if (atomic_load(&doubtful) == 0) {
        return;
    }
    ct_locks_take(&blocked_lock);
    for (waiter = blocked; waiter; waiter = waiter->after) {
        if (waiter->doubts && !waiter->looks_again) {
            waiter->looks_again = 1;
            ct_semaphore_post(&waiter->wake);
        }
    }
    ct_locks_give(&blocked_lock);
}

/* Under the deferred's lock, and done. */
static void fill_in(crosstown_deferred_t *d, crosstown_result_t *result)
{
    result->status = d->status;
    result->message = ct_failure_text_show(d);
    result->result = d->result;
}

void ct_wait_tell(crosstown_deferred_t *d)
{
    while (d->waiters) {
        ct_waiter_t *waiter = d->waiters;

        d->waiters = waiter->next;
        fill_in(d, waiter->result);
        waiter->told = 1;
        ct_semaphore_post(&waiter->wake);
    }
}

static int is_on_thread(crosstown_deferred_t *at, void *data)
{
    return ct_run_is_on_thread(at);
}

static int is_on_pool(void)
{
    const ct_deferreds_with_t *with = ct_deferreds_with();

    return with && with->on_pool_thread && with->on_pool_thread();
}

/* Would this thread wait for itself, or the pool for the pool? */
static int is_dead_end(crosstown_deferred_t *d)
{
    return (ct_run_is_any_on_thread() && ct_chain_any(d, is_on_thread, NULL))
           || (is_on_pool() && ct_pool_need(d));
}

/* @return may it? */
static int enter(ct_waiter_t *waiter)
{
    int may;

    ct_locks_take(&blocked_lock);
    may = !closed;
    if (may) {
        waiter->after = blocked;
        waiter->before = &blocked;
        if (blocked) {
            blocked->before = &waiter->after;
        }
        blocked = waiter;
        doubtful += waiter->doubts;
    }
    ct_locks_give(&blocked_lock);
    return may;
}

/* @return APR_EOF nobody may wait any more | APR_EAGAIN woken to look again |
 *         APR_TIMEUP, or it was told */
static apr_status_t come_back(ct_waiter_t *waiter, int woken)
{
    apr_status_t rv = APR_TIMEUP;

    ct_locks_take(&blocked_lock);
    if (closed) {
        rv = APR_EOF;
    }
    else if (woken && waiter->looks_again) {
        waiter->looks_again = 0;
        rv = APR_EAGAIN;
    }
    ct_locks_give(&blocked_lock);
    return rv;
}

static void go(ct_waiter_t *waiter)
{
    ct_locks_take(&blocked_lock);
    doubtful -= waiter->doubts;
    *waiter->before = waiter->after;
    if (waiter->after) {
        waiter->after->before = waiter->before;
    }
    ct_locks_give(&blocked_lock);
}

/* @return APR_EOF nobody may wait any more | APR_EDEADLK | APR_TIMEUP, or it
 *         was told */
static apr_status_t block(crosstown_deferred_t *d, ct_waiter_t *waiter,
                          apr_interval_time_t timeout)
{
    struct timespec until = ct_until(timeout < LONGEST ? timeout : LONGEST);
    apr_status_t rv = APR_EAGAIN;

    if (!enter(waiter)) {
        return APR_EOF;
    }
    while (rv == APR_EAGAIN) {
        if (waiter->doubts && is_dead_end(d)) {
            rv = APR_EDEADLK;
        }
        else {
            rv = come_back(waiter, ct_semaphore_wait(&waiter->wake, &until));
        }
    }
    go(waiter);
    return rv;
}

/* @return was it told? If not, it will not be any more */
static int leave(crosstown_deferred_t *d, ct_waiter_t *waiter)
{
    ct_waiter_t **link = &d->waiters;
    int told;

    ct_deferred_lock(d);
    told = waiter->told;
    while (!told && *link != waiter) {
        link = &(*link)->next;
    }
    if (!told) {
        *link = waiter->next;
    }
    ct_deferred_unlock(d);
    return told;
}

/* @return is it done? Then the result is filled in; else the waiter, if there
 *         is one, will be told */
static int look(crosstown_deferred_t *d, crosstown_result_t *result,
                ct_waiter_t *waiter)
{
    int done;

    ct_deferred_lock(d);
    done = ct_deferred_done(d);
    if (done) {
        fill_in(d, result);
    }
    else if (waiter) {
        waiter->next = d->waiters;
        d->waiters = waiter;
    }
    ct_deferred_unlock(d);
    return done;
}

apr_status_t ct_wait_result(crosstown_deferred_t *d,
                            apr_interval_time_t timeout,
                            crosstown_result_t *result)
{
    ct_waiter_t waiter = { .result = result };
    apr_status_t rv;

    if (!d || timeout < 0 || !result || result->size < sizeof(*result)) {
        return APR_EINVAL;
    }
    if (look(d, result, NULL)) {
        return APR_SUCCESS;
    }
    if (timeout == 0) {
        return APR_TIMEUP;
    }
    waiter.doubts = is_on_pool() || ct_run_is_any_on_thread();
    ct_semaphore_begin(&waiter.wake);
    if (look(d, result, &waiter)) {
        rv = APR_SUCCESS;
    }
    else {
        rv = block(d, &waiter, timeout);
        if (leave(d, &waiter)) {
            rv = APR_SUCCESS;
        }
    }
    ct_semaphore_end(&waiter.wake);
    return rv;
}
