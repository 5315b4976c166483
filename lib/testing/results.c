/* SPDX-License-Identifier: Apache-2.0 */
/* results: what a test asks about tasks, before and after their ends. Ends
 * are learned as any module learns them, by a crosstown_done hook.
 * Thread: the test's. */
#include "stage.h"

#include "apr_strings.h"
#include "child.h"
#include "named_tasks.h"
#include "record.h"
#include "request.h"
#include "single.h"

static int note_end(const crosstown_task_t *task, crosstown_outcome_e outcome,
                    apr_status_t result)
{
    ct_stage_t *stage = ct_stage();
    crosstown_test_result_t *noted = apr_array_push(stage->results);

    noted->name = apr_pstrdup(stage->pool, task->name);
    noted->outcome = outcome;
    noted->result = result;
    noted->order = outcome == CROSSTOWN_RAN ? ++stage->ran : 0;
    return OK;
}

/* Some wait for a later moment: a task that is running is to end first, a
 * request that is being finished is to be gone. */
void ct_results_run_eager(void)
{
    ct_stage_t *stage = ct_stage();

    if (stage->mode == CROSSTOWN_TEST_EAGER && !stage->busy) {
        stage->busy = 1;
        (void)crosstown_test_run_all();
        stage->busy = 0;
    }
}

static apr_status_t submit(struct server_rec *s, crosstown_fn_t *fn,
                           void *data, const crosstown_opts_t *opts)
{
    apr_status_t rv = ct_stage()->submit(s, fn, data, opts);

    ct_results_run_eager();
    return rv;
}

/* The module's own function stays behind the one that others find. */
void ct_results_watch(void)
{
    ct_stage_t *stage = ct_stage();

    stage->submit = APR_RETRIEVE_OPTIONAL_FN(crosstown_submit);
    apr_dynamic_fn_register("crosstown_submit", (apr_opt_fn_t *)submit);
    APR_OPTIONAL_HOOK(crosstown, crosstown_done, note_end, NULL, NULL,
                      APR_HOOK_REALLY_FIRST);
}

int crosstown_test_results(const crosstown_test_result_t **results)
{
    const ct_stage_t *stage = ct_stage();

    if (results) {
        *results = (const crosstown_test_result_t *)stage->results->elts;
    }
    return stage->results->nelts;
}

apr_status_t crosstown_test_defer(struct request_rec *r, crosstown_fn_t *fn,
                                  void *data, const crosstown_opts_t *opts)
{
    return crosstown_client_defer(&ct_stage()->client, ct_visit_open(r), fn,
                                  data, opts);
}

int crosstown_test_recorded(struct request_rec *r)
{
    return crosstown_client_count(&ct_stage()->client, ct_visit_open(r));
}

static const ct_record_t *find(request_rec *r, int index)
{
    request_rec *root = ct_request_root(ct_visit_open(r));
    const ct_ledger_t *ledger = ct_record_ledger(root);
    const ct_record_t *record = ledger ? ledger->first : NULL;

    for (; record && index > 0; --index) {
        record = record->next;
    }
    return index < 0 ? NULL : record;
}

int crosstown_test_look(struct request_rec *r, int index,
                        crosstown_test_record_t *record)
{
    const ct_record_t *found = find(r, index);

    if (!found) {
        return 0;
    }
    record->name = found->task.name;
    record->fn = found->task.fn;
    record->data = found->task.data;
    record->data_size = found->data_size;
    record->carry = found->carry;
    record->over = found->task.over;
    record->same_thread = found->same_thread;
    return 1;
}

int crosstown_test_allows(struct request_rec *r, int index, int status)
{
    const ct_record_t *found = find(r, index);

    return found && !found->off
           && !ct_statuses_has(found->no_go, status);
}

int crosstown_test_look_named(struct request_rec *r, int index,
                              crosstown_test_named_t *named)
{
    ct_dispatcher_t *dispatcher = r ? NULL : ct_child_dispatcher();
    const ct_record_t *record = r ? find(r, index) : NULL;
    const ct_task_t *task = record ? &record->task : NULL;

    if (dispatcher && index >= 0) {
        task = ct_single_look(dispatcher, (apr_uint32_t)index);
    }
    return task && ct_named_tasks_read(task->fn, task->data, named);
}

int crosstown_test_waiting(void)
{
    ct_dispatcher_t *dispatcher = ct_child_dispatcher();

    return dispatcher ? (int)ct_single_waiting(dispatcher) : 0;
}

int crosstown_test_scheduled(void)
{
    ct_dispatcher_t *dispatcher = ct_child_dispatcher();

    return dispatcher ? (int)ct_single_early(dispatcher) : 0;
}

int crosstown_test_run_next(void)
{
    ct_dispatcher_t *dispatcher = ct_child_dispatcher();

    return dispatcher ? (int)ct_single_run_next(dispatcher) : 0;
}

int crosstown_test_run_all(void)
{
    ct_dispatcher_t *dispatcher = ct_child_dispatcher();

    return dispatcher ? (int)ct_dispatcher_stand_in(dispatcher, NULL) : 0;
}
