/* SPDX-License-Identifier: Apache-2.0 */
/* crew: who is called when there is work. A sleeping runner is called before
 * a thread is made.
 *
 * Thread: any; see crew.h for what needs the lock.
 * Lifetime: no state of its own. */
#include "crew.h"

#include "faults.h"

/* In tests: how long the one who has the lock does not get on. */
#define HELD_UP (APR_USEC_PER_SEC / 500)

static void guard(const ct_dispatcher_t *d, ct_signals_t *signals)
{
    if (d->settings.guard_signals) {
        ct_signals_block(signals);
    }
}

static void unguard(const ct_dispatcher_t *d, const ct_signals_t *signals)
{
    if (d->settings.guard_signals) {
        ct_signals_restore(signals);
    }
}

void ct_crew_lock(ct_dispatcher_t *d, ct_signals_t *signals)
{
    guard(d, signals);
    apr_thread_mutex_lock(d->lock);
    if (ct_fault(CT_FAULT_LOCK)) {
        apr_sleep(HELD_UP);
    }
}

void ct_crew_unlock(ct_dispatcher_t *d, const ct_signals_t *signals)
{
    apr_thread_mutex_unlock(d->lock);
    unguard(d, signals);
}

void ct_crew_pause(const ct_dispatcher_t *d)
{
    if (d->settings.report.pause) {
        d->settings.report.pause();
    }
}

void ct_crew_look_out(ct_dispatcher_t *d, ct_runner_t *runner)
{
    if (!runner->lookout) {
        runner->lookout = 1;
        atomic_fetch_add(&d->lookouts, 1);
    }
}

void ct_crew_look_away(ct_dispatcher_t *d, ct_runner_t *runner)
{
    if (runner->lookout) {
        runner->lookout = 0;
        atomic_fetch_sub(&d->lookouts, 1);
    }
}

void ct_crew_sleep(ct_dispatcher_t *d, apr_interval_time_t time)
{
    apr_thread_mutex_unlock(d->lock);
    apr_sleep(time);
    apr_thread_mutex_lock(d->lock);
}

static void show_alive(ct_dispatcher_t *d)
{
    atomic_store(&d->gauges->threads, d->alive);
    ct_gauges_raise(&d->gauges->most_threads, d->alive);
}

static ct_runner_t *pick(ct_dispatcher_t *d, ct_calls_t *calls)
{
    ct_runner_t *runner = d->parked;

    if (runner) {
        d->parked = runner->next;
        runner->state = CT_RUNNER_AWAKE;
        calls->wake[calls->wakes++] = runner;
    }
    else if ((runner = d->spare)) {
        d->spare = runner->next;
        runner->state = CT_RUNNER_COMING;
        ++d->alive;
        show_alive(d);
        calls->make[calls->makes++] = runner;
    }
    if (runner) {
        atomic_fetch_sub(&d->callable, 1);
        ct_crew_look_out(d, runner);
    }
    return runner;
}

void ct_crew_plan(ct_dispatcher_t *d, ct_calls_t *calls)
{
    calls->wakes = calls->makes = 0;
    if (ct_queue_available(d) > 0 && d->lookouts == 0) {
        (void)pick(d, calls);
    }
}

/* While the missing one counted as a lookout, nobody else was called for
 * what it would have taken, and the others may have gone to sleep since. */
void ct_crew_instead(ct_dispatcher_t *d)
{
    if (d->parked && ct_queue_gather(d) > d->lookouts) {
        ct_calls_t calls = { .wakes = 0 };

        apr_thread_cond_signal(pick(d, &calls)->wake);
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
    if (d->alive == 0 && ct_queue_available(d) > 0) {
        rv = APR_EAGAIN;
    }
    ct_crew_instead(d);
    ct_crew_unlock(d, &signals);
    return rv;
}

/* One at a time: between a push that failed and its cancelling no thread made
 * for another slot may take the entry, and two cancellings at once can wait
 * for each other's signal in apr-util 1.6. */
static apr_status_t make_thread(ct_dispatcher_t *d, ct_runner_t *runner,
                                int *failed)
{
    ct_signals_t signals;
    apr_status_t rv;

    ct_signals_block(&signals);
    ct_runner_equip(runner);
    apr_thread_mutex_lock(d->making);
    rv = ct_fault(CT_FAULT_THREAD) ? APR_EAGAIN
         : apr_thread_pool_push(d->threads, ct_runner_main, runner,
                                APR_THREAD_TASK_PRIORITY_NORMAL, runner);
    if (rv != APR_SUCCESS) {
        *failed = 1;
        rv = give_up(d, runner);
    }
    apr_thread_mutex_unlock(d->making);
    ct_signals_restore(&signals);
    return rv;
}

/* A handler that ends the process would signal these conditions again, and
 * must not find one half signalled. */
static void wake(ct_dispatcher_t *d, const ct_calls_t *calls)
{
    ct_signals_t signals;
    int i;

    guard(d, &signals);
    for (i = 0; i < calls->wakes; ++i) {
        apr_thread_cond_signal(calls->wake[i]->wake);
    }
    unguard(d, &signals);
}

apr_status_t ct_crew_call(ct_dispatcher_t *d, ct_calls_t *calls)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    calls->failed = 0;
    if (calls->wakes > 0) {
        wake(d, calls);
    }
    for (i = 0; i < calls->makes; ++i) {
        apr_status_t made = make_thread(d, calls->make[i], &calls->failed);

        if (made != APR_SUCCESS) {
            rv = made;
        }
    }
    return rv;
}

void ct_crew_leave(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_crew_look_away(d, runner);
    runner->state = CT_RUNNER_ABSENT;
    runner->next = d->spare;
    d->spare = runner;
    atomic_fetch_add(&d->callable, 1);
    --d->alive;
    show_alive(d);
}
