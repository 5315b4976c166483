/* SPDX-License-Identifier: Apache-2.0 */
/* format_bullmq: one call of our script, see once.c: BullMQ's own changes from
 * version to version. The id is a UUID because BullMQ takes digits alone for
 * a number that it has given itself. */
#include "format_writers.h"

#include "once.h"

#include "apr_strings.h"

void ct_write_bullmq(const ct_letter_t *letter, ct_commands_t *commands)
{
    const ct_route_t *route = letter->route;
    apr_pool_t *p = letter->pool;

    ct_once_call(commands, route->sha, letter->envelope->id, route->once);
    ct_commands_text(commands, ct_letter_key(letter, route->queue, ":", NULL));
    ct_commands_text(commands, letter->id);
    ct_commands_text(commands, route->work);
    ct_commands_text(commands, letter->data);
    ct_commands_text(commands, apr_psprintf(p, "{\"attempts\":%d}",
                                            route->retries + 1));
    ct_commands_text(commands,
                     apr_psprintf(p, "%" APR_TIME_T_FMT,
                                  apr_time_as_msec(letter->envelope->now)));
}
