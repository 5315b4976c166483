/* SPDX-License-Identifier: Apache-2.0 */
/* record: a request without tasks has nothing in its slot of request_config,
 * or a mark that it was logged; neither costs an allocation. What is recorded
 * is counted before it is in the ledger, because a stop may end it at once. */
#include "record.h"

#include "apr_strings.h"
#include "broken_off.h"
#include "child.h"
#include "config.h"
#include "log_id.h"
#include "open_requests.h"
#include "outcomes.h"
#include "place.h"
#include "request.h"
#include "request_end.h"
#include "accounting.h"
#include "stop_signals.h"
#include "trace.h"

/* In the place of a ledger, in every request that recorded nothing and was
 * logged. */
static ct_ledger_t only_logged = { .logged = 1 };

static ct_ledger_t *noted_in(const request_rec *root)
{
    return ap_get_module_config(root->request_config, &crosstown_module);
}

static void note(request_rec *root, ct_ledger_t *ledger)
{
    ap_set_module_config(root->request_config, &crosstown_module, ledger);
}

ct_ledger_t *ct_record_ledger(const request_rec *root)
{
    ct_ledger_t *ledger = noted_in(root);

    return ledger == &only_logged ? NULL : ledger;
}

int ct_record_is_logged(const request_rec *root)
{
    const ct_ledger_t *ledger = noted_in(root);

    return ledger && ledger->logged;
}

int ct_record_logged(request_rec *root)
{
    ct_ledger_t *ledger = ct_record_ledger(root);

    if (ledger) {
        ledger->logged = 1;
        return 1;
    }
    note(root, &only_logged);
    return 0;
}

static ct_ledger_t *ledger_for(request_rec *root)
{
    ct_ledger_t *ledger = ct_record_ledger(root);

    if (!ledger) {
        ledger = ct_ledger_make(root->pool, &ct_outcomes_report);
        ledger->root = root;
        ledger->logged = ct_record_is_logged(root) != 0;
        note(root, ledger);
        ct_request_end_watch(root);
        if (!ledger->logged && !root->connection->master) {
            ct_broken_off_watch(root, ledger);
        }
    }
    return ledger;
}

void ct_record_expect(request_rec *root)
{
    (void)ledger_for(root);
}

static apr_status_t without_request(void)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, APR_EINVAL, ap_server_conf,
                 CTLOGNO(01101) "crosstown_defer: no request was given");
    return APR_EINVAL;
}

static void refuse(request_rec *r, unsigned int label, apr_status_t rv,
                   const char *why)
{
    ct_accounting_refused(label);
    if (rv == APR_EINVAL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, CTLOGNO(01102)
                      "crosstown_defer: %s", why);
    }
}

static int wants_no_htaccess(const crosstown_opts_t *opts)
{
    return opts && CROSSTOWN_HAS(opts, crosstown_opts_t, no_htaccess)
           && opts->no_htaccess;
}

static apr_status_t crosstown_defer(request_rec *r, crosstown_fn_t *fn,
                                    void *data, const crosstown_opts_t *opts)
{
    const char *why = NULL;
    request_rec *root;
    ct_ledger_t *ledger;
    ct_settings_t settings;
    ct_rules_t rules;
    apr_status_t rv;
    const char *name = ct_accounting_name(opts);

    if (!r) {
        return without_request();
    }
    root = ct_request_root(r);
    settings = ct_place_settings(r, wants_no_htaccess(opts));
    ledger = ledger_for(root);
    ct_log_id_have(root, ledger->logged);
    rules.server = r->server;
    rules.no_go = settings.no_go;
    rules.lasting = r->pool == root->pool;
    rules.off = settings.off;
    rules.skip_aborted = settings.skip_aborted;
    rules.label = ct_name_ids_find(name);
    /* First: a stop may come in between. */
    ct_accounting_recorded(rules.label);
    rv = ct_ledger_record(ledger, fn, data, opts, &rules, apr_time_now(),
                          &why);
    if (rv != APR_SUCCESS) {
        refuse(r, rules.label, rv, why);
        return rv;
    }
    ct_open_requests_note(ledger);
    if (APLOGrdebug(r)) {
        ct_trace_recorded(r, root, name, ledger->recorded == 1);
    }
    return rv;
}

static int crosstown_cancel(request_rec *r, const char *name)
{
    crosstown_response_t response;
    ct_ledger_t *ledger;
    request_rec *root;
    int cancelled;

    if (!r) {
        return 0;
    }
    root = ct_request_root(r);
    ledger = ct_record_ledger(root);
    if (!ledger || !ledger->first) {
        return 0;
    }
    ct_request_snapshot(&response, root, 0);
    ct_stop_signals_guard();
    cancelled = ct_ledger_cancel(ledger, name, &response);
    ct_stop_signals_unguard();
    return cancelled;
}

