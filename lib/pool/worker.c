/* SPDX-License-Identifier: Apache-2.0 */
/* worker: what a thread of the pool does: call another if more waits, take,
 * run, wait, leave. It calls before it takes, so that nothing that can hold it
 * up, a wake-up or the making of a thread, stands between the taking of a task
 * and its call: its followers on the same request have to wait for that. */
#include "call_order.h"
#include "split_off.h"

#include "apr_thread_proc.h"

#define LOCK_TRIES 16

static __thread ct_worker_t *own;    /* the calling thread's */

int ct_dispatcher_on_worker(void)
{
    return own != NULL;
}

ct_worker_t *ct_worker_of_thread(void)
{
    return own;
}

/* Give back a batch whose last task is over. */
static void unlock_and_free(ct_dispatcher_t *d, ct_batch_t **finished)
{
    ct_workers_pause(d);
    ct_workers_unlock(d);
    ct_split_off_free(d, *finished);
    *finished = NULL;
    ct_workers_lock(d);
}

/* Call another if this one does not take all that waits. @return 0: nobody
 * was called, and the lock not let go */
static int unlock_and_call(ct_dispatcher_t *d)
{
    ct_call_up_t call_up;
    int called = 0;

    do {
        ct_workers_plan(d, 1, &call_up);
        if (call_up.worker) {
            ct_workers_pause(d);
            ++d->calling;
            ct_workers_unlock(d);
            (void)ct_workers_call(d, &call_up);  /* nothing is stranded: it is
                                                    there itself */
            ct_workers_lock(d);
            --d->calling;
            ++called;
        }
    } while (called <= CT_WORKERS_AHEAD && call_up.worker
             && !call_up.has_thread);
    return called;
}

/* Who has the lock needs it for less than the kernel needs to wake somebody.
 * Two workers with batches of tasks that do nothing: 90 to 190 ns for each
 * instead of 220 to 350, if it is tried twice; as often as here, 0.9 of that
 * for single ones. */
static void lock_again(ct_dispatcher_t *d)
{
    int tries = LOCK_TRIES;

    while (apr_thread_mutex_trylock(d->lock) != APR_SUCCESS) {
        if (--tries == 0) {
            ct_workers_lock(d);
            return;
        }
        apr_thread_yield();
    }
}

/* What was finished before is given back on the way, so that a task costs one
 * hold of the lock; unless its clean-ups may take their time. */
static void unlock_and_run(ct_dispatcher_t *d, ct_worker_t *worker,
                           ct_batch_t **finished)
{
    ct_workers_unlock(d);
    if (*finished) {
        ct_split_off_free(d, *finished);
    }
    ct_call_run(d, &worker->work, worker->scratch);
    apr_pool_clear(worker->scratch);
    lock_again(d);
    *finished = ct_call_over(d, &worker->work);
}

/* Take the next task, if there is one. What comes to be next while the lock is
 * let go is not taken: nobody was called for the rest. @return 0: there was
 * none */
static int unlock_and_take(ct_dispatcher_t *d, ct_worker_t *worker,
                           ct_batch_t **finished)
{
    ct_batch_t **next = ct_workers_are_too_many(d, 0) ? NULL
                        : ct_queue_next(d);

    if (next && unlock_and_call(d)) {
        next = ct_queue_next(d);
    }
    if (*finished && (!next || ct_split_off_carried(*finished))) {
        unlock_and_free(d, finished);
        next = next ? ct_queue_next(d) : NULL;
    }
    if (next) {
        ct_queue_take(d, next, &worker->work);
        ++worker->seen;
    }
    return next != NULL;
}

static void unlock_and_work(ct_dispatcher_t *d, ct_worker_t *worker)
{
    ct_batch_t *finished = NULL;

    ct_worker_become(worker, CT_WORKER_RUNNING);
    do {
        while (unlock_and_take(d, worker, &finished)) {
            unlock_and_run(d, worker, &finished);
        }
    } while (ct_idle_unlock_and_wait(d, worker));
}

/* A thread that ends gives back what libraries keep for each thread, and so
 * does a process that ends, for all of its threads: OpenSSL 3 frees the same
 * memory twice where both do so at the same time. After the drain the process
 * is about to end, and takes the thread with it. */
static void unlock_and_stay(ct_dispatcher_t *d)
{
    while (atomic_load(&d->closed) && !d->is_destroyed) {
        apr_thread_cond_wait(d->let_go, d->lock);
    }
}

/* The slot may be another thread's as soon as the lock is let go. */
void *APR_THREAD_FUNC ct_worker_main(apr_thread_t *thread, void *data)
{
    ct_worker_t *worker = data;
    ct_dispatcher_t *d = worker->dispatcher;

    (void)thread;
    own = worker;
    ct_workers_lock(d);
    if (worker->state == CT_WORKER_STARTING) {
        unlock_and_work(d, worker);
    }
    unlock_and_stay(d);
    ct_workers_unlock(d);
    return NULL;
}
