/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe's table of contents: hooks, directives, handler.
 *
 * Thread: each hook's own; request hooks on the request's thread.
 * Lifetime: configuration lives in pconf.
 */
#include "mod_probe.h"

#include <string.h>

#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "apr_strings.h"

crosstown_client_t probe_crosstown;
const char *probe_gates = "";
static const char *ledger_path;
static const char *collect_script;
static int parent_submits;

static const char *set_ledger(cmd_parms *cmd, void *unused, const char *path)
{
    (void)cmd;
    (void)unused;
    ledger_path = path;
    return NULL;
}

static const char *set_gates(cmd_parms *cmd, void *unused, const char *path)
{
    (void)cmd;
    (void)unused;
    probe_gates = path;
    return NULL;
}

static const char *set_collect(cmd_parms *cmd, void *unused, const char *text)
{
    (void)cmd;
    (void)unused;
    collect_script = text;
    return NULL;
}

static const char *set_parent_submits(cmd_parms *cmd, void *unused, int on)
{
    (void)cmd;
    (void)unused;
    parent_submits = on;
    return NULL;
}

static const char *set_no_go(cmd_parms *cmd, void *unused, const char *words)
{
    (void)unused;
    return crosstown_client_check_statuses(&probe_crosstown, cmd->pool,
                                           words);
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("ProbeLedger", set_ledger, NULL, RSRC_CONF,
                  "the file that events are written into"),
    AP_INIT_TAKE1("ProbeGates", set_gates, NULL, RSRC_CONF,
                  "the directory in which a file opens a gate"),
    AP_INIT_TAKE1("ProbeCollect", set_collect, NULL, RSRC_CONF,
                  "a script that the collect hook plays for every request"),
    AP_INIT_FLAG("ProbeParentSubmits", set_parent_submits, NULL, RSRC_CONF,
                 "On: call crosstown_submit() before there is a child"),
    AP_INIT_TAKE1("ProbeNoGo", set_no_go, NULL, OR_FILEINFO,
                  "status words that are checked and forgotten"),
    AP_INIT_TAKE1("ProbeNumbers", probe_set_numbers, NULL, RSRC_CONF,
                  "right or wrong: tables of numbers"),
    { .name = NULL }
};

static void retrieve(void)
{
    crosstown_client_load(&probe_crosstown);
}

/* There is no child process yet, so this must be refused. */
static void submit_in_the_parent(server_rec *s)
{
    crosstown_client_t client;
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    probe_order_t order = { .index = 0 };
    probe_line_t line;

    crosstown_client_load(&client);
    opts.data_size = sizeof(order);
    probe_line_begin(&line, "parent_submit");
    probe_line_result(&line, "answer",
                      crosstown_client_submit(&client, s, probe_run, &order,
                                              &opts));
    probe_line_end(&line);
}

static int open_ledger(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    apr_status_t rv;

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    rv = ledger_path ? probe_ledger_open(pconf, ledger_path) : APR_EINVAL;
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "probe: no ledger");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    probe_keep_tally(pconf, ledger_path);
    probe_prepare_body();
    if (parent_submits) {
        submit_in_the_parent(s);
    }
    return OK;
}

static int play_if_it_is_for(request_rec *r, const char *where)
{
    probe_script_t script;

    if (probe_script_is_for(r, where)) {
        probe_script_play(r, r->args, &script);
    }
    return DECLINED;
}

static int post_read_request(request_rec *r)
{
    return play_if_it_is_for(r, "post_read_request");
}

static int fixups(request_rec *r)
{
    return play_if_it_is_for(r, "fixups");
}

static int handler(request_rec *r)
{
    probe_script_t script;
    int rv;

    if (!strcmp(r->uri, "/probe-tally")) {
        return probe_tell_tally(r);
    }
    if (!strcmp(r->uri, "/probe-fault")) {
        return probe_set_fault(r);
    }
    if (!strcmp(r->uri, "/probe-later")) {
        return probe_answer_later(r);
    }
    if (!r->handler || strcmp(r->handler, "probe") != 0) {
        return DECLINED;
    }
    if ((rv = ap_discard_request_body(r)) != OK) {
        return rv;
    }
    memset(&script, 0, sizeof(script));
    if (probe_script_is_for(r, "handler")) {
        probe_script_play(r, r->args, &script);
    }
    if (r->main) {
        return OK;    /* the main request has a body of its own */
    }
    if (script.redirect) {
        ap_internal_redirect(script.redirect, r);
        return OK;
    }
    rv = script.status ? script.status : probe_send_body(r, &script);
    if (script.linger) {
        probe_wait_at_gate(script.linger);
    }
    return rv;
}

