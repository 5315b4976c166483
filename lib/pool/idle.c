/* SPDX-License-Identifier: Apache-2.0 */
/* idle: how a worker waits that finds nothing to take, so that who brings work
 * need not wake anybody: to wake a thread costs more than most tasks.
 *   - While tasks come steadily, see arrivals.c, two sleep for a moment, look,
 *     and take all that has come. Two, so that one is there if the other's
 *     task blocks.
 *   - Where others take them faster than that, one backs off: it sleeps for a
 *     moment, and takes one only if they have ceased to, since a task blocks.
 *     While it is there nobody is woken to be in their way (tasks that do
 *     nothing, two workers: 0.7 to 0.9 of the time).
 *   - Else one stays awake for some rounds of the scheduler, about as long as
 *     a wake-up costs, so that it never loses much by it (competitive
 *     spinning: Karlin, Li, Manasse and Owicki, 1991). Who has done so in vain
 *     several times is parked at once, until it is called soon after that: on
 *     an idle server a task starts 16 us after the last write instead of 70.
 *   - The others are parked until they are called, and leave if they are not
 *     for long. */
#include "workers.h"

#include "apr_thread_proc.h"

#define ROUNDS 8
#define OFTEN_IN_VAIN 4
/* Who is called so soon after it was parked might have stayed awake. */
#define SOON (APR_USEC_PER_SEC / 1000)
/* A round that takes longer says that others need the processor: who has been
 * woken is preferred by most schedulers, who yields is not. */
#define LONG_ROUND (APR_USEC_PER_SEC / 1000)
/* Between two looks of one that backs off, and at a task whose predecessor is
 * about to be called, by a thread that has lost its processor; microseconds,
 * Linux makes it twice that. */
#define NAP 50
/* A task that takes less, in microseconds, is not worth another thread. */
#define WORTH_A_THREAD 10
/* After so many waiting tasks memory is given back. */
#define HIGH_PEAK 50000

/* Of those that sleep for a moment. */
#define SLEEPERS 2

/* @return 0: tasks do not come that fast, or not any more */
static int unlock_and_poll(ct_dispatcher_t *d, ct_worker_t *worker)
{
    apr_interval_time_t sleep;

    if (d->searching >= SLEEPERS) {
        return 0;
    }
    while ((sleep = ct_arrivals_sleep(d)) > 0 && !d->closed) {
        ct_worker_become(worker, CT_WORKER_SEARCHING);
        ct_workers_unlock_and_sleep(d, sleep);
        if (ct_queue_next(d)) {
            return 1;
        }
    }
    return 0;
}

static void look(const ct_dispatcher_t *d, ct_worker_t *worker)
{
    worker->seen = d->arrivals.taken;
    worker->since = d->settings.now();
}

static int others_are_quick(const ct_dispatcher_t *d,
                            const ct_worker_t *worker)
{
    apr_uint32_t taken = d->arrivals.taken - worker->seen;

    return taken > 0
           && taken >= (d->settings.now() - worker->since) / WORTH_A_THREAD;
}

/* What comes meanwhile is theirs. */
static void unlock_and_back_off(ct_dispatcher_t *d, ct_worker_t *worker)
{
    while (!d->backing_off && others_are_quick(d, worker)) {
        ct_worker_become(worker, CT_WORKER_SEARCHING);
        look(d, worker);
        d->backing_off = 1;
        ct_workers_unlock_and_sleep(d, NAP);
        d->backing_off = 0;
    }
}

/* A round of the scheduler. @return 0: it was a long one */
static int unlock_and_yield(ct_dispatcher_t *d)
{
    apr_time_t before = d->settings.now();
    apr_interval_time_t took;

    ct_workers_unlock(d);
    apr_thread_yield();
    took = d->settings.now() - before;
    ct_workers_lock(d);
    return took <= LONG_ROUND;
}

/* @return 0: in vain */
static int unlock_and_search(ct_dispatcher_t *d, ct_worker_t *worker)
{
    int rounds = worker->in_vain < OFTEN_IN_VAIN ? ROUNDS : 0;

    ct_worker_become(worker, CT_WORKER_SEARCHING);
    while (!ct_queue_next(d)) {
        if (d->closed) {
            return 0;
        }
        if (rounds > 0) {
            rounds = unlock_and_yield(d) ? rounds - 1 : 0;
        }
        else if (ct_queue_available(d) > 0) {
            ct_workers_unlock_and_sleep(d, NAP);
        }
        else {
            ++worker->in_vain;
            return 0;
        }
    }
    worker->in_vain = 0;
    return 1;
}

