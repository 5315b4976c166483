/* SPDX-License-Identifier: Apache-2.0 */
/* crew: who is called when there is work, who sleeps, who leaves.
 *
 * A runner that was called counts as searching until it has had its first
 * look at the queue; as many are called as there are tasks beyond those who
 * search already. A sleeping runner is called before a thread is made.
 *
 * Thread: any; see crew.h for what needs the lock.
 * Lifetime: no state of its own. */
#include "crew.h"

#include "faults.h"

/* In tests: how long the one who has the lock does not get on. */
#define HELD_UP (APR_USEC_PER_SEC / 500)

void ct_crew_lock(ct_dispatcher_t *d, ct_signals_t *signals)
{
    if (d->settings.guard_signals) {
        ct_signals_block(signals);
    }
    apr_thread_mutex_lock(d->lock);
    if (ct_fault(CT_FAULT_LOCK)) {
        apr_sleep(HELD_UP);
    }
}

void ct_crew_unlock(ct_dispatcher_t *d, const ct_signals_t *signals)
{
    apr_thread_mutex_unlock(d->lock);
    if (d->settings.guard_signals) {
        ct_signals_restore(signals);
    }
}

static void call(ct_dispatcher_t *d, ct_runner_t *runner)
{
    runner->called = 1;
    ++d->searching;
}

void ct_crew_plan(ct_dispatcher_t *d, ct_calls_t *calls)
{
    calls->wakes = calls->makes = 0;
    while (calls->wakes + calls->makes < CT_CREW_CALLS
           && d->available > d->searching) {
        ct_runner_t *runner;

        if (d->parked) {
            runner = d->parked;
            d->parked = runner->next;
            runner->state = CT_RUNNER_AWAKE;
            calls->wake[calls->wakes++] = runner;
        }
        else if (d->spare) {
            runner = d->spare;
            d->spare = runner->next;
            runner->state = CT_RUNNER_COMING;
            ++d->alive;
            calls->make[calls->makes++] = runner;
        }
        else {
            return;
        }
        call(d, runner);
    }
}

/* While the missing one counted as searching, nobody else was called for
 * what it would have taken, and the others may have gone to sleep since. */
void ct_crew_instead(ct_dispatcher_t *d)
{
    if (d->parked && d->available > d->searching) {
        ct_runner_t *other = d->parked;

        d->parked = other->next;
        other->state = CT_RUNNER_AWAKE;
        call(d, other);
        apr_thread_cond_signal(other->wake);
    }
}

/* The thread pool keeps a task whose thread it could not make. It must not
 * turn up later as a runner that nobody counts: mark the slot, so that a
 * thread which has just got hold of it leaves at once, then cancel. */
static apr_status_t give_up(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_signals_t signals;
    apr_status_t rv = APR_SUCCESS;
    int coming;

    ct_crew_lock(d, &signals);
    coming = runner->state == CT_RUNNER_COMING;
    if (coming) {
        runner->state = CT_RUNNER_GONE;
    }
    ct_crew_unlock(d, &signals);
    if (!coming) {
        return APR_SUCCESS;
    }
    apr_thread_pool_tasks_cancel(d->threads, runner);
    ct_crew_lock(d, &signals);
    ct_crew_leave(d, runner);
    if (d->alive == 0 && d->available > 0) {
        rv = APR_EAGAIN;
    }
    ct_crew_instead(d);
    ct_crew_unlock(d, &signals);
    return rv;
}

/* One at a time: between a push that failed and its cancelling no thread made
 * for another slot may take the entry, and two cancellings at once can wait
 * for each other's signal in apr-util 1.6. */
static apr_status_t make_thread(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_signals_t signals;
    apr_status_t rv;

    ct_signals_block(&signals);
    apr_thread_mutex_lock(d->making);
    rv = ct_fault(CT_FAULT_THREAD) ? APR_EAGAIN
         : apr_thread_pool_push(d->threads, ct_runner_main, runner,
                                APR_THREAD_TASK_PRIORITY_NORMAL, runner);
    if (rv != APR_SUCCESS) {
        rv = give_up(d, runner);
    }
    apr_thread_mutex_unlock(d->making);
    ct_signals_restore(&signals);
    return rv;
}

apr_status_t ct_crew_call(ct_dispatcher_t *d, const ct_calls_t *calls)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < calls->wakes; ++i) {
        apr_thread_cond_signal(calls->wake[i]->wake);
    }
    for (i = 0; i < calls->makes; ++i) {
        apr_status_t made = make_thread(d, calls->make[i]);

        if (made != APR_SUCCESS) {
            rv = made;
        }
    }
    return rv;
}

void ct_crew_arrived(ct_dispatcher_t *d, ct_runner_t *runner)
{
    if (runner->called) {
        runner->called = 0;
        --d->searching;
    }
}

void ct_crew_leave(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_crew_arrived(d, runner);
    runner->state = CT_RUNNER_ABSENT;
    runner->next = d->spare;
    d->spare = runner;
    --d->alive;
}

static void unpark(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_runner_t **link = &d->parked;

    while (*link != runner) {
        link = &(*link)->next;
    }
    *link = runner->next;
    runner->state = CT_RUNNER_AWAKE;
}

int ct_crew_park(ct_dispatcher_t *d, ct_runner_t *runner)
{
    runner->state = CT_RUNNER_PARKED;
    runner->next = d->parked;
    d->parked = runner;
    while (runner->state == CT_RUNNER_PARKED && !d->closed) {
        apr_status_t rv;

        if (d->alive <= d->settings.threads_min) {
            rv = apr_thread_cond_wait(runner->wake, d->lock);
        }
        else {
            rv = apr_thread_cond_timedwait(runner->wake, d->lock,
                                           d->settings.linger);
        }
        if (APR_STATUS_IS_TIMEUP(rv) && runner->state == CT_RUNNER_PARKED
            && d->alive > d->settings.threads_min) {
            unpark(d, runner);
            return 0;
        }
    }
    if (runner->state == CT_RUNNER_PARKED) {
        unpark(d, runner);
        return 0;
    }
    return 1;
}
