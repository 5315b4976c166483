/* SPDX-License-Identifier: Apache-2.0 */
/* end_lines: each name has its own lines, so that a flood of one does not hide
 * another; rejections by CrosstownLimit and others are counted apart, as they
 * have other remedies. Only ap_log_error() is used: the request is gone, or is
 * not this thread's. */
#include "end_lines.h"

#include "apr_strings.h"
#include "log_rate_limit.h"

static void tell_failures(server_rec *s, const char *name, unsigned int held)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, CTLOGNO(01303) "%u more "
                 "failure(s) of task \"%s\" have no line of their own",
                 held, name);
}

static void tell_rejections(server_rec *s, const char *name, unsigned int held)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01305) "%u more "
                 "rejection(s) of task \"%s\" have no line of their own",
                 held, name);
}

static void tell_limited(server_rec *s, const char *name, unsigned int held)
{
    char limit[CT_END_TEXT_SIZE];

    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01307) "%u more "
                 "rejection(s) of task \"%s\" have no line of their own: %s "
                 "is reached", held, name, ct_end_text_limit(name, limit));
}

static void tell_stops(server_rec *s, const char *name, unsigned int held)
{
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, CTLOGNO(01308) "%u more "
                 "stopped task(s) \"%s\" have no line of their own",
                 held, name);
}

static void tell_retries(server_rec *s, const char *name, unsigned int held)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01310) "%u more "
                 "attempt(s) of task \"%s\" that failed and will be followed "
                 "by others have no line of their own", held, name);
}

static ct_rate_limit_t retries = CT_RATE_LIMIT_BY_NAME(1, tell_retries);
static ct_rate_limit_t failures = CT_RATE_LIMIT_BY_NAME(5, tell_failures);
static ct_rate_limit_t rejections = CT_RATE_LIMIT_BY_NAME(1, tell_rejections);
static ct_rate_limit_t limited = CT_RATE_LIMIT_BY_NAME(1, tell_limited);
static ct_rate_limit_t stops = CT_RATE_LIMIT_BY_NAME(1, tell_stops);

static void log_failure(const ct_end_t *end)
{
    const crosstown_task_t *task = end->task;
    const crosstown_response_t *response = task->response;
    const char *words = ct_task_view_of(task)->words;
    const char *attempt, *not_again;
    apr_status_t status = end->result;
    char ids[CT_END_TEXT_SIZE], room[CT_END_TEXT_SIZE], why[CT_END_TEXT_SIZE];

    /* APR's words for these say nothing. */
    if (status == CROSSTOWN_GIVE_UP || status == CROSSTOWN_AGAIN
        || (words && status == APR_EGENERAL)) {
        status = 0;
    }
    attempt = ct_end_text_attempt(task->attempt, room);
    not_again = ct_end_text_not_again(end, why);
    if (response) {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, end->server,
                     CTLOGNO(01301) "task \"%s\" failed%s after %d for %s %s "
                     "(%s)%s%s%s", task->name, attempt, response->status,
                     response->method, response->uri,
                     ct_end_text_request(response, ids), words ? ": " : "",
                     words ? words : "", not_again);
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, end->server,
                     CTLOGNO(01302) "submitted task \"%s\" failed%s%s%s%s",
                     task->name, attempt, words ? ": " : "",
                     words ? words : "", not_again);
    }
}

/* "for GET /orders (log id ...)", or "as submitted". */
static const char *whose(const crosstown_response_t *response, char *room,
                         apr_size_t size)
{
    char ids[CT_END_TEXT_SIZE];

    if (!response) {
        return "that was submitted";
    }
    apr_snprintf(room, size, "for %s %s (%s)", response->method,
                 response->uri, ct_end_text_request(response, ids));
    return room;
}

void ct_end_lines_again(server_rec *s, const crosstown_task_t *task,
                        apr_time_t when)
{
    const char *words = ct_task_view_of(task)->words;
    char room[2 * CT_END_TEXT_SIZE];
    char until[CT_END_TEXT_SIZE];

    if (ct_rate_limit_allows(&retries, s, task->name)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01309)
                     "task \"%s\" %s failed at attempt %u and is tried again "
                     "in %s%s%s", task->name,
                     whose(task->response, room, sizeof(room)), task->attempt,
                     ct_end_text_until(when, until), words ? ": " : "",
                     words ? words : "");
    }
}

/* So that with LogLevel info each request's log id leads to what was rejected
 * of it. */
static void log_held_rejection(const ct_end_t *end)
{
    char text[CT_END_TEXT_SIZE];
    char room[2 * CT_END_TEXT_SIZE];

    ap_log_error(APLOG_MARK, APLOG_INFO, 0, end->server, CTLOGNO(01311)
                 "task \"%s\" %s %s", end->task->name,
                 whose(end->task->response, room, sizeof(room)),
                 ct_end_text_say(end, text));
}

static void log_rejection(const ct_end_t *end)
{
    char text[CT_END_TEXT_SIZE];
    char room[2 * CT_END_TEXT_SIZE];

    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, end->server, CTLOGNO(01304)
                 "task \"%s\" %s %s", end->task->name,
                 whose(end->task->response, room, sizeof(room)),
                 ct_end_text_say(end, text));
}

/* What a drain drops is summed up in a line of its own, at its end. */
static void log_stop(const ct_end_t *end)
{
    char text[CT_END_TEXT_SIZE];
    char room[2 * CT_END_TEXT_SIZE];

    ap_log_error(APLOG_MARK, APLOG_INFO, 0, end->server, CTLOGNO(01306)
                 "task \"%s\" %s %s", end->task->name,
                 whose(end->task->response, room, sizeof(room)),
                 ct_end_text_say(end, text));
}

void ct_end_lines_log(const ct_end_t *end)
{
    const char *name = end->task->name;
    ct_rate_limit_t *limit;

    if (end->outcome == CROSSTOWN_RAN) {
        if (end->result != APR_SUCCESS
            && ct_rate_limit_allows(&failures, end->server, name)) {
            log_failure(end);
        }
    }
    else if (end->outcome == CROSSTOWN_REJECTED) {
        limit = end->refusal == CT_REFUSAL_LIMIT ? &limited : &rejections;
        if (ct_rate_limit_allows(limit, end->server, name)) {
            log_rejection(end);
        }
        else if (APLOGinfo(end->server)) {
            log_held_rejection(end);
        }
    }
    else if (end->outcome == CROSSTOWN_STOPPED && APLOGinfo(end->server)
             && ct_rate_limit_allows(&stops, end->server, name)) {
        log_stop(end);
    }
}
