/* SPDX-License-Identifier: Apache-2.0 */
/* worker: what a thread of the pool does: call another if more waits, take,
 * run, wait, leave. It calls before it takes, so that nothing that can hold it
 * up, a wake-up or the making of a thread, stands between the taking of a task
 * and its call: its followers on the same request have to wait for that. */
#include "workers.h"

static __thread ct_worker_t *own;    /* the calling thread's */

int ct_dispatcher_on_worker(void)
{
    return own != NULL;
}

ct_worker_t *ct_worker_of_thread(void)
{
    return own;
}

/* Give back a batch whose last task is over. Lets the lock go that the caller
 * has. */
static void unlock_and_free(ct_dispatcher_t *d, ct_batch_t **finished)
{
    ct_workers_pause(d);
    apr_thread_mutex_unlock(d->lock);
    ct_later_free(d, *finished);
    *finished = NULL;
    apr_thread_mutex_lock(d->lock);
}

/* Call another if this one does not take all that waits. Lets the lock go that
 * the caller has. */
static void unlock_and_call(ct_dispatcher_t *d)
{
    ct_call_up_t call_up;
    int left = 1 + CT_WORKERS_AHEAD;

    do {
        ct_workers_plan(d, 1, &call_up);
        if (call_up.worker) {
            ct_workers_pause(d);
            ++d->calling;
            apr_thread_mutex_unlock(d->lock);
            (void)ct_workers_call(d, &call_up);  /* nothing is stranded: it is
                                                    there itself */
            apr_thread_mutex_lock(d->lock);
            --d->calling;
        }
    } while (--left > 0 && call_up.worker && !call_up.has_thread);
}

/* What was finished before is given back on the way, so that a task costs one
 * hold of the lock; unless its clean-ups may take their time. Lets the lock go
 * that the caller has. */
static void unlock_and_run(ct_dispatcher_t *d, ct_worker_t *worker,
                           ct_batch_t **finished)
{
    apr_thread_mutex_unlock(d->lock);
    if (*finished) {
        ct_later_free(d, *finished);
    }
    ct_call_run(d, &worker->work, worker->scratch);
    apr_pool_clear(worker->scratch);
    apr_thread_mutex_lock(d->lock);
    *finished = ct_call_over(d, &worker->work);
}

/* Under lock, which is let go meanwhile. */
static void run_until_told(ct_dispatcher_t *d, ct_worker_t *worker)
{
    ct_batch_t *finished = NULL;
    int stay = 1;

    while (stay) {
        /* Read once: a predecessor may be called at any moment, and what is
         * taken without another being called leaves the rest to nobody. */
        int ready;

        ct_worker_become(worker, CT_WORKER_RUNNING);
        ready = ct_queue_ready(d);
        if (ready) {
            unlock_and_call(d);
        }
        if (finished && (ct_later_carried(finished)
                         || ct_queue_available(d) == 0)) {
            unlock_and_free(d, &finished);
        }
        if (ready && ct_queue_take(d, &worker->work)) {
            unlock_and_run(d, worker, &finished);
        }
        else {
            if (finished) {
                unlock_and_free(d, &finished);
            }
            stay = ct_idle_unlock_and_wait(d, worker);
        }
    }
}

/* The slot may be another thread's as soon as the lock is let go. */
void *APR_THREAD_FUNC ct_worker_main(apr_thread_t *thread, void *data)
{
    ct_worker_t *worker = data;
    ct_dispatcher_t *d = worker->dispatcher;

    (void)thread;
    own = worker;
    apr_thread_mutex_lock(d->lock);
    if (worker->state == CT_WORKER_STARTING) {
        run_until_told(d, worker);
    }
    apr_thread_mutex_unlock(d->lock);
    return NULL;
}
