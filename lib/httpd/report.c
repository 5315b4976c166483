/* SPDX-License-Identifier: Apache-2.0 */
/* report: see report.h. The hooks are not run by APR's run-all, which ends
 * at the first answer that is neither OK nor DECLINED: whoever asked to be
 * told is told.
 *
 * Only ap_log_error() is used: the request is gone, or is not this thread's.
 * Thread: any of the child.
 * Lifetime: the arrays belong to APR's hooks, for the process. */
#include "report.h"

#include "apr_atomic.h"
#include "tally.h"

static const apr_array_header_t *collect_hooks;   /* set once */
static const apr_array_header_t *admit_hooks;     /* set once */
static const apr_array_header_t *done_hooks;      /* set once */

/* Rejections come in floods, and each line would cost what the queue lacks:
 * one line a second says how many there were. */
static volatile apr_uint32_t rejected;            /* atomic: not yet told */
static volatile apr_uint32_t last_second;         /* atomic */

void ct_report_look_up(void)
{
    collect_hooks = apr_optional_hook_get("crosstown_collect");
    admit_hooks = apr_optional_hook_get("crosstown_admit");
    done_hooks = apr_optional_hook_get("crosstown_done");
}

void ct_report_collect(request_rec *r, int status)
{
    int i;

    for (i = 0; collect_hooks && i < collect_hooks->nelts; ++i) {
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

int (*ct_report_admit(void))(void *context, const crosstown_task_t *task)
{
    return admit_hooks && admit_hooks->nelts > 0 ? admit : NULL;
}

static void log_failure(server_rec *s, const crosstown_task_t *task,
                        apr_status_t result)
{
    const crosstown_response_t *response = task->response;

    if (response) {
        ap_log_error(APLOG_MARK, APLOG_ERR, result, s,
                     "task \"%s\" failed after %d for %s %s (log id %s)",
                     task->name, response->status, response->method,
                     response->uri,
                     response->log_id ? response->log_id : "-");
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_ERR, result, s,
                     "submitted task \"%s\" failed", task->name);
    }
}

static void log_rejection(server_rec *s, const crosstown_task_t *task)
{
    apr_uint32_t second = (apr_uint32_t)apr_time_sec(apr_time_now());
    apr_uint32_t before = apr_atomic_read32(&last_second);

    apr_atomic_inc32(&rejected);
    if (second == before
        || apr_atomic_cas32(&last_second, second, before) != before) {
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 "%u task(s) rejected since the last line like this, now "
                 "\"%s\" for %s %s: the queue is full or cannot be served "
                 "(see CrosstownQueue, CrosstownThreads, CrosstownOverflow)",
                 (unsigned)apr_atomic_xchg32(&rejected, 0), task->name,
                 task->response ? task->response->method : "-",
                 task->response ? task->response->uri : "-");
}

void ct_report_flush(server_rec *s)
{
    apr_uint32_t untold = apr_atomic_xchg32(&rejected, 0);

    if (untold) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "%u more task(s) were rejected before this child "
                     "stopped", (unsigned)untold);
    }
}

static void tell_end(void *context, struct server_rec *server,
                     const crosstown_task_t *task,
                     crosstown_outcome_e outcome, apr_status_t result)
{
    server_rec *s = server ? server : ap_server_conf;
    int i;

    ct_tally_ended(outcome, result);
    if (outcome == CROSSTOWN_RAN && result != APR_SUCCESS) {
        log_failure(s, task, result);
    }
    else if (outcome == CROSSTOWN_REJECTED) {
        log_rejection(s, task);
    }
    for (i = 0; done_hooks && i < done_hooks->nelts; ++i) {
        (void)APR_ARRAY_IDX(done_hooks, i, crosstown_LINK_crosstown_done_t)
            .pFunc(task, outcome, result);
    }
}

const ct_report_t ct_report_ends = { .end = tell_end };
