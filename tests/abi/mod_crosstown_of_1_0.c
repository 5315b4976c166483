/* SPDX-License-Identifier: Apache-2.0 */
/* A mod_crosstown as 1.0 looks from a consumer: it exports what the frozen
 * header has and nothing else, and hands out structs of that size, with
 * nothing behind them that could be read (edge.h). It runs tasks when the
 * request is logged, on its thread: when and where is not what this is about.
 *
 * Thread: the request's. Lifetime: tasks live in the request's pool. */
#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "apr_strings.h"

#include "mod_crosstown_1_0.h"
#include "edge.h"

module AP_MODULE_DECLARE_DATA crosstown_module;

typedef struct {
    crosstown_fn_t *fn;
    void *data;
    crosstown_opts_t opts;
    apr_time_t recorded;
} record_t;

/* As far as 1.0 knew them; what a later consumer has behind is not read. */
static apr_status_t read_opts(crosstown_opts_t *known,
                              const crosstown_opts_t *opts)
{
    const crosstown_opts_t none = CROSSTOWN_OPTS_INIT;

    if (opts && !CROSSTOWN_HAS(opts, crosstown_opts_t, over)) {
        return APR_EINVAL;
    }
    *known = opts ? *opts : none;
    return APR_SUCCESS;
}

static void run(const record_t *record, const crosstown_response_t *response,
                void *data, apr_pool_t *p)
{
    const crosstown_task_t task = {
        .size = sizeof(task),
        .name = record->opts.name ? record->opts.name : "-",
        .response = response,
        .pool = p,
        .recorded = record->recorded
    };
    const crosstown_task_t *seen;
    apr_status_t rv;

    seen = edge_copy(&task, sizeof(task));
    rv = record->fn(seen, data);
    if (record->opts.over) {
        record->opts.over(seen, CROSSTOWN_RAN, rv, data);
    }
}

static apr_array_header_t *records_of(request_rec *r)
{
    apr_array_header_t *records =
        ap_get_module_config(r->request_config, &crosstown_module);

    if (!records) {
        records = apr_array_make(r->pool, 4, sizeof(record_t));
        ap_set_module_config(r->request_config, &crosstown_module, records);
    }
    return records;
}

static apr_status_t crosstown_defer(request_rec *r, crosstown_fn_t *fn,
                                    void *data, const crosstown_opts_t *opts)
{
    crosstown_opts_t known;
    record_t *record;

    if (read_opts(&known, opts) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    record = apr_array_push(records_of(r));
    record->fn = fn;
    record->opts = known;
    record->data = record->opts.data_size
                   ? apr_pmemdup(r->pool, data, record->opts.data_size)
                   : data;
    record->recorded = apr_time_now();
    return APR_SUCCESS;
}

static int crosstown_cancel(request_rec *r, const char *name)
{
    int count = records_of(r)->nelts;

    apr_array_clear(records_of(r));
    return count;
}

static int crosstown_count(request_rec *r)
{
    return records_of(r)->nelts;
}

static apr_status_t crosstown_submit(server_rec *s, crosstown_fn_t *fn,
                                     void *data, const crosstown_opts_t *opts)
{
    record_t record = { .fn = fn, .data = data };

    if (read_opts(&record.opts, opts) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    record.recorded = apr_time_now();
    run(&record, NULL, data, s->process->pool);
    return APR_SUCCESS;
}

static const char *crosstown_check_statuses(apr_pool_t *p, const char *words)
{
    return strcmp(words, "oops") == 0 ? "oops is no status" : NULL;
}

static int log_transaction(request_rec *r)
{
    const crosstown_response_t response = {
        .size = sizeof(response),
        .server = r->server,
        .status = r->status,
        .method = r->method,
        .uri = r->uri,
        .client_ip = r->useragent_ip
    };
    apr_array_header_t *records = records_of(r);
    int i;

    for (i = 0; i < records->nelts; ++i) {
        const record_t *record = &APR_ARRAY_IDX(records, i, record_t);
        void *data = record->opts.carry
                     ? record->opts.carry(r, record->data, r->pool)
                     : record->data;

        run(record, edge_copy(&response, sizeof(response)), data, r->pool);
    }
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_defer);
    APR_REGISTER_OPTIONAL_FN(crosstown_submit);
    APR_REGISTER_OPTIONAL_FN(crosstown_cancel);
    APR_REGISTER_OPTIONAL_FN(crosstown_count);
    APR_REGISTER_OPTIONAL_FN(crosstown_check_statuses);
    ap_hook_log_transaction(log_transaction, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(crosstown) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