static void note_request(request_rec *r, const char *event)
{
    request_rec *last = r;
    probe_line_t line;
    char tag[48];

    if (!probe_argument(r->args, "tag", tag, sizeof(tag))) {
        return;
    }
    while (last->next) {
        last = last->next;
    }
    probe_line_begin(&line, event);
    probe_line_add(&line, "tag", tag);
    probe_line_number(&line, "status", last->status);
    probe_line_number(&line, "is_root", !r->main && !r->prev);
    probe_line_add(&line, "uri", r->uri);
    probe_line_end(&line);
}

static int collect(request_rec *r, int status)
{
    probe_line_t line;
    char tag[48];

    if (probe_argument(r->args, "tag", tag, sizeof(tag))) {
        probe_line_begin(&line, "collect");
        probe_line_add(&line, "tag", tag);
        probe_line_number(&line, "status", status);
        probe_line_number(&line, "is_root", !r->main && !r->prev);
        probe_line_end(&line);
    }
    if (collect_script) {
        probe_script_t script;

        probe_script_play(r, collect_script, &script);
    }
    return play_if_it_is_for(r, "collect");
}

static int log_transaction(request_rec *r)
{
    note_request(r, "logged");
    return play_if_it_is_for(r, "log");
}

/* Another module's bad habit: nobody behind it learns of this request. */
static int end_the_log(request_rec *r, const char *where)
{
    char wanted[8];

    return probe_argument(r->args, "end_log", wanted, sizeof(wanted))
           && !strcmp(wanted, where) ? DONE : DECLINED;
}

static int end_the_log_first(request_rec *r)
{
    return end_the_log(r, "first");
}

static int end_the_log_early(request_rec *r)
{
    return end_the_log(r, "early");
}

static int end_the_log_last(request_rec *r)
{
    return end_the_log(r, "last");
}

static int log_transaction_late(request_rec *r)
{
    probe_script_t script;
    char tag[48];
    char count[8];

    if (probe_argument(r->args, "late", count, sizeof(count))
        && probe_argument(r->args, "tag", tag, sizeof(tag))) {
        probe_script_play(r, apr_psprintf(r->pool,
                                          "tag=%s&name=late&defer=%s", tag,
                                          count), &script);
    }
    return DECLINED;
}

static void register_hooks(apr_pool_t *p)
{
    static const char *const crosstown[] = { "mod_crosstown.c", NULL };

    (void)p;
    probe_numbers_register();
    ap_hook_pre_config(probe_named_provide, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(open_ledger, NULL, NULL, APR_HOOK_LAST);
    ap_hook_post_read_request(post_read_request, NULL, NULL,
                              APR_HOOK_MIDDLE);
    ap_hook_fixups(fixups, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(log_transaction, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(end_the_log_first, NULL, crosstown,
                            APR_HOOK_REALLY_FIRST);
    ap_hook_log_transaction(end_the_log_early, NULL, NULL,
                            APR_HOOK_REALLY_FIRST - 1);
    ap_hook_log_transaction(end_the_log_last, NULL, NULL, APR_HOOK_LAST);
    ap_hook_log_transaction(log_transaction_late, NULL, NULL,
                            APR_HOOK_REALLY_LAST + 1);
    APR_OPTIONAL_HOOK(crosstown, crosstown_collect, collect, NULL, NULL,
                      APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(crosstown, crosstown_admit, probe_admit, NULL, NULL,
                      APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(crosstown, crosstown_done, probe_done, NULL, NULL,
                      APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(probe) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives,
    register_hooks, AP_MODULE_FLAG_NONE
};
