/* SPDX-License-Identifier: Apache-2.0 */
/* inline_run: tasks that are run, or refused, on the thread that finished the
 * response: same_thread, a full queue with the inline policy, and what is
 * left when no thread can be had.
 *
 * Calls of one request keep their order across both kinds of threads: the
 * request's thread waits until the pool has called what stands before, and
 * gives the pool what stands behind just before it starts a call of its own.
 * It holds the batch while a call of its own is left in it, and must not look
 * at it later. */
#include "call_order.h"
#include "split_off.h"

static apr_uint32_t next_inline(const ct_batch_t *batch, apr_uint32_t from)
{
    while (from < batch->count && !batch->calls[from].run_inline) {
        ++from;
    }
    return from;
}

/* Places were reserved for those among from..count-1 that the pool was to
 * call. */
static void stop_rest(ct_dispatcher_t *d, ct_batch_t *batch,
                      apr_uint32_t from, apr_pool_t *scratch)
{
    apr_uint32_t places = 0;
    apr_uint32_t i;

    for (i = from; i < batch->count; ++i) {
        places += !batch->calls[i].run_inline;
    }
    ct_dispatcher_release(d, places);
    (void)ct_call_end(d, batch, from, batch->count, CROSSTOWN_STOPPED,
                      scratch);
}

/* The turn did not come: the pool makes the rest of the calls, in order. They
 * count as waiting even if that is one request's tasks above the bound. */
static void leave_rest(ct_dispatcher_t *d, ct_batch_t *batch,
                       apr_uint32_t from, apr_pool_t *scratch)
{
    ct_call_up_t call_up;
    apr_uint32_t i;
    apr_uint32_t more = 0;
    int closed;

    for (i = from; i < batch->count; ++i) {
        more += batch->calls[i].run_inline != 0;
    }
    ct_workers_lock(d);
    closed = d->closed != 0;
    ct_queue_gather(d);        /* else it may be in the inbox still */
    if (!closed) {
        ct_gauges_raise(&d->gauges->most_waiting,
                        atomic_fetch_add(&d->waiting, more) + more);
        if (batch->stands == CT_STANDS_QUEUED) {
            d->available += batch->count - batch->limit;
        }
        batch->limit = batch->count;
        if (batch->stands == CT_STANDS_NOWHERE) {
            ct_queue_append(d, batch);
        }
        ct_workers_plan(d, 0, &call_up);
    }
    ct_workers_unlock(d);
    if (closed) {
        stop_rest(d, batch, from, scratch);
    }
    else if (ct_workers_call(d, &call_up) != APR_SUCCESS) {
        ct_dispatcher_stand_in(d, scratch);
    }
}

/* Let the pool have from..to-1. @return as ct_dispatcher_push() */
static apr_status_t hand_part(ct_dispatcher_t *d, ct_batch_t *batch,
                              apr_uint32_t from, apr_uint32_t to)
{
    ct_workers_lock(d);
    batch->taken = from;
    batch->limit = to;
    ct_workers_unlock(d);
    return ct_dispatcher_push(d, batch);
}

static void begin_inline(ct_dispatcher_t *d)
{
    ct_gauges_raise(&d->gauges->most_running,
                    atomic_fetch_add(&d->running_inline, 1) + 1);
}

static void run_inline(ct_dispatcher_t *d, ct_batch_t *batch,
                       apr_uint32_t index, apr_pool_t *scratch)
{
    ct_work_t work;

    work.batch = batch;
    work.index = index;
    work.unplaced = 1;
    atomic_init(&work.end, CT_END_OPEN);
    begin_inline(d);
    ct_call_run(d, &work, scratch);
    ct_workers_pause(d);
    apr_pool_clear(scratch);
    if (work.batch) {
        ct_call_release(d, batch, 1);
    }
    atomic_fetch_sub(&d->running_inline, 1);
}

int ct_dispatcher_must_stop(ct_dispatcher_t *d)
{
    return ct_dispatcher_closed(d) || d->settings.time_left() == 0;
}

