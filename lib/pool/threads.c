/* SPDX-License-Identifier: Apache-2.0 */
/* threads: how a worker gets its thread. An APR thread pool holds them; it is
 * given one task for each thread, ct_worker_main(), and nothing to queue. What
 * is wrong with it is met here:
 *   - a task whose thread could not be made stays in it, and would turn up
 *     later as a worker that nobody counts: it is cancelled;
 *   - APR 1.7 loses 8 KB with each thread that it could not make: there is
 *     one try a second at most, and once one was refused the system is asked
 *     first, past APR;
 *   - APR-util 1.6 loses 52 bytes with each thread that it made: after so many
 *     a new pool takes over, and the old one goes with its last thread. */
#include "workers.h"

#include "faults.h"
#include "signals.h"

/* Threads of one APR thread pool; less than 64 KB is lost. */
#define MOST_BIRTHS 1000
/* After a refusal. Spread, since several children may have hit one bound. */
#define PAUSE APR_USEC_PER_SEC
#define SPREAD (APR_USEC_PER_SEC / 2)
/* Bytes of scratch memory that stay with a worker between two tasks. */
#define KEEP_AT_MOST (64 * 1024)

/* Without idle threads of its own it makes one thread for each push and ends
 * it when the worker leaves. With idle ones it would count a thread as idle
 * until that has woken up, and a burst would get too few. */
static apr_status_t make_pool(ct_dispatcher_t *d, ct_generation_t *made)
{
    apr_status_t rv = apr_pool_create(&made->memory, d->pool);

    if (rv == APR_SUCCESS) {
        rv = apr_thread_pool_create(&made->threads, 0,
                                    d->slots, made->memory);
    }
    if (rv == APR_SUCCESS) {
        apr_thread_pool_threshold_set(made->threads, 0);
    }
    return rv;
}

static void destroy_pool(ct_generation_t *pool)
{
    if (pool->threads) {
        apr_thread_pool_destroy(pool->threads);
        apr_pool_destroy(pool->memory);
        pool->threads = NULL;
    }
}

apr_status_t ct_threads_make(ct_dispatcher_t *d)
{
    apr_status_t rv = apr_thread_mutex_create(
        &d->threads.making, APR_THREAD_MUTEX_DEFAULT, d->pool);

    return rv == APR_SUCCESS ? make_pool(d, &d->threads.now) : rv;
}

apr_status_t ct_threads_make_one(ct_dispatcher_t *d, apr_thread_t **thread,
                                 apr_thread_start_t start)
{
    ct_signals_t signals;
    apr_status_t rv;

    ct_signals_block(&signals);
    rv = apr_thread_create(thread, NULL, start, d, d->pool);
    ct_signals_restore(&signals);
    if (rv != APR_SUCCESS) {
        *thread = NULL;              /* APR leaves something there */
    }
    return rv;
}

void ct_threads_destroy(ct_dispatcher_t *d)
{
    destroy_pool(&d->threads.before);
    destroy_pool(&d->threads.now);
}

/* Workers of the one before leave when they find nothing to do, so that there
 * may be fewer than the minimum until the next one is called. */
static void renew(ct_dispatcher_t *d)
{
    ct_threads_t *threads = &d->threads;
    ct_generation_t next;

    if (threads->before.threads
        && apr_thread_pool_threads_count(threads->before.threads) == 0) {
        destroy_pool(&threads->before);
    }
    if (threads->births < MOST_BIRTHS || threads->before.threads
        || make_pool(d, &next) != APR_SUCCESS) {
        return;
    }
    threads->before = threads->now;
    threads->now = next;
    threads->births = 0;
    ct_workers_lock(d);
    ++threads->generation;
    ct_workers_unlock(d);
}

