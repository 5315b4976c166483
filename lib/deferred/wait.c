/* SPDX-License-Identifier: Apache-2.0 */
/* wait: threads that wait for a deferred. Who is through with the chain fills
 * in what they asked for, because the next link may change it before they
 * are awake. A semaphore wakes them, for nobody who sleeps at one has a lock:
 * under prefork a signal's handler may end the process from inside wait().
 *
 * Thread: any.
 * Lifetime: a waiter lies on the stack of its thread, in two lists: of the
 * deferred, under its lock; and of all that are blocked, under the one
 * here. */
#include "deferred.h"

#include <errno.h>
#include <semaphore.h>
#include <time.h>

#include "apr_time.h"
#include "deferreds.h"

/* A year: more would not fit into the system's clock. */
#define LONGEST apr_time_from_sec(365 * 24 * 3600)

struct ct_waiter_t {
    ct_waiter_t *next;               /* the deferred's lock */
    int told;                        /* the deferred's lock */
    crosstown_result_t *result;      /* the deferred's lock, until told */
    sem_t wake;
    ct_waiter_t *after;              /* blocked_lock */
    ct_waiter_t **before;            /* blocked_lock */
};

static pthread_mutex_t blocked_lock = PTHREAD_MUTEX_INITIALIZER;
static ct_waiter_t *blocked;              /* blocked_lock */
static int closed;                        /* blocked_lock */

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
        sem_post(&waiter->wake);
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
        sem_post(&waiter->wake);
    }
}

static int is_for_pool(crosstown_deferred_t *at, void *data)
{
    int is;

    ct_deferred_lock(at);
    is = at->needs_pool && !at->fired;
    ct_deferred_unlock(at);
    return is;
}

int ct_wait_for_pool(crosstown_deferred_t *d)
{
    return ct_chain_any(d, is_for_pool, NULL);
}

static int is_here(crosstown_deferred_t *at, void *data)
{
    return ct_run_is_here(at);
}

/* Would this thread wait for itself? */
static int is_dead_end(crosstown_deferred_t *d)
{
    const ct_deferreds_with_t *with = ct_deferreds_with();

    if (ct_chain_any(d, is_here, NULL)) {
        return 1;
    }
    return with && with->on_pool_thread && with->on_pool_thread()
           && ct_wait_for_pool(d);
}

static void sleep_until_woken(sem_t *wake, apr_interval_time_t timeout)
{
    struct timespec until;

    if (timeout > LONGEST) {
        timeout = LONGEST;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += apr_time_sec(timeout);
    until.tv_nsec += apr_time_usec(timeout) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        ++until.tv_sec;
    }
    while (sem_clockwait(wake, CLOCK_MONOTONIC, &until) != 0
           && errno == EINTR) {
    }
}

/* @return APR_EOF nobody may wait any more | APR_TIMEUP, or it was told */
static apr_status_t block(ct_waiter_t *waiter, apr_interval_time_t timeout)
{
    int over;

    ct_locks_take(&blocked_lock);
    over = closed;
    if (!over) {
        waiter->after = blocked;
        waiter->before = &blocked;
        if (blocked) {
            blocked->before = &waiter->after;
        }
        blocked = waiter;
    }
    ct_locks_give(&blocked_lock);
    if (over) {
        return APR_EOF;
    }
    sleep_until_woken(&waiter->wake, timeout);
    ct_locks_take(&blocked_lock);
    over = closed;
    *waiter->before = waiter->after;
    if (waiter->after) {
        waiter->after->before = waiter->before;
    }
    ct_locks_give(&blocked_lock);
    return over ? APR_EOF : APR_TIMEUP;
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
    if (is_dead_end(d)) {
        return APR_EDEADLK;
    }
    sem_init(&waiter.wake, 0, 0);
    if (look(d, result, &waiter)) {
        rv = APR_SUCCESS;
    }
    else {
        rv = block(&waiter, timeout);
        if (leave(d, &waiter)) {
            rv = APR_SUCCESS;
        }
    }
    sem_destroy(&waiter.wake);
    return rv;
}
