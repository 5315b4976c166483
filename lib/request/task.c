/* SPDX-License-Identifier: Apache-2.0 */
/* task: what a consumer is shown of a task stands at the head of a struct that
 * has room for what the consumer says of it. The way back from the one to the
 * other is the id, which lies in that struct: it is right for a copy, too. */
#include "task.h"

#include "apr_strings.h"

#include <stddef.h>
#include <string.h>

void ct_task_view(ct_task_view_t *view, const ct_task_t *task,
                  const crosstown_response_t *response, apr_pool_t *scratch)
{
    ct_task_id_write(task->number, view->id);
    view->words = NULL;
    view->ledger = NULL;
    view->refusal = 0;
    view->delay = task->delay;
    view->fn = task->fn;
    view->again = 0;
    view->inside = NULL;
    view->held = NULL;
    view->has_keeper = 0;
    view->stays_kept = 0;
    view->on_finish = NULL;
    view->task.size = sizeof(view->task);
    view->task.name = task->name;
    view->task.response = response;
    view->task.pool = scratch;
    view->task.recorded = task->recorded;
    view->task.id = view->id;
    view->task.attempt = 1;
}

ct_task_view_t *ct_task_view_of(const crosstown_task_t *task)
{
    return (ct_task_view_t *)(void *)((char *)task->id
                                      - offsetof(ct_task_view_t, id));
}

void ct_task_say(const crosstown_task_t *task, const char *words)
{
    ct_task_view_t *view = ct_task_view_of(task);

    /* A copy may have a pool that its maker destroys before the report. */
    view->words = apr_pstrdup(view->task.pool, words);
}

apr_status_t ct_task_ask_again(const crosstown_task_t *task, apr_time_t when)
{
    ct_task_view_of(task)->again = when > 0 ? when : 1;
    return CROSSTOWN_AGAIN;
}

int ct_task_asks_again(const ct_task_view_t *view, apr_status_t result)
{
    return result == CROSSTOWN_AGAIN && view->again != 0
           && !view->has_keeper;
}

void ct_task_identify(const crosstown_task_t *task, const char *id,
                      unsigned int attempt, apr_time_t recorded)
{
    ct_task_view_t *view = ct_task_view_of(task);

    apr_cpystrn(view->id, id, CT_TASK_ID_SIZE);
    view->task.attempt = attempt;
    view->task.recorded = recorded;
    view->has_keeper = 1;
}

void ct_task_hand_over(ct_task_view_t *held, const ct_task_view_t *view)
{
    memcpy(held->id, view->id, sizeof(held->id));
    held->task.attempt = view->task.attempt;
    held->task.recorded = view->task.recorded;
    held->has_keeper = view->has_keeper;
    held->on_finish = view->on_finish;
    held->on_finish_data = view->on_finish_data;
}

apr_status_t ct_task_finished(const ct_task_view_t *view, apr_status_t result)
{
    return view->on_finish ? view->on_finish(&view->task, result,
                                             view->on_finish_data)
                           : result;
}

void ct_task_begin(const ct_task_view_t *view, unsigned int label,
                   const ct_report_t *report)
{
    if (report->begin) {
        report->begin(report->context, &view->task, label);
    }
}

void ct_task_end(const ct_task_t *task, const ct_task_view_t *view,
                 crosstown_outcome_e outcome, apr_status_t result,
                 const ct_report_t *report)
{
    if (task->over) {
        task->over(&view->task, outcome, result, task->data);
    }
    report->end(report->context, task->server, &view->task, outcome, result);
}
