/* SPDX-License-Identifier: Apache-2.0 */
/* log_id: httpd makes them by a hook, for a request's first line of the error
 * log. Its own way asks the system for the process' number each time: on a
 * virtual machine where that takes a microsecond, half of what a task that
 * runs on its request's thread costs a server. So where no other module makes
 * them they are made here: as long, and of the same letters. */
#include "log_id.h"

#include <string.h>

#include "apr_base64.h"
#include "task_id.h"

/* Of eight bytes; behind them base64 has a '='. */
#define LETTERS 11

static int only_httpds;              /* set once: nobody else makes any */

void ct_log_id_look_up(void)
{
    const apr_array_header_t *hooks = ap_hook_get_generate_log_id();

    only_httpds = hooks && hooks->nelts == 1
                  && strcmp(APR_ARRAY_IDX(hooks, 0, ap_LINK_generate_log_id_t)
                            .szName, "core.c") == 0;
}

static const char *make(apr_pool_t *p)
{
    apr_uint64_t number = ct_task_id_next();
    char *id = apr_palloc(p, (apr_size_t)apr_base64_encode_len(
                                 sizeof(number)));

    (void)apr_base64_encode_binary(id, (const unsigned char *)&number,
                                   sizeof(number));
    id[LETTERS] = '\0';
    return id;
}

/* Lines of `ErrorLogFormat request` come with the server's own only, so where
 * there are such it is left to the server while there may be one. */
static int may_be_made(const request_rec *root)
{
    const core_server_config *core =
        ap_get_core_module_config(root->server->module_config);

    return !core->error_log_req || core->error_log_req->nelts == 0;
}

void ct_log_id_have(request_rec *root, int logged)
{
    if (root->log_id || !(logged || may_be_made(root))) {
        return;
    }
    if (only_httpds) {
        root->log_id = make(root->pool);
    }
    else {
        ap_run_generate_log_id(root->connection, root, &root->log_id);
    }
}
