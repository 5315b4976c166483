/* SPDX-License-Identifier: Apache-2.0 */
/* outcomes: the one place that every end of a task comes to: it is counted,
 * logged, and told to the done hooks, in this order. What was in the queue
 * comes without a ledger, all else with that of its request. The hooks are not
 * run by APR's run-all, which ends at the first answer that is neither OK nor
 * DECLINED: whoever asked to be told is told. */
#include "outcomes.h"

#include "apr_strings.h"
#include "crosstown_tasks.h"
#include "accounting.h"
#include "end_lines.h"
#include "failures.h"
#include "log_rate_limit.h"
#include "ledger.h"
#include "slow.h"
#include "trace.h"

static const apr_array_header_t *collect_hooks;   /* set once */
static const apr_array_header_t *admit_hooks;     /* set once */
static const apr_array_header_t *done_hooks;      /* set once */

void ct_outcomes_look_up(void)
{
    collect_hooks = apr_optional_hook_get("crosstown_collect");
    admit_hooks = apr_optional_hook_get("crosstown_admit");
    done_hooks = apr_optional_hook_get("crosstown_done");
    ct_rate_limit_start();
    ct_trace_look_up();
}

int ct_outcomes_collecting(void)
{
    return collect_hooks != NULL;
}

void ct_outcomes_collect(request_rec *r, int status)
{
    int i;

    for (i = 0; i < collect_hooks->nelts; ++i) {
        (void)APR_ARRAY_IDX(collect_hooks, i,
                            crosstown_LINK_crosstown_collect_t)
            .pFunc(r, status);
    }
}

static int admit(void *context, const crosstown_task_t *task)
{
    request_rec *r = context;
    int i;

    for (i = 0; i < admit_hooks->nelts; ++i) {
        int answer = APR_ARRAY_IDX(admit_hooks, i,
                                   crosstown_LINK_crosstown_admit_t)
                         .pFunc(r, task);

        if (answer != OK && answer != DECLINED) {
            return 0;
        }
    }
    return 1;
}

int (*ct_outcomes_admit(void))(void *context, const crosstown_task_t *task)
{
    return admit_hooks && admit_hooks->nelts > 0 ? admit : NULL;
}

static void run_done_hooks(const crosstown_task_t *task,
                           crosstown_outcome_e outcome, apr_status_t result)
{
    int i;

    for (i = 0; i < done_hooks->nelts; ++i) {
        (void)APR_ARRAY_IDX(done_hooks, i, crosstown_LINK_crosstown_done_t)
            .pFunc(task, outcome, result);
        ct_accounting_interrupt();
    }
}

static void tell_begin(void *unused, const crosstown_task_t *task,
                       unsigned int label)
{
    const ct_task_view_t *view = ct_task_view_of(task);

    if (ct_trace_some_ask) {
        ct_trace_begun(task);
    }
    if (atomic_load_explicit(&ct_slow_nobody_looks, memory_order_relaxed)) {
        ct_slow_begin_to_look();
    }
    /* Last: from here on it runs. */
    ct_accounting_begun(task, view->fn, label, view->delay, !view->ledger);
}

static void note_failure(const crosstown_task_t *task, apr_status_t result)
{
    const char *words = ct_task_view_of(task)->words;
    char room[CT_SNAPSHOT_WORDS_SIZE];

    if (!words && (result == CROSSTOWN_AGAIN || result == CROSSTOWN_GIVE_UP)) {
        words = "without words";
    }
    ct_failures_note(task->name, words ? words
                     : apr_strerror(result, room, sizeof(room)));
}

static void tell_again(void *unused, struct server_rec *server,
                       const crosstown_task_t *task, apr_time_t when)
{
    server_rec *s = server ? server : ap_server_conf;

    ct_slow_over(s, task, ct_accounting_again());
    note_failure(task, CROSSTOWN_AGAIN);
    ct_end_lines_again(s, task, when);
    if (ct_trace_some_ask) {
        ct_trace_again(s, task, when);
    }
    ct_accounting_interrupt();
}

static void hold(const crosstown_task_t *task, void *kept)
{
    ct_accounting_hold(task, kept);
}

static void take_up(void *kept)
{
    ct_accounting_take_up(kept);
}

static void put_down(void *kept)
{
    ct_accounting_put_down(kept);
}

static int wants_line(crosstown_outcome_e outcome, apr_status_t result)
{
    return outcome != CROSSTOWN_RAN || result != APR_SUCCESS
           || ct_trace_some_ask;
}

/* Out of the ledger, which says why, or out of the pool, which need not. */
static void log_end(server_rec *s, const crosstown_task_t *task,
                    crosstown_outcome_e outcome, apr_status_t result)
{
    const ct_task_view_t *view = ct_task_view_of(task);
    const ct_ledger_t *ledger = view->ledger;
    ct_end_t end = { task, s, ledger ? ledger->root : NULL, outcome,
                     ledger ? ledger->refusal : (ct_refusal_e)view->refusal,
                     result };

    ct_end_lines_log(&end);
    if (ct_trace_some_ask) {
        ct_trace_ended(&end);
    }
}

/* Its function has failed, or was not called. The done hooks are not told: it
 * is not over. That what does the work is away is no failure of the task, and
 * whoever knows that has said it once for all of them. */
static void tell_kept(server_rec *s, const crosstown_task_t *task,
                      crosstown_outcome_e outcome, apr_status_t result,
                      int queued)
{
    int untried = result == CROSSTOWN_UNTRIED;
    int failed = outcome == CROSSTOWN_RAN && !untried;
    apr_time_t again = ct_task_view_of(task)->again;

    ct_slow_over(s, task, ct_accounting_kept(task, outcome, untried, queued));
    if (failed) {
        note_failure(task, CROSSTOWN_AGAIN);
        ct_end_lines_again(s, task, again);
    }
    if (ct_trace_some_ask) {
        ct_trace_kept(s, task, failed ? again : 0);
    }
    ct_accounting_interrupt();
}

static void tell_end(void *unused, struct server_rec *server,
                     const crosstown_task_t *task,
                     crosstown_outcome_e outcome, apr_status_t result)
{
    const ct_task_view_t *view = ct_task_view_of(task);
    server_rec *s = server ? server : ap_server_conf;
    apr_interval_time_t took;

    if (view->stays_kept) {
        tell_kept(s, task, outcome, result, !view->ledger);
        return;
    }
    took = ct_accounting_ended(task, outcome, result, !view->ledger);
    if (outcome == CROSSTOWN_RAN && result != APR_SUCCESS) {
        note_failure(task, result);
    }
    if (wants_line(outcome, result)) {
        log_end(s, task, outcome, result);
    }
    ct_slow_over(s, task, took);
    if (done_hooks) {
        run_done_hooks(task, outcome, result);
    }
    if (result != APR_SUCCESS) {
        ct_accounting_interrupt();
    }
}

const ct_report_t ct_outcomes_report = {
    .end = tell_end,
    .begin = tell_begin,
    .again = tell_again,
    .hold = hold,
    .kept_size = sizeof(ct_active_t),
    .take_up = take_up,
    .put_down = put_down,
    .pause = ct_accounting_pause
};
