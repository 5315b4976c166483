/* SPDX-License-Identifier: Apache-2.0 */
/* trace: see trace.h. Up to the hand-over the level is that of the request's
 * place; a start and an end only know the virtual host.
 *
 * The server makes a log id when it writes a request's first line, hence that
 * line names the request and all others name the id. */
#include "trace.h"

#include "log_items.h"

int ct_trace_some_ask;               /* set once: in child_init */

void ct_trace_look_up(void)
{
    const server_rec *s;

    ct_trace_some_ask = 0;
    for (s = ap_server_conf; s; s = s->next) {
        ct_trace_some_ask |= APLOGtrace1(s);
    }
}

static const char *id_of(const request_rec *root)
{
    return root->log_id ? root->log_id : "-";
}

static const char *id_in(const crosstown_task_t *task)
{
    return task->response && task->response->log_id ? task->response->log_id
                                                    : "-";
}

void ct_trace_recorded(request_rec *r, request_rec *root, const char *name)
{
    if (!root->log_id) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, root, CTLOGNO(01901)
                      "%s %s records tasks", root->method, root->uri);
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, CTLOGNO(01902)
                  "task \"%s\" is recorded (log id %s)", name, id_of(root));
}

void ct_trace_refused(request_rec *root, const ct_ledger_t *ledger,
                      const ct_verdict_t *verdict)
{
    const ct_record_t *record;

    for (record = ledger->first; record; record = record->next) {
        ct_refusal_e refusal = ct_ledger_refusal(record, verdict);

        if (refusal != CT_REFUSAL_NONE) {
            ap_log_rerror(
                APLOG_MARK, APLOG_DEBUG, 0, root,
                CTLOGNO(01903) "task \"%s\" is refused: %s, the status is %d "
                               "(log id %s)",
                record->task.name, ct_log_items_reason(refusal),
                verdict->status, id_of(root));
        }
    }
}

void ct_trace_handed_over(request_rec *root, const char *name, int here)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, root, CTLOGNO(01904)
                  "task \"%s\" %s (log id %s)", name,
                  here ? "is called on the request's thread" : "is queued",
                  id_of(root));
}

void ct_trace_begun(const crosstown_task_t *task)
{
    ap_log_error(APLOG_MARK, APLOG_TRACE1, 0,
                 task->response ? task->response->server : ap_server_conf,
                 CTLOGNO(01905) "task \"%s\" starts (log id %s)",
                 task->name, id_in(task));
}

static const char *word_of(crosstown_outcome_e outcome)
{
    static const char *const words[] = {
        "ran", "was refused", "was cancelled", "was rejected", "was stopped"
    };

    return words[outcome];
}

void ct_trace_ended(const server_rec *s, const crosstown_task_t *task,
                    crosstown_outcome_e outcome, apr_status_t result)
{
    ap_log_error(APLOG_MARK, APLOG_TRACE1, result, s, CTLOGNO(01906)
                 "task \"%s\" %s (log id %s)", task->name,
                 word_of(outcome), id_in(task));
}
