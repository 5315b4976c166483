/* SPDX-License-Identifier: Apache-2.0 */
/* support_model: what is asked when nothing runs any more. See
 * support_model.h. */
#include "support_model.h"

#include <stdlib.h>

typedef struct audit_t {
    model_t *model;
    const model_task_t *task;
    model_tally_t *tally;
    int torn;                            /* called, and told STOPPED */
} audit_t;

static void demand(const audit_t *audit, int is, const char *what)
{
    if (!is) {
        model_complain(audit->model, audit->task, what);
    }
}

/* It asked to be called again, and had no place to wait in. */
static void check_cut_short(const audit_t *audit)
{
    const model_task_t *task = audit->task;

    demand(audit, audit->model->faults || task->same_thread,
           "not called again, and nothing was in the way");
    demand(audit, task->starts > 0 && task->starts <= (int)task->again,
           "not called again, and did not ask for it");
    demand(audit, task->over_result == CROSSTOWN_AGAIN,
           "over was told another result than the report");
    ++audit->tally->cut_short;
}

static void check_outcome(audit_t *audit)
{
    const model_task_t *task = audit->task;
    const model_t *model = audit->model;

    switch (task->end_outcome) {
    case CROSSTOWN_RAN:
        if (task->end_result == CROSSTOWN_AGAIN) {
            check_cut_short(audit);
            break;
        }
        demand(audit, task->starts == 1 + (int)task->again,
               "RAN, and was not called as often as it asked for");
        demand(audit, task->end_result == task->result
                      && task->over_result == task->result,
               "RAN with a result that is not its function's");
        demand(audit, !task->after_end, "RAN after its end was told");
        demand(audit, !(task->same_thread && task->away && !task->again
                        && !task->delayed
                        && model->settings.patience > APR_USEC_PER_SEC),
               "ran on the pool, though its request had all patience");
        break;
    case CROSSTOWN_REJECTED:
        demand(audit, model->faults, "REJECTED, and nothing was in the way");
        demand(audit, task->starts == 0, "REJECTED, and was called");
        ++audit->tally->rejected;
        break;
    default:
        demand(audit, task->end_outcome == CROSSTOWN_STOPPED,
               "an outcome that is not the dispatcher's");
        demand(audit, model->early, "STOPPED, and there was time to run it");
        audit->torn += task->starts > (int)task->again;
        audit->tally->late += task->after_end != 0;
        ++audit->tally->stopped;
    }
}

static void check_task(audit_t *audit)
{
    const model_task_t *task = audit->task;

    demand(audit, task->overs == 1, "over was not told exactly once");
    demand(audit, task->ends == 1, "its end was not reported exactly once");
    demand(audit, task->cleaned == task->starts,
           "its scratch memory was not given back once");
    demand(audit, task->over_outcome == task->end_outcome,
           "over and the report were told different ends");
    check_outcome(audit);
    ++audit->tally->tasks;
    audit->tally->again += task->starts > 1;
    audit->tally->delayed += task->delayed && task->starts;
    audit->tally->inline_runs += task->starts && !task->away;
}

static void check_untouched(audit_t *audit)
{
    const model_task_t *task = audit->task;

    demand(audit, !task->starts && !task->overs && !task->ends,
           "was touched, though the dispatcher was never given it");
    ++audit->tally->given_back;
}

/* Only one thread for all of it: then the functions' first lines are in the
 * order of the calls. Else a thread may be held up between the two. */
static void check_order(audit_t *audit, const request_t *request)
{
    int strict = audit->model->alone && !audit->model->faults
                 && !request->attended;
    apr_uint32_t order = 0;
    int i;

    for (i = 0; i < request->count; ++i) {
        audit->task = &request->tasks[i];
        if (!audit->task->starts || audit->task->delayed) {
            continue;
        }
        audit->tally->followers += order != 0;
        if (audit->task->order < order) {
            demand(audit, !strict, "called before its predecessor");
            ++audit->tally->overtaken;
        }
        else {
            order = audit->task->order;
        }
    }
}

static void check_request(audit_t *audit, const request_t *request)
{
    int i;

    for (i = 0; i < request->count; ++i) {
        audit->task = &request->tasks[i];
        if (request->given == GIVEN) {
            check_task(audit);
        }
        else {
            check_untouched(audit);
        }
    }
    audit->task = request->tasks;
    demand(audit, request->gone == (request->carried > 0),
           "a batch was not given back exactly once");
    check_order(audit, request);
    audit->tally->attended += request->attended;
}

void model_check(model_t *model, const ct_drained_t *drained,
                 model_tally_t *tally)
{
    audit_t audit = { model, NULL, tally, 0 };
    int told = (int)(drained->stopped + drained->left_running);
    const request_t *request;

    for (request = model->requests; request; request = request->next) {
        check_request(&audit, request);
    }
    audit.task = NULL;
    demand(&audit, model->told_by_drain <= told
                   && told <= model->told_by_drain + model->told_by_task,
           "the drain told more or fewer ends than it says");
    demand(&audit, audit.torn <= (int)drained->left_running
                   && model->told_early <= (int)drained->left_running,
           "more tasks were left running than the drain says");
    demand(&audit, model->early || told == 0,
           "the drain left something, though there was time");
    demand(&audit, model->held == 0, "the model's own count is wrong");
    tally->abandoned += drained->left_running;
}

void model_free(model_t *model)
{
    while (model->requests) {
        request_t *request = model->requests;

        model->requests = request->next;
        free(request);
    }
}
