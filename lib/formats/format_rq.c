/* SPDX-License-Identifier: Apache-2.0 */
/* format_rq: RQ, for workers that read JSON (`rq worker -S
 * rq.serializers.JSONSerializer`): a pickle, which others want, is a program,
 * and nothing that a web server should write. */
#include "format_writers.h"

#include "apr_strings.h"

#define TIMEOUT "180"                /* seconds, RQ's own default */

/* ISO 8601, with the microseconds that RQ insists on. */
static const char *time_of(apr_pool_t *p, apr_time_t time)
{
    apr_time_exp_t parts;

    apr_time_exp_gmt(&parts, time);
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
                        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                        parts.tm_hour, parts.tm_min, parts.tm_sec,
                        parts.tm_usec);
}

void ct_write_rq(const ct_letter_t *letter, ct_commands_t *commands)
{
    const ct_route_t *route = letter->route;
    apr_pool_t *p = letter->pool;
    const char *data = apr_pstrcat(p, "[\"", letter->work, "\", null, ",
                                   letter->arguments, ", ", letter->named,
                                   "]", NULL);

    ct_commands_add(commands, "HSET",
                    ct_letter_key(letter, "job:", letter->id, NULL),
                    "data", data,
                    "created_at", time_of(p, letter->envelope->created),
                    "enqueued_at", time_of(p, letter->envelope->now),
                    "origin", route->queue, "status", "queued",
                    "timeout", TIMEOUT, "description", route->work, NULL);
    if (route->retries > 0) {
        ct_commands_text(commands, "retries_left");
        ct_commands_text(commands, apr_itoa(p, route->retries));
    }
    ct_commands_add(commands, "SADD", ct_letter_key(letter, "queues", NULL),
                    ct_letter_key(letter, "queue:", route->queue, NULL), NULL);
    ct_commands_add(commands, "RPUSH",
                    ct_letter_key(letter, "queue:", route->queue, NULL),
                    letter->id, NULL);
}