/* Awake. */
static apr_uint32_t others_searching(const ct_dispatcher_t *d,
                                     const ct_worker_t *worker)
{
    return d->searching - (worker->state == CT_WORKER_SEARCHING)
           - (d->backing_off != 0);
}

/* The C library keeps what was freed, by other threads than had allocated it,
 * for a long time. */
static void unlock_and_trim(ct_dispatcher_t *d)
{
    d->peak = 0;
    ct_workers_unlock(d);
    ct_memory_give_back();
    ct_workers_lock(d);
}

static void unpark(ct_dispatcher_t *d, ct_worker_t *worker, ct_worker_e state)
{
    ct_worker_t **link = &d->idle;

    while (*link != worker) {
        link = &(*link)->next;
    }
    *link = worker->next;
    ct_worker_become(worker, state);
}

/* Above the minimum, or of a pool of threads that is to go; while nothing is
 * in the queue, also nothing that cannot be taken yet. */
static int may_leave(ct_dispatcher_t *d, const ct_worker_t *worker)
{
    return (d->alive > d->settings.threads_min
            || worker->generation != d->threads.generation)
           && ct_queue_available(d) == 0;
}

/* @return 0: nobody called it in time, and it may leave */
static int unlock_and_sleep(ct_dispatcher_t *d, ct_worker_t *worker)
{
    apr_status_t rv;

    if (worker->generation != d->threads.generation && may_leave(d, worker)) {
        return 0;
    }
    if (d->alive <= d->settings.threads_min) {
        rv = apr_thread_cond_wait(worker->wake, d->lock);
    }
    else {
        rv = apr_thread_cond_timedwait(worker->wake, d->lock,
                                       d->settings.linger);
    }
    return !(APR_STATUS_IS_TIMEUP(rv) && may_leave(d, worker));
}

/* Who brought something before this one could be called relied on others, or
 * on it; also if it cannot be taken yet: who calls its predecessor, perhaps a
 * request's own thread, calls nobody. */
static int is_needed(ct_dispatcher_t *d)
{
    return ct_queue_next(d)
           || (d->searching == 0 && ct_queue_available(d) > 0);
}

/* @return 0: it is to leave, and SPARE */
static int unlock_and_park(ct_dispatcher_t *d, ct_worker_t *worker)
{
    apr_time_t since = d->settings.now();

    ct_worker_become(worker, CT_WORKER_IDLE);
    while (worker->state == CT_WORKER_IDLE) {
        if (is_needed(d)) {
            unpark(d, worker, CT_WORKER_SEARCHING);
        }
        else if (d->closed || !unlock_and_sleep(d, worker)) {
            if (worker->state == CT_WORKER_IDLE) {
                unpark(d, worker, CT_WORKER_SPARE);
                return 0;
            }
        }
    }
    if (d->settings.now() - since < SOON) {
        worker->in_vain = 0;
    }
    return 1;
}

/* What it would have taken is another's. */
static void unlock_and_leave(ct_dispatcher_t *d, ct_worker_t *worker)
{
    ct_call_up_t call_up;

    ct_worker_become(worker, CT_WORKER_IDLE);
    unpark(d, worker, CT_WORKER_SPARE);
    ct_workers_plan(d, 0, &call_up);
    ct_workers_unlock(d);
    (void)ct_workers_call(d, &call_up);
    ct_workers_lock(d);
}

int ct_idle_unlock_and_wait(ct_dispatcher_t *d, ct_worker_t *worker)
{
    int found;

    ct_workers_pause(d);
    if (ct_workers_are_too_many(d, 0)) {
        unlock_and_leave(d, worker);
        return 0;
    }
    found = unlock_and_poll(d, worker);
    if (!found) {
        unlock_and_back_off(d, worker);
        found = others_searching(d, worker) == 0
                && unlock_and_search(d, worker);
    }
    if (!found && d->peak >= HIGH_PEAK) {
        unlock_and_trim(d);
    }
    if (!found && !unlock_and_park(d, worker)) {
        return 0;
    }
    ct_worker_become(worker, CT_WORKER_RUNNING);
    look(d, worker);
    return 1;
}
