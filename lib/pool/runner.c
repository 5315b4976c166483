/* SPDX-License-Identifier: Apache-2.0 */
/* runner: what a thread of the pool does: take, call others if there is more,
 * run, sleep, leave.
 * Thread: its own, with all signals blocked.
 * Lifetime: from the first work that wants it to `linger` without any, or to
 * the end of the drain. */
#include "crew.h"

#include "faults.h"

/* Bytes of scratch memory that stay with a runner between two tasks. */
#define KEEP_AT_MOST (64 * 1024)

static __thread int runs_tasks;      /* the calling thread */

int ct_dispatcher_here(void)
{
    return runs_tasks;
}

/* An allocator of its own: no other thread touches it while this one runs. */
void ct_runner_equip(ct_runner_t *runner)
{
    apr_pool_t *scratch = NULL;

    if (runner->scratch || ct_fault(CT_FAULT_SCRATCH)
        || apr_pool_create_unmanaged_ex(&scratch, NULL, NULL)
           != APR_SUCCESS) {
        return;
    }
    apr_allocator_max_free_set(apr_pool_allocator_get(scratch), KEEP_AT_MOST);
    runner->scratch = scratch;
}

static void give_back(ct_batch_t **finished)
{
    if (*finished) {
        ct_batch_free(*finished);
        *finished = NULL;
    }
}

/* Under lock, and again under lock when it returns. What has been finished
 * before is given back on the way, so that a task costs one hold of the
 * lock; unless its clean-ups may take their time. */
static void run_one(ct_dispatcher_t *d, ct_runner_t *runner,
                    ct_batch_t **finished)
{
    ct_calls_t calls;

    ct_crew_look_away(d, runner);
    ct_crew_plan(d, &calls);
    apr_thread_mutex_unlock(d->lock);
    if (calls.wakes + calls.makes > 0) {
        ct_crew_pause(d);
    }
    (void)ct_crew_call(d, &calls);   /* this runner is there: not stranded */
    give_back(finished);
    ct_turn_run(d, &runner->work, runner->scratch);
    apr_pool_clear(runner->scratch);
    apr_thread_mutex_lock(d->lock);
    *finished = ct_turn_over(d, &runner->work);
}

/* Under lock. */
static void run_until_told(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_batch_t *finished = NULL;
    int stay = 1;

    while (stay) {
        if (finished && (ct_batch_carried(finished)
                         || ct_queue_available(d) == 0)) {
            ct_crew_pause(d);
            apr_thread_mutex_unlock(d->lock);
            give_back(&finished);
            apr_thread_mutex_lock(d->lock);
        }
        else if (ct_queue_available(d) == 0) {
            stay = !d->closed && ct_rest(d, runner);
        }
        else if (ct_queue_take(d, &runner->work)) {
            run_one(d, runner, &finished);
        }
    }
}

/* Without memory for a runner nothing may be left lying that waits for it.
 * Several may come to this; one of them does it for all, since they would
 * share the only memory that there is. */
static void *leave_without_memory(ct_dispatcher_t *d, ct_runner_t *runner)
{
    int mine;

    apr_thread_mutex_lock(d->lock);
    ct_crew_leave(d, runner);
    ct_crew_instead(d);
    mine = !d->refusing;
    while (mine && d->alive == 0 && ct_queue_available(d) > 0) {
        d->refusing = 1;
        apr_thread_mutex_unlock(d->lock);
        ct_dispatcher_refuse(d, d->refusal_scratch);
        apr_thread_mutex_lock(d->lock);
        d->refusing = 0;
    }
    apr_thread_mutex_unlock(d->lock);
    return NULL;
}

void *APR_THREAD_FUNC ct_runner_main(apr_thread_t *thread, void *data)
{
    ct_runner_t *runner = data;
    ct_dispatcher_t *d = runner->dispatcher;
    ct_signals_t signals;
    ct_runner_e state;

    (void)thread;
    ct_signals_block(&signals);
    runs_tasks = 1;
    apr_thread_mutex_lock(d->lock);
    state = runner->state;
    if (state == CT_RUNNER_COMING) {
        runner->state = CT_RUNNER_AWAKE;
    }
    apr_thread_mutex_unlock(d->lock);
    if (state != CT_RUNNER_COMING) {
        return NULL;
    }
    if (!runner->scratch) {
        return leave_without_memory(d, runner);
    }
    apr_thread_mutex_lock(d->lock);
    run_until_told(d, runner);
    ct_crew_pause(d);
    /* In the same breath as the last look at the queue: who pushes next must
     * not count on this runner. The slot is another thread's from here on. */
    ct_crew_leave(d, runner);
    atomic_fetch_sub(&d->callable, 1);   /* it was that already */
    apr_thread_mutex_unlock(d->lock);
    return NULL;
}