int ct_threads_may_ask(ct_dispatcher_t *d)
{
    apr_time_t left;

    if (d->threads.again == 0) {
        return 1;
    }
    left = d->threads.again - d->settings.now();
    if (left > 0 && left <= PAUSE + SPREAD) {    /* else: the clock jumped */
        return 0;
    }
    d->threads.again = 0;
    return 1;
}

static void ask_later(ct_dispatcher_t *d)
{
    apr_time_t now = d->settings.now();

    d->threads.again = now + PAUSE + now * 7919 % SPREAD;
}

static void *leave_at_once(void *data)
{
    return data;
}

static int system_has_one(void)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, leave_at_once, NULL) == 0
           && pthread_join(thread, NULL) == 0;
}

/* An allocator of its own: no other thread touches it while this one runs.
 * Made here, since a hundred new threads that ask the system for memory are in
 * the way of the one that makes them. */
static int has_scratch(ct_worker_t *worker)
{
    apr_pool_t *scratch = NULL;

    if (worker->scratch) {
        return 1;
    }
    if (ct_fault(CT_FAULT_SCRATCH)
        || apr_pool_create_unmanaged_ex(&scratch, NULL, NULL)
           != APR_SUCCESS) {
        return 0;
    }
    apr_allocator_max_free_set(apr_pool_allocator_get(scratch), KEEP_AT_MOST);
    worker->scratch = scratch;
    return 1;
}

/* Has the slot now or later no thread? One that has just got hold of it is
 * welcome, although its making is said to have failed; any later one leaves
 * at once. */
static int is_refused(ct_dispatcher_t *d, ct_worker_t *worker)
{
    int refused;

    ct_workers_lock(d);
    refused = worker->state == CT_WORKER_STARTING;
    if (refused) {
        ct_worker_become(worker, CT_WORKER_REFUSED);
        ask_later(d);
    }
    ct_workers_unlock(d);
    return refused;
}

/* While it was STARTING nobody else was called for what it would have taken,
 * and the others may have parked since. */
static apr_status_t give_up(ct_dispatcher_t *d, ct_worker_t *worker)
{
    ct_call_up_t call_up = { NULL, 0, 0 };
    unsigned int alive;

    apr_thread_pool_tasks_cancel(d->threads.now.threads, worker);
    ct_workers_lock(d);
    ct_worker_become(worker, CT_WORKER_SPARE);
    alive = d->alive;
    if (d->idle) {
        ct_workers_plan(d, 0, &call_up);
    }
    else {
        call_up.stranded = alive == 0 && ct_queue_available(d) > 0;
    }
    ct_workers_unlock(d);
    atomic_fetch_add(&d->gauges->refused_threads, 1);
    if (d->settings.report.refused) {
        d->settings.report.refused(alive);
    }
    return ct_workers_call(d, &call_up);
}

/* One at a time: between a push that failed and its cancelling no thread made
 * for another slot may take the entry, and two cancellations at once can wait
 * for each other's signal in APR-util 1.6. */
apr_status_t ct_threads_start(ct_dispatcher_t *d, ct_worker_t *worker)
{
    ct_threads_t *threads = &d->threads;
    apr_status_t rv = APR_EAGAIN;
    ct_signals_t signals;

    ct_signals_block(&signals);      /* the new thread inherits that */
    apr_thread_mutex_lock(threads->making);
    renew(d);
    if (has_scratch(worker) && !ct_fault(CT_FAULT_THREAD)
        && (!threads->refused || system_has_one())) {
        ++threads->births;
        worker->generation = threads->generation;
        rv = apr_thread_pool_push(threads->now.threads, ct_worker_main, worker,
                                  APR_THREAD_TASK_PRIORITY_NORMAL, worker);
        threads->refused |= rv != APR_SUCCESS;
    }
    if (rv != APR_SUCCESS) {
        rv = is_refused(d, worker) ? give_up(d, worker) : APR_SUCCESS;
    }
    apr_thread_mutex_unlock(threads->making);
    ct_signals_restore(&signals);
    return rv;
}
