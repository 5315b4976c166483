/* SPDX-License-Identifier: Apache-2.0 */
/* task: see task.h.
 * Thread: the calling one.
 * Lifetime: no state. */
#include "task.h"

void ct_task_view(crosstown_task_t *view, const ct_task_t *task,
                  const crosstown_response_t *response, apr_pool_t *scratch)
{
    view->size = sizeof(*view);
    view->name = task->name;
    view->response = response;
    view->pool = scratch;
    view->recorded = task->recorded;
}

void ct_task_begin(const crosstown_task_t *view, unsigned int label,
                   const ct_report_t *report)
{
    if (report->begin) {
        report->begin(report->context, view, label);
    }
}

void ct_task_end(const ct_task_t *task, const crosstown_task_t *view,
                 crosstown_outcome_e outcome, apr_status_t result,
                 const ct_report_t *report)
{
    if (task->over) {
        task->over(view, outcome, result, task->data);
    }
    report->end(report->context, task->server, view, outcome, result);
}
