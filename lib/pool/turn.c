/* SPDX-License-Identifier: Apache-2.0 */
/* turn: one task, from its call to its end, and the order of calls.
 *
 * Tasks are taken in order under the lock, but the threads that took them
 * race from there. So each waits at a gate until its predecessor on the same
 * request was called: batch->called counts those. The predecessor is on its
 * way, perhaps making a thread or two, so the wait is short.
 *
 * Thread: a runner, or the request's own.
 * Lifetime: a batch is touched only by who holds one of its tasks. */
#include "crew.h"

#include "apr_atomic.h"
#include "apr_thread_proc.h"

#define SPINS 64
#define YIELDS 256
#define STEP_BACK 512
#define NAP 200                      /* microseconds */

static int is_turn(ct_batch_t *batch, apr_uint32_t index)
{
    return apr_atomic_read32(&batch->called) == index;
}

int ct_turn_wait(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t index,
                 apr_interval_time_t patience)
{
    apr_time_t start = 0;
    int looks;

    for (looks = 0; !is_turn(batch, index); ++looks) {
        if (looks < SPINS) {
            continue;
        }
        if (patience < 0 || looks < YIELDS) {
            apr_thread_yield();
            continue;
        }
        if (looks == YIELDS) {
            start = d->settings.now();
        }
        if (ct_dispatcher_closed(d)
            || d->settings.now() - start >= patience) {
            return is_turn(batch, index);
        }
        apr_sleep(NAP);
    }
    return 1;
}

static void announce(ct_batch_t *batch, apr_uint32_t index)
{
    apr_atomic_set32(&batch->called, index + 1);
}

/* The announcement stands before the call, not in it. Who has been waiting
 * for it would win the race to the function's first statement too often. */
static void step_back(void)
{
    volatile int looks;

    apr_thread_yield();
    for (looks = 0; looks < STEP_BACK; ++looks) {
        continue;
    }
}

int ct_turn_passes(ct_work_t *work, unsigned int from, unsigned int to)
{
    return atomic_compare_exchange_strong(&work->end, &from, to);
}

void ct_turn_run(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch)
{
    ct_batch_t *batch = work->batch;
    const ct_call_t *call = &batch->calls[work->index];
    const ct_task_t *task = &call->task;
    ct_task_view_t view;
    apr_status_t result = APR_SUCCESS;

    ct_task_view(&view, task, batch->response, scratch);
    if (!is_turn(batch, work->index)) {
        ct_crew_pause(d);
        ct_turn_wait(d, batch, work->index, -1);
        step_back();
    }
    ct_task_begin(&view, call->label, &d->settings.report);
    announce(batch, work->index);
    if (ct_turn_passes(work, CT_END_OPEN, CT_END_CALLED)) {
        result = task->fn(&view.task, task->data);
    }
    if (ct_turn_passes(work, CT_END_CALLED, CT_END_RETURNED)) {
        ct_task_end(task, &view, CROSSTOWN_RAN, result, &d->settings.report);
    }
    else if (task->over) {
        task->over(&view.task, CROSSTOWN_STOPPED, result, task->data);
    }
}

static void tell(ct_dispatcher_t *d, const ct_batch_t *batch,
                 apr_uint32_t index, crosstown_outcome_e outcome,
                 apr_pool_t *scratch)
{
    const ct_task_t *task = &batch->calls[index].task;
    ct_task_view_t view;

    ct_task_view(&view, task, batch->response, scratch);
    ct_task_end(task, &view, outcome, APR_SUCCESS, &d->settings.report);
}

void ct_turn_pass(ct_dispatcher_t *d, const ct_work_t *work,
                  crosstown_outcome_e outcome, apr_pool_t *scratch)
{
    ct_turn_wait(d, work->batch, work->index, -1);
    announce(work->batch, work->index);
    tell(d, work->batch, work->index, outcome, scratch);
}

ct_batch_t *ct_turn_over(ct_dispatcher_t *d, ct_work_t *work)
{
    ct_batch_t *batch = work->batch;

    ct_hold_over(d, work);
    work->batch = NULL;
    --d->running;
    return --batch->left == 0 ? batch : NULL;
}

/* In prefork the drain may have interrupted malloc() itself: give nothing
 * back there, the process is about to exit. */
static void free_unless_exiting(ct_dispatcher_t *d, ct_batch_t *batch)
{
    if (!(d->settings.guard_signals && ct_dispatcher_closed(d))) {
        ct_batch_free(batch);
    }
}

void ct_turn_let_go(ct_dispatcher_t *d, ct_batch_t *batch,
                    apr_uint32_t tasks)
{
    ct_signals_t signals;
    int last;

    ct_crew_lock(d, &signals);
    batch->left -= tasks;
    last = batch->left == 0;
    ct_crew_unlock(d, &signals);
    if (last) {
        free_unless_exiting(d, batch);
    }
}

void ct_turn_end(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t from,
                 apr_uint32_t to, crosstown_outcome_e outcome,
                 apr_pool_t *scratch)
{
    apr_uint32_t i;

    for (i = from; i < to; ++i) {
        ct_hold_give_up(d, batch, i);
        tell(d, batch, i, outcome, scratch);
    }
    ct_turn_let_go(d, batch, to - from);
}

void ct_dispatcher_end_batch(ct_dispatcher_t *d, ct_batch_t *batch,
                             crosstown_outcome_e outcome,
                             apr_pool_t *scratch)
{
    ct_turn_end(d, batch, 0, batch->count, outcome, scratch);
}
