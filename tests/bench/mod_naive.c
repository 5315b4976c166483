/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The naive reference's functions and hooks: tasks are a list in the
 * request_config of whoever records them, and are handed over one by one when
 * the request is logged.
 *
 * Thread: the request's.
 * Lifetime: the request's; see mod_naive.h.
 */
#include "mod_naive.h"

#include <stdlib.h>
#include <string.h>

#include "ap_mpm.h"
#include "control.h"
#include "http_protocol.h"
#include "http_request.h"
#include "mpm_common.h"
#include "util_filter.h"
#include "apr_strings.h"

int naive_ways;

APR_IMPLEMENT_OPTIONAL_HOOK_RUN_ALL(crosstown, CROSSTOWN, int,
                                    crosstown_collect,
                                    (request_rec *r, int status), (r, status),
                                    OK, DECLINED)

/* Nothing can be switched. */
const char *ct_control_set(cmd_parms *cmd, void *dir, const char *arg)
{
    return NULL;
}

/* ---- the functions -------------------------------------------------------*/

static const char *crosstown_check_statuses(apr_pool_t *p, const char *words)
{
    ct_statuses_t set;

    return ct_statuses_parse(&set, words, p);
}

static apr_status_t fill(naive_task_t *task, apr_pool_t *p, crosstown_fn_t *fn,
                         void *data, const crosstown_opts_t *opts)
{
    static const crosstown_opts_t none = CROSSTOWN_OPTS_INIT;

    opts = opts ? opts : &none;
    if (!fn || (opts->data_size > 0 && (!data || opts->carry))) {
        return APR_EINVAL;
    }
    task->name = opts->name ? apr_pstrdup(p, opts->name) : "-";
    task->fn = fn;
    task->carry = opts->carry;
    task->over = opts->over;
    task->same_thread = opts->same_thread;
    task->data_size = opts->data_size;
    task->data = opts->data_size > 0 ? apr_pmemdup(p, data, opts->data_size)
                                     : data;
    task->recorded = apr_time_now();
    return APR_SUCCESS;
}

static naive_list_t *list_of(request_rec *r)
{
    naive_list_t *list = ap_get_module_config(r->request_config,
                                              &crosstown_module);

    if (!list) {
        list = apr_pcalloc(r->pool, sizeof(*list));
        list->last = &list->first;
        ap_set_module_config(r->request_config, &crosstown_module, list);
    }
    return list;
}

static apr_status_t crosstown_defer(request_rec *r, crosstown_fn_t *fn,
                                    void *data, const crosstown_opts_t *opts)
{
    naive_task_t *task;
    naive_list_t *list;
    ct_settings_t settings;

    if (!r) {
        return APR_EINVAL;
    }
    list = list_of(r);
    task = apr_pcalloc(r->pool, sizeof(*task));
    settings = ct_place_settings(r, 0);
    task->server = r->server;
    task->pool = r->pool;
    task->no_go = *settings.no_go;
    if (list->dispatched) {
        return APR_EOF;
    }
    if (opts && opts->no_go) {
        const char *message = ct_statuses_parse(&task->no_go, opts->no_go,
                                                r->pool);

        if (message) {
            ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                          "crosstown_defer: %s", message);
            return APR_EINVAL;
        }
    }
    if (fill(task, r->pool, fn, data, opts) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    *list->last = task;
    list->last = &task->next;
    return APR_SUCCESS;
}

static int crosstown_count(request_rec *r)
{
    const naive_task_t *task;
    int count = 0;

    for (task = r ? list_of(r)->first : NULL; task; task = task->next) {
        ++count;
    }
    return count;
}

static int crosstown_cancel(request_rec *r, const char *name)
{
    naive_list_t *list = r ? list_of(r) : NULL;
    naive_task_t **link = list ? &list->first : NULL;
    int count = 0;

    while (link && *link) {
        naive_task_t *task = *link;

        if (name && strcmp(task->name, name) != 0) {
            link = &task->next;
            continue;
        }
        *link = task->next;
        task->response = naive_request_snapshot(r, r->pool);
        naive_task_end(task, CROSSTOWN_CANCELLED, APR_SUCCESS);
        ++count;
    }
    if (list) {
        list->last = link;
    }
    return count;
}

