/* SPDX-License-Identifier: Apache-2.0 */
/* format_sidekiq: Sidekiq, and ActiveJob on Sidekiq, whose job stands inside
 * one of a class that all of them share. Times have a fraction: Sidekiq 8
 * takes an integer for milliseconds, and all versions a fraction for seconds.
 * An object is one argument: Sidekiq would make pairs of it. */
#include "format_writers.h"

#include "apr_strings.h"

#define WRAPPER "ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper"

static void push(const ct_letter_t *letter, ct_commands_t *commands,
                 const char *job)
{
    const char *queue = letter->route->queue;

    ct_commands_add(commands, "SADD", ct_letter_key(letter, "queues", NULL),
                    queue, NULL);
    ct_commands_add(commands, "LPUSH",
                    ct_letter_key(letter, "queue:", queue, NULL), job, NULL);
}

/* jid, queue, retry and the times. */
static const char *common(const ct_letter_t *letter, const char *args)
{
    const ct_route_t *route = letter->route;
    const ct_envelope_t *envelope = letter->envelope;
    apr_pool_t *p = letter->pool;

    return apr_psprintf(p, "\"args\":%s,\"jid\":\"%.24s\",\"queue\":\"%s\","
                        "\"retry\":%s,\"created_at\":%s,\"enqueued_at\":%s}",
                        args, envelope->id, route->queue,
                        route->has_retries ? apr_itoa(p, route->retries)
                                           : "true",
                        ct_letter_seconds(p, envelope->created),
                        ct_letter_seconds(p, envelope->now));
}

void ct_write_sidekiq(const ct_letter_t *letter, ct_commands_t *commands)
{
    push(letter, commands,
         apr_pstrcat(letter->pool, "{\"class\":\"", letter->work, "\",",
                     common(letter, letter->all), NULL));
}

void ct_write_activejob(const ct_letter_t *letter, ct_commands_t *commands)
{
    apr_pool_t *p = letter->pool;
    const char *args = apr_pstrcat(
        p, "[{\"job_class\":\"", letter->work, "\",\"job_id\":\"", letter->id,
        "\",\"queue_name\":\"", letter->route->queue, "\",\"arguments\":",
        letter->all, ",\"executions\":0,\"exception_executions\":{},"
        "\"locale\":\"en\",\"timezone\":\"UTC\"}]", NULL);

    push(letter, commands,
         apr_pstrcat(p, "{\"class\":\"" WRAPPER "\",\"wrapped\":\"",
                     letter->work, "\",", common(letter, args), NULL));
}
