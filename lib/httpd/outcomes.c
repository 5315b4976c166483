/* SPDX-License-Identifier: Apache-2.0 */
/* outcomes: see outcomes.h. The hooks are not run by APR's run-all, which ends
 * at the first answer that is neither OK nor DECLINED: whoever asked to be
 * told is told.
 *
 * Only ap_log_error() is used: the request is gone, or is not this thread's.
 * Thread: any of the child.
 * Lifetime: the arrays belong to APR's hooks, for the process. */
#include "outcomes.h"

#include "log_rate_limit.h"
#include "slow.h"
#include "accounting.h"
#include "trace.h"

static const apr_array_header_t *collect_hooks;   /* set once */
static const apr_array_header_t *admit_hooks;     /* set once */
static const apr_array_header_t *done_hooks;      /* set once */

/* A queue that is full rejects by the thousand, a stop drops what waits. */
#define LINES_A_SECOND 1
static ct_rate_limit_t rejections;
static ct_rate_limit_t stops;

/* Failures are told one by one, but not without end. */
#define FAILURES_A_SECOND 5
static atomic_int some_held_back;                 /* failures */

void ct_outcomes_look_up(void)
{
    collect_hooks = apr_optional_hook_get("crosstown_collect");
    admit_hooks = apr_optional_hook_get("crosstown_admit");
    done_hooks = apr_optional_hook_get("crosstown_done");
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

static void log_held_back(server_rec *s, const char *name,
                          apr_uint32_t untold)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, CTLOGNO(01303) "%u more "
                 "failure(s) of task \"%s\" have no line of their own",
                 (unsigned)untold, name);
}

/* Those of a second that is over, or all. */
static void log_all_held_back(int all)
{
    if (atomic_exchange(&some_held_back, 0) || all) {
        atomic_fetch_or(&some_held_back,
                        ct_rate_limit_each(all, log_held_back));
    }
}

static void log_one_failure(server_rec *s, const crosstown_task_t *task,
                            apr_status_t result)
{
    const crosstown_response_t *response = task->response;
    const char *words = ct_task_words(task);

    if (response) {
        ap_log_error(APLOG_MARK, APLOG_ERR, result, s, CTLOGNO(01301)
                     "task \"%s\" failed after %d for %s %s (log id %s)%s%s",
                     task->name, response->status, response->method,
                     response->uri,
                     response->log_id ? response->log_id : "-",
                     words ? ": " : "", words ? words : "");
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_ERR, result, s, CTLOGNO(01302)
                     "submitted task \"%s\" failed%s%s", task->name,
                     words ? ": " : "", words ? words : "");
    }
}

static void log_failure(server_rec *s, const crosstown_task_t *task,
                        apr_status_t result)
{
    ct_rate_limit_name_t *named = ct_rate_limit_of(task->name);
    apr_uint32_t times;

    atomic_store(&named->server, s);
    times = ct_rate_limit_count(&named->flood, FAILURES_A_SECOND);
    if (times > 1) {
        log_held_back(s, task->name, times - 1);
    }
    if (times > 0) {
        log_one_failure(s, task, result);
    }
    else {
        atomic_store(&some_held_back, 1);
    }
}

static const char *method_of(const crosstown_task_t *task)
{
    return task->response ? task->response->method : "-";
}

static const char *uri_of(const crosstown_task_t *task)
{
    return task->response ? task->response->uri : "-";
}

static void log_rejection(server_rec *s, const crosstown_task_t *task)
{
    apr_uint32_t times = ct_rate_limit_count(&rejections, LINES_A_SECOND);

    if (times > 0) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01304)
                     "%u task(s) rejected since the last line like this, now "
                     "\"%s\" for %s %s: the queue is full or cannot be "
                     "served (see CrosstownQueue, CrosstownThreads, "
                     "CrosstownOverflow)", (unsigned)times, task->name,
                     method_of(task), uri_of(task));
    }
}

/* What a drain drops is summed up in a line of its own, at its end. */
static void log_stop(server_rec *s, const crosstown_task_t *task)
{
    apr_uint32_t times = ct_rate_limit_count(&stops, LINES_A_SECOND);

    if (times > 0) {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, CTLOGNO(01306)
                     "%u task(s) stopped since the last line like this, now "
                     "\"%s\" for %s %s", (unsigned)times, task->name,
                     method_of(task), uri_of(task));
    }
}

void ct_outcomes_flush(server_rec *s)
{
    apr_uint32_t untold = ct_rate_limit_take(&rejections);

    if (untold) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01305)
                     "%u more task(s) were rejected before this child "
                     "stopped", (unsigned)untold);
    }
    log_all_held_back(1);
}

static void log_end(server_rec *s, const crosstown_task_t *task,
                    crosstown_outcome_e outcome, apr_status_t result)
{
    if (outcome == CROSSTOWN_RAN && result != APR_SUCCESS) {
        log_failure(s, task, result);
    }
    else if (outcome == CROSSTOWN_REJECTED) {
        log_rejection(s, task);
    }
    else if (outcome == CROSSTOWN_STOPPED) {
        log_stop(s, task);
    }
    if (atomic_load_explicit(&some_held_back, memory_order_relaxed)) {
        log_all_held_back(0);
    }
    if (ct_trace_some_ask) {
        ct_trace_ended(s, task, outcome, result);
    }
}

static int wants_line(crosstown_outcome_e outcome, apr_status_t result)
{
    return outcome != CROSSTOWN_RAN || result != APR_SUCCESS
           || ct_trace_some_ask
           || atomic_load_explicit(&some_held_back, memory_order_relaxed);
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

static void tell_begin(void *context, const crosstown_task_t *task,
                       unsigned int label)
{
    if (ct_trace_some_ask) {
        ct_trace_begun(task);
    }
    ct_accounting_begun(task, label, context != NULL); /* last: from here on it
                                                       runs */
}

static void tell_end(void *context, struct server_rec *server,
                     const crosstown_task_t *task,
                     crosstown_outcome_e outcome, apr_status_t result)
{
    server_rec *s = server ? server : ap_server_conf;
    apr_interval_time_t took;

    took = ct_accounting_ended(task, outcome, result, context != NULL);
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

const ct_report_t ct_outcomes_ends = { .end = tell_end,
                                       .begin = tell_begin,
                                       .pause = ct_accounting_pause };

static char queued;                  /* stands for itself */
const ct_report_t ct_outcomes_queued_ends = { .end = tell_end,
                                              .context = &queued,
                                              .begin = tell_begin,
                                              .pause = ct_accounting_pause };
