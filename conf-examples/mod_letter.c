/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer of named tasks in C, both sides of one: a handler that asks for
 * the task "letter", and the function behind `CrosstownTask letter module`.
 * Neither knows the other. With `CrosstownTask letter http://...` the
 * handler's letters go there instead, and a script's header brings letters
 * here. */
#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_protocol.h"
#include "apr_strings.h"
#include "crosstown_tasks.h"

static crosstown_tasks_t tasks;

/* A thread of the pool, after the response. */
static apr_status_t write_letter(const crosstown_task_t *task,
                                 const crosstown_payload_t *payload,
                                 void *data)
{
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, task->response->server,
                 "letter %s to %.*s (%s), signed %s", task->id,
                 (int)payload->length, (const char *)payload->data,
                 payload->type, (const char *)data);
    return APR_SUCCESS;
}

/* The request's thread. The payload is copied. */
static int letter_handler(request_rec *r)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    apr_status_t rv;

    if (!r->handler || strcmp(r->handler, "letter") != 0) {
        return DECLINED;
    }
    payload.data = r->args ? r->args : "";
    payload.length = strlen(payload.data);
    payload.type = "text/plain";
    rv = crosstown_tasks_defer(&tasks, r, "letter", &payload, NULL);
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, "no letter");
        return HTTP_SERVICE_UNAVAILABLE;
    }
    ap_set_content_type(r, "text/plain");
    ap_rputs("it will be written\n", r);
    return OK;
}

/* In pre_config, so that the order of the LoadModule lines does not matter. */
static int letter_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp)
{
    crosstown_tasks_load(&tasks);
    (void)crosstown_tasks_provide(&tasks, "letter", write_letter,
                                  "the server");
    return OK;
}

static void letter_register_hooks(apr_pool_t *p)
{
    ap_hook_pre_config(letter_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(letter_handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(letter) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL, letter_register_hooks, 0
};
