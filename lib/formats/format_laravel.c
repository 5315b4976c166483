/* SPDX-License-Identifier: Apache-2.0 */
/* format_laravel: a job without a serialised PHP object: "Class@method", whose
 * method is called with the job and its data. `attempts` has to be there: a
 * job without it is gone, unrun and untold. */
#include "format_writers.h"

#include "apr_strings.h"

#include <string.h>

#define METHOD "@fire"               /* if class= names none */

void ct_write_laravel(const ct_letter_t *letter, ct_commands_t *commands)
{
    const ct_route_t *route = letter->route;
    apr_pool_t *p = letter->pool;
    const char *key = ct_letter_key(letter, "queues:", route->queue, NULL);
    const char *job = apr_pstrcat(
        p, "{\"uuid\":\"", letter->id, "\",\"displayName\":\"", letter->work,
        "\",\"job\":\"", letter->work,
        strchr(letter->work, '@') ? "" : METHOD, "\",\"maxTries\":",
        route->has_retries ? apr_itoa(p, route->retries + 1) : "null",
        ",\"maxExceptions\":null,\"failOnTimeout\":false,\"backoff\":null,"
        "\"timeout\":null,\"data\":", letter->data, ",\"id\":\"", letter->id,
        "\",\"attempts\":0}", NULL);

    ct_commands_add(commands, "RPUSH", key, job, NULL);
    ct_commands_add(commands, "RPUSH",
                    apr_pstrcat(p, key, ":notify", NULL), "1", NULL);
}
