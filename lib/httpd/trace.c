/* SPDX-License-Identifier: Apache-2.0 */
/* trace: one grep by log id shows every task of a request from its record to
 * its end. As long as the request is there the level is that of its place,
 * which may be a <Location> that alone asks; what the pool's threads do is
 * told by the level of the virtual host. */
#include "trace.h"

int ct_trace_some_ask;               /* set in child_init and by the first
                                        place that asks; never taken back */

void ct_trace_look_up(void)
{
    const server_rec *s;

    ct_trace_some_ask = 0;
    for (s = ap_server_conf; s; s = s->next) {
        ct_trace_some_ask |= APLOGdebug(s);
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

void ct_trace_recorded(request_rec *r, request_rec *root, const char *name,
                       int first)
{
    ct_trace_some_ask = 1;
    if (first) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, root, CTLOGNO(01901)
                      "%s %s records tasks (log id %s)", root->method,
                      root->uri, id_of(root));
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, CTLOGNO(01902)
                  "task \"%s\" is recorded (log id %s)", name, id_of(root));
}

void ct_trace_handed_over(request_rec *root, const char *name, int is_inline)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, root, CTLOGNO(01904)
                  "task \"%s\" %s (log id %s)", name,
                  is_inline ? "is called on the request's thread"
                            : "is queued",
                  id_of(root));
}

void ct_trace_begun(const crosstown_task_t *task)
{
    char room[CT_END_TEXT_SIZE];

    ap_log_error(APLOG_MARK, APLOG_TRACE1, 0,
                 task->response ? task->response->server : ap_server_conf,
                 CTLOGNO(01905) "task \"%s\" starts%s (log id %s)", task->name,
                 ct_end_text_attempt(task->attempt, room), id_in(task));
}

void ct_trace_ended(const ct_end_t *end)
{
    char room[CT_END_TEXT_SIZE], attempt[CT_END_TEXT_SIZE];

    if (end->root) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, end->result, end->root,
                      CTLOGNO(01903) "task \"%s\" %s (log id %s)",
                      end->task->name, ct_end_text_say(end, room),
                      id_of(end->root));
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_DEBUG, end->result, end->server,
                     CTLOGNO(01906) "task \"%s\" %s%s (log id %s)",
                     end->task->name, ct_end_text_say(end, room),
                     ct_end_text_attempt(end->task->attempt, attempt),
                     id_in(end->task));
    }
}

void ct_trace_kept(server_rec *s, const crosstown_task_t *task,
                   apr_time_t when)
{
    if (when) {
        ct_trace_again(s, task, when);
    }
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s, CTLOGNO(01908) "task \"%s\" "
                 "goes back to where it is kept%s (log id %s)", task->name,
                 when ? "" : ", it was not tried", id_in(task));
}

void ct_trace_again(server_rec *s, const crosstown_task_t *task,
                    apr_time_t when)
{
    char room[CT_END_TEXT_SIZE];

    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s, CTLOGNO(01907) "task \"%s\" "
                 "has failed at attempt %u and is tried again in %s (log id "
                 "%s)", task->name, task->attempt,
                 ct_end_text_until(when, room), id_in(task));
}