static apr_status_t crosstown_submit(server_rec *s, crosstown_fn_t *fn,
                                     void *data, const crosstown_opts_t *opts)
{
    naive_task_t task = { .server = s ? s : ap_server_conf };
    naive_task_t *moved;
    apr_status_t rv;

    if (opts && (opts->no_go || opts->same_thread || opts->carry)) {
        return APR_EINVAL;
    }
    task.fn = fn;
    task.name = opts && opts->name ? opts->name : "-";
    task.over = opts ? opts->over : NULL;
    task.data = data;
    task.data_size = opts ? opts->data_size : 0;
    task.recorded = apr_time_now();
    moved = fn && (data || !task.data_size) ? naive_task_move(&task) : NULL;
    if (!moved) {
        return APR_EINVAL;
    }
    rv = naive_task_push(moved);
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(moved->pool);
    }
    return rv;
}

/* ---- the hooks -----------------------------------------------------------*/

static int log_transaction(request_rec *r)
{
    ct_settings_t settings = ct_place_settings(r, 0);

    crosstown_run_crosstown_collect(r, r->status);
    naive_request_dispatch(r, !settings.off);
    return DECLINED;
}

static apr_status_t at_eos(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    int last = APR_BRIGADE_EMPTY(brigade)
               ? 0 : APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade));
    apr_status_t rv = ap_pass_brigade(f->next, brigade);

    if (last) {
        naive_request_dispatch(f->r, 1);
    }
    return rv;
}

static void insert_filter(request_rec *r)
{
    if (!r->main) {
        ap_add_output_filter("CROSSTOWN_NAIVE", NULL, r, r->connection);
    }
}

static void read_ways(void)
{
    static const struct {
        const char *word;
        naive_way_e way;
    } words[] = {
        { "at-eos", NAIVE_AT_EOS },
        { "at-connection-end", NAIVE_AT_CONNECTION_END },
        { "bytes-sent", NAIVE_BYTES_SENT },
        { "on-top", NAIVE_ON_TOP },
        { "drain-early", NAIVE_DRAIN_EARLY },
        { "drain-late", NAIVE_DRAIN_LATE }
    };
    const char *said = getenv("CROSSTOWN_NAIVE");
    apr_size_t i;

    naive_ways = 0;
    for (i = 0; said && i < sizeof(words) / sizeof(*words); ++i) {
        naive_ways |= strstr(said, words[i].word) ? words[i].way : 0;
    }
}

static void register_hooks(apr_pool_t *p)
{
    read_ways();
    APR_REGISTER_OPTIONAL_FN(crosstown_defer);
    APR_REGISTER_OPTIONAL_FN(crosstown_cancel);
    APR_REGISTER_OPTIONAL_FN(crosstown_count);
    APR_REGISTER_OPTIONAL_FN(crosstown_submit);
    APR_REGISTER_OPTIONAL_FN(crosstown_check_statuses);
    ap_hook_child_init(naive_pool_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_stopping(naive_pool_stopping, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(log_transaction, NULL, NULL,
                            APR_HOOK_REALLY_LAST);
    if (naive_ways & NAIVE_AT_EOS) {
        ap_register_output_filter("CROSSTOWN_NAIVE", at_eos, NULL,
                                  AP_FTYPE_PROTOCOL);
        ap_hook_insert_filter(insert_filter, NULL, NULL, APR_HOOK_LAST);
    }
}

module AP_MODULE_DECLARE_DATA crosstown_module = {
    STANDARD20_MODULE_STUFF, ct_place_make, ct_place_merge,
    ct_config_make, NULL, ct_config_directives, register_hooks,
    AP_MODULE_FLAG_NONE
};
