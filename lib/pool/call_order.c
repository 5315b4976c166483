/* SPDX-License-Identifier: Apache-2.0 */
/* call_order: one task, from its call to its end, and the order of calls. A
 * task of a request can be taken once its predecessor was called:
 * batch->called counts those. So at most one of a request's tasks is between
 * its taking and its call, and nobody who has one waits for another: others
 * take what else there is meanwhile. Only a request's own thread waits, for
 * its own. */
#include "workers.h"

#include "apr_atomic.h"
#include "apr_thread_proc.h"

/* Of a request's own thread: looks before it sleeps between them, and for how
 * long, in microseconds. */
#define LOOKS 256
#define NAP 200

int ct_call_is_next(ct_batch_t *batch, apr_uint32_t index)
{
    return apr_atomic_read32(&batch->called) == index;
}

int ct_call_wait(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t index,
                 apr_interval_time_t patience)
{
    apr_time_t start;
    int looks;

    for (looks = 0; looks < LOOKS; ++looks) {
        if (ct_call_is_next(batch, index)) {
            return 1;
        }
        apr_thread_yield();
    }
    start = d->settings.now();
    while (!ct_call_is_next(batch, index)) {
        if (ct_dispatcher_closed(d)
            || d->settings.now() - start >= patience) {
            return ct_call_is_next(batch, index);
        }
        apr_sleep(NAP);
    }
    return 1;
}

/* From here on its follower can be taken. Who does that has to take the lock
 * and more before it can call: the function's first statement is nearer,
 * unless the kernel takes this thread's processor just now. Nobody need be
 * called: as long as something is in the queue one searches, or all run. */
static void announce(ct_work_t *work)
{
    apr_atomic_set32(&work->batch->called, work->index + 1);
}

int ct_call_passes(ct_work_t *work, unsigned int from, unsigned int to)
{
    return atomic_compare_exchange_strong(&work->end, &from, to);
}

void ct_call_run(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch)
{
    const ct_call_t *call = &work->batch->calls[work->index];
    const ct_task_t *task = &call->task;
    ct_task_view_t view;
    apr_status_t result;

    ct_task_view(&view, task, work->batch->response, scratch);
    ct_task_begin(&view, call->label, &d->settings.report);
    announce(work);
    if (!ct_call_passes(work, CT_END_OPEN, CT_END_CALLED)) {
        return;
    }
    result = task->fn(&view.task, task->data);
    if (ct_call_passes(work, CT_END_CALLED, CT_END_RETURNED)) {
        ct_task_end(task, &view, CROSSTOWN_RAN, result, &d->settings.report);
    }
    else if (task->over) {
        task->over(&view.task, CROSSTOWN_STOPPED, result, task->data);
    }
}

void ct_call_tell(ct_dispatcher_t *d, const ct_batch_t *batch,
                  apr_uint32_t index, crosstown_outcome_e outcome,
                  apr_pool_t *scratch)
{
    const ct_task_t *task = &batch->calls[index].task;
    ct_task_view_t view;

    ct_task_view(&view, task, batch->response, scratch);
    ct_task_end(task, &view, outcome, APR_SUCCESS, &d->settings.report);
}

void ct_call_refuse(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch)
{
    announce(work);
    ct_call_tell(d, work->batch, work->index, CROSSTOWN_REJECTED, scratch);
}

ct_batch_t *ct_call_over(ct_dispatcher_t *d, ct_work_t *work)
{
    ct_batch_t *batch = work->batch;

    ct_limited_over(d, work);
    work->batch = NULL;
    --d->running;
    return --batch->left == 0 ? batch : NULL;
}

void ct_call_release(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t tasks)
{
    int last;

    ct_workers_lock(d);
    batch->left -= tasks;
    last = batch->left == 0;
    ct_workers_unlock(d);
    if (last) {
        ct_batch_free(batch);
    }
}

void ct_call_end(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t from,
                 apr_uint32_t to, crosstown_outcome_e outcome,
                 apr_pool_t *scratch)
{
    apr_uint32_t i;

    for (i = from; i < to; ++i) {
        ct_limited_give_up(d, batch, i);
        ct_call_tell(d, batch, i, outcome, scratch);
    }
    ct_call_release(d, batch, to - from);
}

void ct_dispatcher_end_batch(ct_dispatcher_t *d, ct_batch_t *batch,
                             crosstown_outcome_e outcome, apr_pool_t *scratch)
{
    ct_call_end(d, batch, 0, batch->count, outcome, scratch);
}
