/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer of the time of 1.0: it has seen no other header than the one
 * frozen here, and uses all of it. What it is told goes to the error log, one
 * line each; what it is answered is its response.
 *
 * Thread: the handler and the hooks before the pool: the request's; work and
 * the rest: the pool's. Lifetime: nothing is kept. */
#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_main.h"
#include "http_protocol.h"
#include "apr_strings.h"

#include "mod_crosstown_1_0.h"

static APR_OPTIONAL_FN_TYPE(crosstown_defer) *defer;
static APR_OPTIONAL_FN_TYPE(crosstown_cancel) *cancel;
static APR_OPTIONAL_FN_TYPE(crosstown_count) *count;
static APR_OPTIONAL_FN_TYPE(crosstown_submit) *submit;
static APR_OPTIONAL_FN_TYPE(crosstown_check_statuses) *check_statuses;

static const char *const outcomes[] = {
    "RAN", "NO_GO", "CANCELLED", "REJECTED", "STOPPED"
};

static void tell(const char *line)
{
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf, "old: %s.",
                 line);
}

static apr_status_t work(const crosstown_task_t *task, void *data)
{
    const crosstown_response_t *response = task->response;

    if (!CROSSTOWN_HAS(task, crosstown_task_t, recorded)
        || (response
            && !CROSSTOWN_HAS(response, crosstown_response_t, log_id))) {
        return APR_EGENERAL;
    }
    if (!response) {
        tell(apr_psprintf(task->pool, "%s submitted with %s", task->name,
                          (const char *)data));
        return APR_SUCCESS;
    }
    tell(apr_psprintf(task->pool, "%s after %s %s?%s %d, %s %s %s, with %s",
                      task->name, response->method, response->uri,
                      response->args, response->status,
                      response->aborted ? "aborted" : "read",
                      response->sent >= response->received
                      && task->recorded >= response->received
                      && response->sent >= task->recorded ? "in order"
                                                          : "too early",
                      response->client_ip, (const char *)data));
    return APR_EGENERAL;
}

static void *carry(request_rec *r, void *data, apr_pool_t *p)
{
    return apr_pstrcat(p, "carried from ", r->uri, NULL);
}

static void over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    tell(apr_psprintf(task->pool, "%s over %s %s, with %s", task->name,
                      outcomes[outcome],
                      result == APR_SUCCESS ? "well" : "failed",
                      data ? (const char *)data : "nothing"));
}

static void record(request_rec *r, const char *name, const char *no_go,
                   apr_size_t data_size, crosstown_carry_fn_t *carrier,
                   int same_thread)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    char passing[] = "copied";
    apr_status_t rv;

    opts.name = name;
    opts.no_go = no_go;
    opts.same_thread = same_thread;
    opts.data_size = data_size;
    opts.carry = carrier;
    opts.over = over;
    rv = defer(r, work, data_size ? passing : "recorded", &opts);
    memset(passing, 'x', sizeof(passing) - 1);
    ap_rprintf(r, "%s:%s\n", name, rv == APR_SUCCESS ? "SUCCESS"
               : rv == APR_EINVAL ? "EINVAL" : "another");
}

static int collect(request_rec *r, int status)
{
    if (r->handler && strcmp(r->handler, "old-consumer") == 0) {
        defer(r, work, apr_itoa(r->pool, status), NULL);
    }
    return DECLINED;
}

static int admit(request_rec *r, const crosstown_task_t *task)
{
    return strcmp(task->name, "barred") == 0 ? HTTP_FORBIDDEN : OK;
}

static int done(const crosstown_task_t *task, crosstown_outcome_e outcome,
                apr_status_t result)
{
    tell(apr_psprintf(task->pool, "%s done %s", task->name,
                      outcomes[outcome]));
    return 0;
}

static int handler(request_rec *r)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    char passing[] = "copied";

    if (!r->handler || strcmp(r->handler, "old-consumer") != 0) {
        return DECLINED;
    }
    record(r, "copy", NULL, sizeof("copied"), NULL, 0);
    record(r, "carry", "5xx 400-405", 0, carry, 0);
    record(r, "here", "none", 0, NULL, 1);
    record(r, "refused", "200", 0, carry, 0);
    record(r, "barred", NULL, 0, NULL, 0);
    record(r, "given-up", NULL, 0, NULL, 0);
    record(r, "both", NULL, 1, carry, 0);
    ap_rprintf(r, "cancelled:%d\n", cancel(r, "given-up"));
    ap_rprintf(r, "count:%d\n", count(r));
    opts.name = "submit";
    opts.data_size = sizeof(passing);
    opts.over = over;
    ap_rprintf(r, "submit:%d\n", submit(r->server, work, passing, &opts));
    memset(passing, 'x', sizeof(passing) - 1);
    ap_rprintf(r, "good words:%s\n",
               check_statuses(r->pool, "5xx 302") ? "refused" : "taken");
    ap_rprintf(r, "bad words:%s\n",
               check_statuses(r->pool, "405-400") ? "refused" : "taken");
    return OK;
}

static void retrieve(void)
{
    defer = APR_RETRIEVE_OPTIONAL_FN(crosstown_defer);
    cancel = APR_RETRIEVE_OPTIONAL_FN(crosstown_cancel);
    count = APR_RETRIEVE_OPTIONAL_FN(crosstown_count);
    submit = APR_RETRIEVE_OPTIONAL_FN(crosstown_submit);
    check_statuses = APR_RETRIEVE_OPTIONAL_FN(crosstown_check_statuses);
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(crosstown, crosstown_done, done, NULL, NULL,
                      APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(crosstown, crosstown_admit, admit, NULL, NULL,
                      APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(crosstown, crosstown_collect, collect, NULL, NULL,
                      APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(old_consumer) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
