/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handler that asks for a named task, whose payload is the body of the
 * request, byte by byte: /ask/name. 202 if it will be done; 400 if its payload
 * does not fit, 503 if something else is wrong.
 *
 * Thread: the request's.
 * Lifetime: nothing is kept beyond the request.
 */
#include "httpd.h"
#include "http_config.h"
#include "http_protocol.h"
#include "apr_strings.h"
#include "crosstown_tasks.h"

/* More than a payload may have. */
#define LONGEST (2 * 1024 * 1024)

static crosstown_tasks_t tasks;

/* @return how many bytes, or -1 */
static apr_off_t read_body(request_rec *r, char **body)
{
    apr_off_t length = 0;
    long more;

    *body = apr_palloc(r->pool, LONGEST);
    if (ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK)) {
        return -1;
    }
    if (!ap_should_client_block(r)) {
        return 0;
    }
    while ((more = ap_get_client_block(r, *body + length,
                                       (apr_size_t)(LONGEST - length))) > 0) {
        length += more;
    }
    return more < 0 ? -1 : length;
}

static int ask(request_rec *r)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    char *body;
    apr_off_t length;
    apr_status_t rv;

    if (!r->handler || strcmp(r->handler, "ask") != 0) {
        return DECLINED;
    }
    length = read_body(r, &body);
    if (length < 0) {
        return HTTP_BAD_REQUEST;
    }
    payload.data = body;
    payload.length = (apr_size_t)length;
    payload.type = "application/json";
    rv = crosstown_tasks_defer(&tasks, r, strrchr(r->uri, '/') + 1, &payload,
                               NULL);
    r->status = rv == APR_SUCCESS ? HTTP_ACCEPTED
              : rv == APR_EINVAL ? HTTP_BAD_REQUEST : HTTP_SERVICE_UNAVAILABLE;
    ap_set_content_type(r, "text/plain");
    ap_rputs("answer\n", r);
    return OK;
}

static int ask_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                          apr_pool_t *ptemp)
{
    crosstown_tasks_load(&tasks);
    return OK;
}

static void ask_register_hooks(apr_pool_t *p)
{
    ap_hook_pre_config(ask_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(ask, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(ask) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL, ask_register_hooks, 0
};
