/* SPDX-License-Identifier: Apache-2.0 */
/* workers: who is called when there is work: one, and only if nobody searches
 * for it already; whoever takes a task calls the next one first if there are
 * more. So a burst has its threads after as many steps, and tasks that cost
 * less than a wake-up wake few. One who is parked is called before a thread
 * is made; who makes one makes four, since a thread takes longer to come than
 * to be made (100 tasks that find none: all begun after 6.4 ms, two at a time
 * after 8.6, one at a time after 14). */
#include "workers.h"

#include "faults.h"

/* In tests: how long the one who has the lock does not get on. */
#define HELD_UP (APR_USEC_PER_SEC / 500)
/* Between two tries for a worker. */
#define PAUSE (APR_USEC_PER_SEC / 10)

void ct_workers_lock(ct_dispatcher_t *d)
{
    apr_thread_mutex_lock(d->lock);
    if (ct_fault(CT_FAULT_LOCK)) {
        apr_sleep(HELD_UP);
    }
}

void ct_workers_unlock(ct_dispatcher_t *d)
{
    apr_thread_mutex_unlock(d->lock);
}

void ct_workers_unlock_and_sleep(ct_dispatcher_t *d, apr_interval_time_t time)
{
    ct_workers_unlock(d);
    apr_sleep(time);
    ct_workers_lock(d);
}

void ct_workers_pause(const ct_dispatcher_t *d)
{
    if (d->settings.report.pause) {
        d->settings.report.pause();
    }
}

static void recount(atomic_uint *count, int was, int is)
{
    if (is && !was) {
        atomic_fetch_add(count, 1);
    }
    else if (was && !is) {
        atomic_fetch_sub(count, 1);
    }
}

static int searches(ct_worker_e state)
{
    return state == CT_WORKER_STARTING || state == CT_WORKER_SEARCHING;
}

static int is_callable(ct_worker_e state)
{
    return state == CT_WORKER_SPARE || state == CT_WORKER_IDLE;
}

static void recount_alive(ct_dispatcher_t *d, ct_worker_e was, ct_worker_e is)
{
    if ((was == CT_WORKER_SPARE) != (is == CT_WORKER_SPARE)) {
        if (is == CT_WORKER_SPARE) {
            --d->alive;
        }
        else {
            ++d->alive;
        }
        atomic_store(&d->gauges->threads, d->alive);
        ct_gauges_raise(&d->gauges->most_threads, d->alive);
    }
}

void ct_worker_become(ct_worker_t *worker, ct_worker_e state)
{
    ct_dispatcher_t *d = worker->dispatcher;
    ct_worker_e was = worker->state;

    worker->state = state;
    if (state == CT_WORKER_SPARE) {
        worker->next = d->spare;
        d->spare = worker;
    }
    else if (state == CT_WORKER_IDLE) {
        worker->next = d->idle;
        d->idle = worker;
    }
    recount(&d->callable, is_callable(was), is_callable(state));
    recount(&d->searching, searches(was), searches(state));
    recount_alive(d, was, state);
}

static ct_worker_t *pop(ct_worker_t **stack, ct_worker_e becomes)
{
    ct_worker_t *worker = *stack;

    *stack = worker->next;
    ct_worker_become(worker, becomes);
    return worker;
}

static apr_uint32_t most_workers(const ct_dispatcher_t *d)
{
    const ct_switches_t *switches = d->settings.switches;
    unsigned int said = switches ? atomic_load(&switches->threads) : 0;

    return said ? said : d->settings.threads_max;
}

int ct_workers_are_too_many(const ct_dispatcher_t *d, apr_uint32_t more)
{
    return d->alive + more > most_workers(d);
}

apr_uint32_t ct_dispatcher_free_threads(ct_dispatcher_t *d)
{
    apr_uint32_t most = most_workers(d);
    apr_uint32_t taken;

    ct_workers_lock(d);
    ct_queue_gather(d);
    taken = d->slots - d->searching - d->callable + d->available;
    ct_workers_unlock(d);
    return taken < most ? most - taken : 0;
}

void ct_workers_plan(ct_dispatcher_t *d, int takes, ct_call_up_t *call_up)
{
    apr_uint32_t searching = d->searching;
    apr_uint32_t but = d->calling + (takes != 0) + searching;

    call_up->worker = NULL;
    call_up->stranded = 0;
    if (searching > (takes && !d->idle ? CT_WORKERS_AHEAD : 0)) {
        return;
    }
    if (d->available <= but) {
        ct_queue_gather(d);
    }
    if (d->available <= but) {
        return;
    }
    call_up->has_thread = d->idle != NULL;
    if (d->idle) {
        call_up->worker = pop(&d->idle, CT_WORKER_SEARCHING);
    }
    else if (d->spare && !ct_workers_are_too_many(d, 1)
             && ct_threads_may_ask(d)) {
        call_up->worker = pop(&d->spare, CT_WORKER_STARTING);
    }
    else {
        call_up->stranded = d->alive == 0;
    }
}

apr_status_t ct_workers_call(ct_dispatcher_t *d, const ct_call_up_t *call_up)
{
    if (!call_up->worker) {
        return call_up->stranded ? APR_EAGAIN : APR_SUCCESS;
    }
    if (call_up->has_thread) {
        apr_thread_cond_signal(call_up->worker->wake);
        return APR_SUCCESS;
    }
    return ct_threads_start(d, call_up->worker);
}

/* The lock is taken only if nobody searches and somebody can be called: who
 * ceases to search, or can be called from now on, looks once more after
 * that. */
apr_status_t ct_workers_want(ct_dispatcher_t *d)
{
    ct_call_up_t call_up;

    if (atomic_load(&d->searching) > 0 || atomic_load(&d->callable) == 0) {
        return APR_SUCCESS;
    }
    ct_workers_lock(d);
    ct_workers_plan(d, 0, &call_up);
    ct_workers_unlock(d);
    return ct_workers_call(d, &call_up);
}

void ct_workers_insist(ct_dispatcher_t *d)
{
    while (ct_workers_want(d) == APR_EAGAIN && !ct_dispatcher_closed(d)) {
        apr_sleep(PAUSE);
    }
}