static int crosstown_count(request_rec *r)
{
    const ct_ledger_t *ledger = r ? ct_record_ledger(ct_request_root(r))
                                  : NULL;

    return ledger && !ledger->closed ? (int)ledger->count : 0;
}

/* Nobody is there to run it, and the calling thread may be any: not now. */
static apr_status_t no_thread(ct_dispatcher_t *dispatcher,
                              apr_uint64_t number)
{
    ct_batch_t *batch = ct_dispatcher_take_back(dispatcher, number);
    apr_pool_t *scratch;

    if (batch) {
        ct_batch_free(batch);
        ct_dispatcher_release(dispatcher, 1);
    }
    if (apr_pool_create(&scratch, ct_dispatcher_pool(dispatcher))
        == APR_SUCCESS) {
        ct_dispatcher_refuse(dispatcher, scratch);
        apr_pool_destroy(scratch);
    }
    return batch ? APR_EAGAIN : APR_SUCCESS;
}

static apr_status_t hand_over(ct_dispatcher_t *dispatcher,
                              const ct_record_t *record)
{
    ct_batch_t *batch;
    apr_status_t rv;

    if (ct_dispatcher_reserve(dispatcher, 1) == 0) {
        return APR_EAGAIN;
    }
    batch = ct_batch_make(NULL, record, 1);
    if (!batch) {
        ct_dispatcher_release(dispatcher, 1);
        return APR_ENOMEM;
    }
    /* Before its end, which may come at once; not before there is a place:
     * a full queue refuses by the thousand, and a counter that goes back looks
     * like a restart. */
    ct_accounting_recorded(record->label);
    ct_accounting_queued(record->label, 1);
    rv = ct_dispatcher_push(dispatcher, batch);
    if (rv == APR_EOF) {
        ct_dispatcher_release(dispatcher, 1);
        ct_batch_free(batch);
    }
    else if (rv == APR_EAGAIN) {
        rv = no_thread(dispatcher, record->task.number);
    }
    if (rv != APR_SUCCESS) {
        ct_accounting_queued(record->label, -1);
        ct_accounting_refused(record->label);
    }
    return rv;
}

static apr_status_t crosstown_submit(server_rec *s, crosstown_fn_t *fn,
                                     void *data, const crosstown_opts_t *opts)
{
    ct_dispatcher_t *dispatcher = ct_child_dispatcher();
    server_rec *server = s ? s : ap_server_conf;
    const char *why = NULL;
    ct_record_t record;
    apr_status_t rv;

    rv = ct_ledger_single(&record, fn, data, opts, server, apr_time_now(),
                          &why);
    if (rv == APR_SUCCESS && !dispatcher) {
        why = "this is not a child process; submit in child_init or later";
        rv = APR_EINVAL;
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, server, CTLOGNO(01103)
                     "crosstown_submit: %s", why);
        return rv;
    }
    if (ct_dispatcher_closed(dispatcher)) {
        return APR_EOF;
    }
    record.label = (unsigned short)ct_name_ids_find(record.task.name);
    record.name_limit = ct_name_limit_of(&ct_config()->name_limits,
                                         record.task.name, record.label);
    if (!ct_name_limit_enter(record.name_limit)) {
        return APR_EAGAIN;
    }
    ct_stop_signals_ready();
    ct_stop_signals_guard();
    rv = hand_over(dispatcher, &record);
    if (rv != APR_SUCCESS) {
        ct_name_limit_leave(record.name_limit);
    }
    ct_stop_signals_unguard();
    return rv;
}

static int crosstown_stopping(void)
{
    return ct_child_is_stopping();
}

static apr_time_t crosstown_deadline(void)
{
    return ct_child_deadline();
}

static apr_status_t crosstown_fail(const crosstown_task_t *task,
                                   apr_status_t status, const char *format,
                                   ...)
{
    va_list values;

    va_start(values, format);
    ct_task_say(task, apr_pvsprintf(task->pool, format, values));
    va_end(values);
    return status;
}

static apr_status_t crosstown_retry_at(const crosstown_task_t *task,
                                       apr_time_t when)
{
    return ct_task_ask_again(task, when);
}

static const char *crosstown_check_statuses(apr_pool_t *p, const char *words)
{
    ct_statuses_t set;

    return words ? ct_statuses_parse(&set, words, p) : NULL;
}

void ct_record_export(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_defer);
    APR_REGISTER_OPTIONAL_FN(crosstown_cancel);
    APR_REGISTER_OPTIONAL_FN(crosstown_count);
    APR_REGISTER_OPTIONAL_FN(crosstown_submit);
    APR_REGISTER_OPTIONAL_FN(crosstown_check_statuses);
    APR_REGISTER_OPTIONAL_FN(crosstown_stopping);
    APR_REGISTER_OPTIONAL_FN(crosstown_deadline);
    APR_REGISTER_OPTIONAL_FN(crosstown_fail);
    APR_REGISTER_OPTIONAL_FN(crosstown_retry_at);
}
