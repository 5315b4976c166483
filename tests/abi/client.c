/* SPDX-License-Identifier: Apache-2.0 */
/* crosstown_client.h in each language that a module may be written in, behind
 * the server's own headers: it has to compile, nothing runs. */
#include "httpd.h"

#include "crosstown_client.h"

extern int use_client(crosstown_client_t *client, request_rec *r);

static apr_status_t work(const crosstown_task_t *task, void *data)
{
    return task && data ? APR_SUCCESS : APR_EGENERAL;
}

int use_client(crosstown_client_t *client, request_rec *r)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    apr_status_t rv;

    crosstown_client_load(client);
    rv = crosstown_client_defer(client, r, work, r, &opts);
    rv += crosstown_client_submit(client, r->server, work, r, NULL);
#if !defined(__cplusplus) && defined(__STDC_VERSION__) \
    && __STDC_VERSION__ >= 199901L
    rv += CROSSTOWN_TRAFFIC(client, r, work, r);
    rv += CROSSTOWN_TRAFFIC(client, r, work, r, .name = "client",
                            .no_go = "5xx 400-405 302", .same_thread = 1);
#endif
    if (crosstown_client_check_statuses(client, r->pool, "none")) {
        return -1;
    }
    return (int)rv + crosstown_client_count(client, r)
           + crosstown_client_cancel(client, r, NULL);
}
