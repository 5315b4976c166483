/* SPDX-License-Identifier: Apache-2.0 */
/* put_off: a task that has come to its turn and is not called now, or is to be
 * called once more: it waits for its time, or until its name is resumed. Where
 * it cannot wait, that is its end. */
#include "call_order.h"

static void cannot_wait(ct_dispatcher_t *d, const ct_task_t *task,
                        ct_task_view_t *view, ct_refusal_e why)
{
    const ct_report_t *report = &d->settings.report;

    view->refusal = why;
    if (why == CT_REFUSAL_NONE) {
        ct_task_end(task, view, CROSSTOWN_STOPPED, APR_SUCCESS, report);
        if (view->stays_kept) {
            ct_later_count_as_kept(d);
        }
    }
    else if (view->again) {
        ct_task_end(task, view, CROSSTOWN_RAN, CROSSTOWN_AGAIN, report);
    }
    else {
        ct_task_end(task, view, CROSSTOWN_REJECTED, APR_SUCCESS, report);
    }
}

static apr_interval_time_t delay_left(const ct_batch_t *batch,
                                      const ct_task_t *task)
{
    apr_time_t since = batch->response ? batch->response->sent
                                       : task->recorded;
    apr_interval_time_t passed = apr_time_now() - since;

    return passed > 0 ? task->delay - passed : task->delay;
}

/* For its time, or until its name is resumed. */
static int goes_on_to_wait(ct_dispatcher_t *d, ct_work_t *work,
                           ct_refusal_e *why)
{
    const ct_batch_t *batch = work->batch;
    ct_later_place_t place;

    if (!ct_call_is_early(batch, work->index)) {
        return ct_paused_put(d, work, why);
    }
    return ct_later_find(d, work,
                         delay_left(batch, &batch->calls[work->index].task),
                         &place, why)
           && ct_later_enter(d, work, 1, &place);
}

void ct_call_put_off(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch)
{
    const ct_batch_t *batch = work->batch;
    apr_uint32_t index = work->index;
    ct_refusal_e why;
    ct_task_view_t view;

    if (!goes_on_to_wait(d, work, &why)) {
        ct_call_view(&view, batch, index, scratch);
        cannot_wait(d, &batch->calls[index].task, &view, why);
    }
}

/* That another attempt follows is said only if it has a place to wait in; of
 * one that is stopped the counters know only if it is said. */
void ct_call_again(ct_dispatcher_t *d, ct_work_t *work, const ct_task_t *task,
                   ct_task_view_t *view)
{
    const ct_report_t *report = &d->settings.report;
    ct_later_place_t place = { NULL, 0 };
    ct_refusal_e why = CT_REFUSAL_MEMORY;

    if (work->batch) {
        (void)ct_later_find(d, work, view->again - apr_time_now(), &place,
                            &why);
    }
    if (report->again && (place.batch || why == CT_REFUSAL_NONE)) {
        report->again(report->context, task->server, &view->task,
                      view->again);
    }
    if (!place.batch
        || !ct_later_enter(d, work, view->task.attempt + 1, &place)) {
        cannot_wait(d, task, view, why);
    }
}
