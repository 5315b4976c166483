/* SPDX-License-Identifier: Apache-2.0 */
/* end_text: one place for these words, so that the debug story, the warnings
 * and the lists say the same of the same, and name the directive that did it:
 * that is what a reader of the log looks for next. */
#include "end_text.h"

#include <string.h>

#include "apr_strings.h"
#include "config.h"
#include "control.h"

const char *ct_end_text_limit(const char *name, char room[CT_END_TEXT_SIZE])
{
    const ct_name_limit_t *limit = ct_name_limit_find(
        &ct_config()->name_limits, name);

    if (limit) {
        apr_snprintf(room, CT_END_TEXT_SIZE,
                     "CrosstownLimit \"%s\" queue=%u", name,
                     (unsigned)limit->queue);
    }
    else {
        apr_cpystrn(room, "its CrosstownLimit", CT_END_TEXT_SIZE);
    }
    return room;
}

static const char *refused_by(const ct_end_t *end, char *room)
{
    const crosstown_response_t *response = end->task->response;

    switch (end->refusal) {
    case CT_REFUSAL_OFF:
        return "refused by Crosstown Off";
    case CT_REFUSAL_STATUS:
        apr_snprintf(room, CT_END_TEXT_SIZE,
                     "refused by CrosstownNoGo: status %d", response->status);
        return room;
    case CT_REFUSAL_ABORTED:
        return "refused by CrosstownOnAbort: the client did not get the "
               "whole response";
    default:
        return "refused by a crosstown_admit hook";
    }
}

/* Of what there was not enough. */
static const char *lacking(const ct_end_t *end, char *room)
{
    char limit[CT_END_TEXT_SIZE];

    switch (end->refusal) {
    case CT_REFUSAL_LIMIT:
        apr_snprintf(room, CT_END_TEXT_SIZE, "%s is reached",
                     ct_end_text_limit(end->task->name, limit));
        return room;
    case CT_REFUSAL_QUEUE:
        if (ct_control_is_draining()) {
            return "an administrator drains the queues (CrosstownControl)";
        }
        apr_snprintf(room, CT_END_TEXT_SIZE,
                     "the queue is full (CrosstownQueue %u)",
                     (unsigned)ct_config()->queue_max);
        return room;
    case CT_REFUSAL_PAUSED:
        apr_snprintf(room, CT_END_TEXT_SIZE, "its name is paused, "
                     "and half of the queue is full of tasks of paused names "
                     "(CrosstownQueue %u)",
                     (unsigned)ct_config()->queue_max);
        return room;
    case CT_REFUSAL_THREAD:
        return "no thread can be had to wait for its time";
    case CT_REFUSAL_MEMORY:
        return "no memory";
    default:
        return "no thread can be had";
    }
}

static const char *rejected_by(const ct_end_t *end, char *room)
{
    char text[CT_END_TEXT_SIZE];

    apr_snprintf(room, CT_END_TEXT_SIZE, "rejected: %s", lacking(end, text));
    return room;
}

const char *ct_end_text_not_again(const ct_end_t *end,
                                  char room[CT_END_TEXT_SIZE])
{
    char text[CT_END_TEXT_SIZE];

    if (end->outcome != CROSSTOWN_RAN || end->refusal == CT_REFUSAL_NONE) {
        return "";
    }
    apr_snprintf(room, CT_END_TEXT_SIZE, " (not tried again: %s)",
                 lacking(end, text));
    return room;
}

const char *ct_end_text_say(const ct_end_t *end, char room[CT_END_TEXT_SIZE])
{
    const crosstown_response_t *response = end->task->response;

    switch (end->outcome) {
    case CROSSTOWN_RAN:
        return end->result == APR_SUCCESS ? "ran" : "ran and failed";
    case CROSSTOWN_NO_GO:
        return refused_by(end, room);
    case CROSSTOWN_CANCELLED:
        return "cancelled";
    case CROSSTOWN_REJECTED:
        return rejected_by(end, room);
    case CROSSTOWN_STOPPED:
        break;
    }
    return response && !response->sent ? "stopped: its request was not logged"
                                       : "stopped with its child";
}

const char *ct_end_text_attempt(unsigned int attempt,
                                char room[CT_END_TEXT_SIZE])
{
    if (attempt <= 1) {
        return "";
    }
    apr_snprintf(room, CT_END_TEXT_SIZE, " at attempt %u", attempt);
    return room;
}

const char *ct_end_text_until(apr_time_t when, char room[CT_END_TEXT_SIZE])
{
    apr_interval_time_t left = when - apr_time_now();

    if (left < 0) {
        left = 0;
    }
    apr_snprintf(room, CT_END_TEXT_SIZE, "%" APR_TIME_T_FMT ".%d s",
                 apr_time_sec(left), (int)(apr_time_msec(left) / 100));
    return room;
}

static apr_size_t add(char *room, apr_size_t used, const char *what,
                      const char *value)
{
    if (value && strcmp(value, "-") != 0 && used < CT_END_TEXT_SIZE - 1) {
        used += (apr_size_t)apr_snprintf(room + used, CT_END_TEXT_SIZE - used,
                                         ", %s %s", what, value);
    }
    return used;
}

const char *ct_end_text_ids(char room[CT_END_TEXT_SIZE], const char *log_id,
                            const server_rec *host, const char *client,
                            const char *traceparent)
{
    apr_size_t used = (apr_size_t)apr_snprintf(
        room, CT_END_TEXT_SIZE, "log id %s", log_id ? log_id : "-");

    used = add(room, used, "host", host ? host->server_hostname : NULL);
    used = add(room, used, "client", client);
    (void)add(room, used, "traceparent", traceparent);
    return room;
}

const char *ct_end_text_request(const crosstown_response_t *response,
                                char room[CT_END_TEXT_SIZE])
{
    return ct_end_text_ids(room, response->log_id, response->server,
                           response->client_ip, response->traceparent);
}
