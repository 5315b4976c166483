/* SPDX-License-Identifier: Apache-2.0 */
/* call_order: one task, from its call to its end, and the order of calls. A
 * task of a request can be taken once its predecessor was called:
 * batch->called counts those. So at most one of a request's tasks is between
 * its taking and its call, and nobody who has one waits for another: others
 * take what else there is meanwhile. Only a request's own thread waits, for
 * its own. */
#include "call_order.h"
#include "held.h"
#include "split_off.h"

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

    atomic_store_explicit(&d->arrivals.awaited, 1, memory_order_relaxed);
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

/* Have the one call of a task; its follower can be taken from here on. Who
 * does that has to take the lock and more before it can call: the function's
 * first statement is nearer, unless the kernel takes this thread's processor
 * just now. Nobody need be called: as long as something is in the queue one
 * searches, or all run. By APR's function, since the unit tests note this
 * moment in its place. @return 0: the drain has it, it is not called */
static int claim_call(ct_work_t *work)
{
    return apr_atomic_cas32(&work->batch->called, work->index + 1,
                            work->index) == work->index;
}

/* @return 0: another has it */
static int claim_end(ct_work_t *work, unsigned int to)
{
    unsigned int open = CT_END_OPEN;

    return atomic_compare_exchange_strong(&work->end, &open, to);
}

int ct_call_leave(ct_work_t *work, ct_left_t *left)
{
    if (!work->batch || !claim_end(work, CT_END_ABANDONED)) {
        return 0;
    }
    left->batch = work->batch;
    left->index = work->index;
    left->uncalled = claim_call(work);
    ++left->batch->left;
    return 1;
}

void ct_call_view(ct_task_view_t *view, const ct_batch_t *batch,
                  apr_uint32_t index, apr_pool_t *scratch)
{
    ct_task_view(view, &batch->calls[index].task, batch->response, scratch);
    view->task.attempt = ct_split_off_attempt(batch);
}

int ct_call_is_early(const ct_batch_t *batch, apr_uint32_t index)
{
    return batch->calls[index].task.delay > 0 && !batch->split_off;
}

/* It has come to its turn, but not to its call. If the drain has its end, it
 * has its call, too, or is about to. */
static void postpone(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch)
{
    if (claim_end(work, CT_END_RETURNED)) {
        (void)claim_call(work);
        ct_call_put_off(d, work, scratch);
    }
}

void ct_call_returned(ct_dispatcher_t *d, ct_work_t *work,
                      ct_task_view_t *view, apr_status_t result)
{
    const ct_task_t *task = &work->batch->calls[work->index].task;

    if (!claim_end(work, CT_END_RETURNED)) {
        if (task->over) {
            task->over(&view->task, CROSSTOWN_STOPPED, result, task->data);
        }
    }
    else if (ct_task_asks_again(view, result)) {
        ct_call_again(d, work, task, view);
    }
    else {
        ct_task_end(task, view, CROSSTOWN_RAN, result, &d->settings.report);
    }
}

static void call_function(ct_dispatcher_t *d, ct_work_t *work,
                          const ct_task_t *task, ct_task_view_t *view)
{
    apr_status_t result;

    view->inside = work;
    result = task->fn(&view->task, task->data);
    view->inside = NULL;
    if (!view->held || !ct_held_returned(d, work, view, result)) {
        ct_call_returned(d, work, view, result);
    }
}

void ct_call_run(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch)
{
    const ct_call_t *call = &work->batch->calls[work->index];
    const ct_task_t *task = &call->task;
    ct_task_view_t view;

    if (ct_call_is_early(work->batch, work->index)
        || ct_paused_is(d, work->batch, work->index)) {
        postpone(d, work, scratch);
        return;
    }
    ct_call_view(&view, work->batch, work->index, scratch);
    ct_task_begin(&view, call->label, &d->settings.report);
    if (claim_call(work)) {
        call_function(d, work, task, &view);
    }
}

int ct_call_tell(ct_dispatcher_t *d, const ct_batch_t *batch,
                 apr_uint32_t index, crosstown_outcome_e outcome,
                 apr_pool_t *scratch)
{
    ct_task_view_t view;

    ct_call_view(&view, batch, index, scratch);
    ct_task_end(&batch->calls[index].task, &view, outcome, APR_SUCCESS,
                &d->settings.report);
    return view.stays_kept;
}

void ct_call_refuse(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch)
{
    ct_refusal_e why;

    (void)claim_call(work);
    if (!ct_later_defer(d, work, &why)
        && ct_call_tell(d, work->batch, work->index,
                        why == CT_REFUSAL_NONE ? CROSSTOWN_STOPPED
                                               : CROSSTOWN_REJECTED, scratch)
        && why == CT_REFUSAL_NONE) {
        ct_later_count_as_kept(d);
    }
}

ct_batch_t *ct_call_over(ct_dispatcher_t *d, ct_work_t *work)
{
    ct_batch_t *batch = work->batch;

    --d->running;
    if (!batch) {
        return NULL;
    }
    ct_limited_over(d, work);
    work->batch = NULL;
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
        ct_split_off_free(d, batch);
    }
}

apr_uint32_t ct_call_end(ct_dispatcher_t *d, ct_batch_t *batch,
                         apr_uint32_t from, apr_uint32_t to,
                         crosstown_outcome_e outcome, apr_pool_t *scratch)
{
    apr_uint32_t ended = 0;
    apr_uint32_t i;

    for (i = from; i < to; ++i) {
        ct_limited_give_up(d, batch, i);
        ended += !ct_call_tell(d, batch, i, outcome, scratch);
    }
    ct_call_release(d, batch, to - from);
    return ended;
}

void ct_dispatcher_end_batch(ct_dispatcher_t *d, ct_batch_t *batch,
                             crosstown_outcome_e outcome, apr_pool_t *scratch)
{
    (void)ct_call_end(d, batch, 0, batch->count, outcome, scratch);
}
