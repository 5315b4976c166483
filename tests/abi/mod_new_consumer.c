/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer with today's headers, or with those of a time to come: it asks
 * before it reads, and brings structs of every size. Its response says what
 * it was answered, the error log what its tasks have seen.
 *
 * Thread: the request's and the pool's. Lifetime: nothing is kept. */
#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_main.h"
#include "http_protocol.h"

#include "crosstown_client.h"
#include "edge.h"

/* Structs as a later header may have them: one more member at the end. */
#define LATER(type, name) \
    typedef struct { \
        apr_size_t size; \
        char known[sizeof(type) - sizeof(apr_size_t)]; \
        const char *added; \
    } name

LATER(crosstown_task_t, later_task_t);
LATER(crosstown_response_t, later_response_t);
LATER(crosstown_opts_t, later_opts_t);
LATER(crosstown_tally_t, later_tally_t);
LATER(crosstown_result_t, later_result_t);

static crosstown_client_t crosstown;

static const char *word(apr_status_t rv)
{
    return rv == APR_SUCCESS ? "SUCCESS" : rv == APR_EINVAL ? "EINVAL"
           : APR_STATUS_IS_ENOTIMPL(rv) ? "ENOTIMPL" : "another";
}

/* A struct of the module's, shown to whoever knows a later one. */
static const char *last_of_task(const crosstown_task_t *seen)
{
    const later_task_t *task = (const later_task_t *)seen;

    return CROSSTOWN_HAS(task, later_task_t, added) ? task->added : "nothing";
}

static const char *last_of_response(const crosstown_response_t *seen)
{
    const later_response_t *response = (const later_response_t *)seen;

    return CROSSTOWN_HAS(response, later_response_t, added) ? response->added
                                                            : "nothing";
}

static apr_status_t work(const crosstown_task_t *task, void *data)
{
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf,
                 "new: %s with %s, added %s and %s.", task->name,
                 (const char *)data, last_of_task(task),
                 task->response ? last_of_response(task->response) : "none");
    return APR_SUCCESS;
}

static void over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf,
                 "new: %s over %d %s.", task->name, outcome, word(result));
}

/* Opts of so many bytes; behind them lies nothing, or what this module does
 * not know of. */
static void offer_opts(request_rec *r, const char *name, apr_size_t size)
{
    later_opts_t later = { .size = size };
    crosstown_opts_t *opts = (crosstown_opts_t *)&later;

    opts->name = name;
    opts->over = over;
    later.added = "unknown";
    opts = edge_copy(&later, size ? size : sizeof(size));
    ap_rprintf(r, "defer %s:%s\n", name,
               word(crosstown_client_defer(&crosstown, r, work, "data",
                                           opts)));
    ap_rprintf(r, "submit %s:%s\n", name,
               word(crosstown_client_submit(&crosstown, r->server, work,
                                            "data", opts)));
}

static void offer_opts_of_every_size(request_rec *r)
{
    offer_opts(r, "unsized", 0);
    offer_opts(r, "smaller", APR_OFFSETOF(crosstown_opts_t, over));
    offer_opts(r, "first", APR_OFFSETOF(crosstown_opts_t, over)
                           + sizeof(crosstown_over_fn_t *));
    offer_opts(r, "today", sizeof(crosstown_opts_t));
    offer_opts(r, "later", sizeof(later_opts_t));
}

/* Nothing is written past the size; the size stays. */
static void ask_tally(request_rec *r, const char *name, apr_size_t size)
{
    later_tally_t blank = { .size = size, .added = "untouched" };
    crosstown_tally_t *tally;
    apr_status_t rv;

    tally = edge_copy(&blank, size ? size : sizeof(size));
    rv = crosstown_client_tally(&crosstown, tally);
    ap_rprintf(r, "tally %s:%s size %s", name, word(rv),
               tally->size == size ? "kept" : "changed");
    if (CROSSTOWN_HAS(tally, crosstown_tally_t, recorded)) {
        ap_rprintf(r, " recorded %" APR_UINT64_T_FMT, tally->recorded);
    }
    if (CROSSTOWN_HAS((later_tally_t *)tally, later_tally_t, added)) {
        ap_rprintf(r, " added %s", ((later_tally_t *)tally)->added);
    }
    ap_rputs("\n", r);
}

static void ask_tally_of_every_size(request_rec *r)
{
    ask_tally(r, "unsized", 0);
    ask_tally(r, "size", sizeof(apr_size_t));
    ask_tally(r, "smaller", APR_OFFSETOF(crosstown_tally_t, ran));
    ask_tally(r, "today", sizeof(crosstown_tally_t));
    ask_tally(r, "later", sizeof(later_tally_t));
}

/* As the tally, with the result of a deferred that has fired. */
static void ask_result(request_rec *r, const char *name, apr_size_t size)
{
    const crosstown_deferreds_t *deferreds = crosstown.deferreds;
    later_result_t blank = { .size = size, .added = "untouched" };
    crosstown_deferred_t *d
        = CROSSTOWN_HAS(deferreds, crosstown_deferreds_t, make_fired)
          ? deferreds->make_fired("fired") : deferreds->succeeded("fired");
    crosstown_result_t *result;
    apr_status_t rv;

    result = edge_copy(&blank, size ? size : sizeof(size));
    rv = deferreds->wait(d, 0, result);
    deferreds->release(d);
    ap_rprintf(r, "result %s:%s size %s", name, word(rv),
               result->size == size ? "kept" : "changed");
    if (rv == APR_SUCCESS) {
        ap_rprintf(r, " %s", (const char *)result->result);
    }
    if (CROSSTOWN_HAS((later_result_t *)result, later_result_t, added)) {
        ap_rprintf(r, " added %s", ((later_result_t *)result)->added);
    }
    ap_rputs("\n", r);
}

static void ask_result_of_every_size(request_rec *r)
{
    ap_rprintf(r, "deferreds:%s\n", crosstown.deferreds ? "there" : "missing");
    if (crosstown.deferreds) {
        ask_result(r, "unsized", 0);
        ask_result(r, "smaller", APR_OFFSETOF(crosstown_result_t, result));
        ask_result(r, "first", APR_OFFSETOF(crosstown_result_t, result)
                               + sizeof(void *));
        ask_result(r, "today", sizeof(crosstown_result_t));
        ask_result(r, "later", sizeof(later_result_t));
    }
}

static int handler(request_rec *r)
{
    if (!r->handler || strcmp(r->handler, "new-consumer") != 0) {
        return DECLINED;
    }
    ap_rprintf(r, "traffic:%s\n",
               word(CROSSTOWN_TRAFFIC(&crosstown, r, work, "data",
                                      .name = "traffic", .no_go = "5xx",
                                      .data_size = sizeof("data"),
                                      .over = over)));
    offer_opts_of_every_size(r);
    ask_tally_of_every_size(r);
    ask_result_of_every_size(r);
    return OK;
}

static void load_functions(void)
{
    crosstown_client_load(&crosstown);
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_optional_fn_retrieve(load_functions, NULL, NULL,
                                 APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(new_consumer) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
