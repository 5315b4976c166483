/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest consumer: after each page a postcard goes to the error log. */
#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_request.h"
#include "apr_strings.h"
#include "crosstown_client.h"

static crosstown_client_t crosstown;

/* The request's thread, the page is out: the last chance to copy from r. */
static void *carry_browser(request_rec *r, void *data, apr_pool_t *p)
{
    return apr_pstrdup(p, apr_table_get(r->headers_in, "User-Agent"));
}

/* A thread of the pool. There is no request any more, only its response. */
static apr_status_t send_postcard(const crosstown_task_t *task, void *data)
{
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, task->response->server,
                 "postcard: %s, status %d, was read by %s",
                 task->response->uri, task->response->status,
                 data ? (const char *)data : "a nameless browser");
    return APR_SUCCESS;
}

static int postcard_fixups(request_rec *r)
{
    apr_status_t rv;

    if (!ap_is_initial_req(r)) {
        return DECLINED;
    }
    rv = CROSSTOWN_TRAFFIC(&crosstown, r, send_postcard, NULL,
                           .no_go = "5xx", .carry = carry_browser);
    /* Without mod_crosstown a page is a page, and nobody writes home. */
    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOTIMPL(rv)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, rv, r, "no postcard");
    }
    return DECLINED;
}

static void postcard_retrieve(void)
{
    crosstown_client_load(&crosstown);
}

static void postcard_register_hooks(apr_pool_t *p)
{
    ap_hook_optional_fn_retrieve(postcard_retrieve, NULL, NULL,
                                 APR_HOOK_MIDDLE);
    ap_hook_fixups(postcard_fixups, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(postcard) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL, postcard_register_hooks, 0
};