/* From now on it is one of the pool's. */
static void call_again(ct_dispatcher_t *d, const ct_record_t *record,
                       ct_task_view_t *view)
{
    ct_work_t work = { .unplaced = 1 };

    work.batch = ct_batch_make(view->task.response, record, 1);
    view->ledger = NULL;
    ct_call_again(d, &work, &record->task, view);
    if (work.batch) {
        ct_batch_free(work.batch);
    }
}

void ct_dispatcher_run_alone(ct_dispatcher_t *d, const ct_ledger_t *ledger,
                             const ct_record_t *record,
                             const crosstown_response_t *response,
                             apr_pool_t *scratch)
{
    const ct_report_t *report = &d->settings.report;
    const ct_task_t *task = &record->task;
    ct_task_view_t view;
    apr_status_t result;

    begin_inline(d);
    ct_task_view(&view, task, response, scratch);
    view.ledger = ledger;
    ct_task_begin(&view, record->label, report);
    result = task->fn(&view.task, task->data);
    if (ct_task_asks_again(&view, result)) {
        call_again(d, record, &view);
    }
    else {
        ct_task_end(task, &view, CROSSTOWN_RAN, result, report);
    }
    ct_workers_pause(d);
    apr_pool_clear(scratch);
    atomic_fetch_sub(&d->running_inline, 1);
}

void ct_dispatcher_attend(ct_dispatcher_t *d, ct_batch_t *batch,
                          apr_pool_t *scratch)
{
    apr_uint32_t count = batch->count;
    apr_uint32_t own = next_inline(batch, 0);
    apr_status_t rv = APR_SUCCESS;

    if (own > 0) {
        rv = hand_part(d, batch, 0, own);
    }
    if (rv == APR_EOF) {
        stop_rest(d, batch, 0, scratch);
        return;
    }
    if (rv == APR_EAGAIN) {
        ct_dispatcher_stand_in(d, scratch);
    }
    while (own < count) {
        apr_uint32_t next = next_inline(batch, own + 1);

        if (ct_dispatcher_must_stop(d)) {
            stop_rest(d, batch, own, scratch);
            return;
        }
        if (!ct_call_wait(d, batch, own, d->settings.patience)) {
            leave_rest(d, batch, own, scratch);
            return;
        }
        if (next > own + 1
            && hand_part(d, batch, own + 1, next) == APR_EOF) {
            stop_rest(d, batch, own, scratch);
            return;
        }
        run_inline(d, batch, own, scratch);
        /* What follows it could not be taken before: not by others that stood
         * in, nor by this thread, if there is nobody else. */
        if (ct_workers_want(d) != APR_SUCCESS) {
            ct_dispatcher_stand_in(d, scratch);
        }
        own = next;
    }
}

/* Empty the queue from the calling thread as long as no worker is there. */
static apr_uint32_t consume(ct_dispatcher_t *d, apr_pool_t *scratch,
                            void (*deal)(ct_dispatcher_t *d, ct_work_t *work,
                                         apr_pool_t *scratch))
{
    apr_uint32_t dealt = 0;
    ct_call_up_t call_up;
    ct_batch_t **next;

    ct_workers_lock(d);
    while (d->alive == 0 && (next = ct_queue_next(d)) != NULL) {
        ct_batch_t *finished;
        ct_work_t work;

        ct_queue_take(d, next, &work);
        ct_workers_unlock(d);
        deal(d, &work, scratch);
        ct_workers_pause(d);
        apr_pool_clear(scratch);
        ++dealt;
        ct_workers_lock(d);
        finished = ct_call_over(d, &work);
        if (finished) {
            ct_workers_unlock(d);
            ct_split_off_free(d, finished);
            ct_workers_lock(d);
        }
    }
    /* What was held back until now is not known to the worker that came. */
    ct_workers_plan(d, 0, &call_up);
    ct_workers_unlock(d);
    (void)ct_workers_call(d, &call_up);
    return dealt;
}

apr_uint32_t ct_dispatcher_stand_in(ct_dispatcher_t *d, apr_pool_t *scratch)
{
    return consume(d, scratch, ct_call_run);
}

apr_uint32_t ct_dispatcher_refuse(ct_dispatcher_t *d, apr_pool_t *scratch)
{
    return consume(d, scratch, ct_call_refuse);
}
