/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script can do: record tasks, cancel them, count them, call the API
 * wrongly. Every answer goes into the ledger.
 *
 * Thread: the request's.
 * Lifetime: nothing is kept beyond the call but the orders of tasks.
 */
#include "mod_probe.h"

#include <stdlib.h>
#include <string.h>

#include "http_request.h"
#include "apr_strings.h"

#define MOST_TASKS 2000

static request_rec *root_of(request_rec *r)
{
    while (r->main || r->prev) {
        r = r->main ? r->main : r->prev;
    }
    return r;
}

static void begin(probe_line_t *line, const probe_script_t *script,
                  const char *event)
{
    probe_line_begin(line, event);
    probe_line_add(line, "tag", script->order.tag);
    probe_line_add(line, "task", script->opts.name);
}

static void note(const probe_script_t *script, const char *event,
                 apr_int64_t count)
{
    probe_line_t line;

    begin(&line, script, event);
    probe_line_number(&line, "count", count);
    probe_line_end(&line);
}

static void note_answer(const probe_script_t *script, const char *event,
                        apr_status_t rv)
{
    probe_line_t line;

    begin(&line, script, event);
    probe_line_number(&line, "index", script->order.index);
    probe_line_result(&line, "answer", rv);
    probe_line_end(&line);
}

/* The original of a task's data, in memory that fits the way it is kept. What
 * is to be freed if nobody takes it goes into ours, or NULL. */
static probe_order_t *make_order(probe_script_t *script,
                                 probe_order_t *on_stack,
                                 probe_order_t **ours)
{
    probe_order_t *order = on_stack;

    *ours = NULL;
    script->opts.data_size = 0;
    script->opts.carry = NULL;
    if (!strcmp(script->keep, "copy")) {
        script->opts.data_size = sizeof(*order);
    }
    else if (!strcmp(script->keep, "raw")) {
        order = *ours = malloc(sizeof(*order) + script->bulk);
        ap_assert(order);
    }
    else {
        order = apr_palloc(root_of(script->r)->pool, sizeof(*order));
        script->opts.carry = !strcmp(script->keep, "carry")
                           ? probe_carry : probe_carry_nothing;
    }
    *order = script->order;
    order->owned = *ours != NULL;
    return order;
}

static void defer_one(probe_script_t *script, int same_thread)
{
    probe_order_t on_stack, *ours;
    probe_order_t *order = make_order(script, &on_stack, &ours);
    crosstown_fn_t *fn = strcmp(script->keep, "nothing") ? probe_run
                                                         : probe_run_bare;
    apr_status_t rv;

    script->opts.same_thread = same_thread;
    rv = crosstown_client_defer(&probe_crosstown, script->r, fn, order,
                                &script->opts);
    note_answer(script, "record", rv);
    script->last = NULL;
    if (order == &on_stack) {
        /* Who reads the original later reads rubbish. */
        memset(&on_stack, 0xa5, sizeof(on_stack));
    }
    else if (rv == APR_SUCCESS) {
        script->last = order;
    }
    else {
        free(ours);
    }
    script->order.index++;
}

static int repetitions(const char *value)
{
    int n = atoi(value);

    if (n < 0) {
        return 0;
    }
    return n < MOST_TASKS ? n : MOST_TASKS;
}

void probe_do_defer(probe_script_t *script, const char *value)
{
    int same_thread = script->opts.same_thread;
    int n = repetitions(value);

    while (n-- > 0) {
        defer_one(script, same_thread);
    }
}

void probe_do_plan(probe_script_t *script, const char *value)
{
    int same_thread = script->opts.same_thread;

    for (; *value; ++value) {
        defer_one(script, *value == 's');
    }
    script->opts.same_thread = same_thread;
}

void probe_do_submit(probe_script_t *script, const char *value)
{
    int n = repetitions(value);

    while (n-- > 0) {
        probe_order_t on_stack, *ours;
        probe_order_t *order = make_order(script, &on_stack, &ours);
        apr_status_t rv = crosstown_client_submit(
            &probe_crosstown, n % 2 ? NULL : script->r->server, probe_run,
            order, &script->opts);

        /* The task may be over by now: order is no longer ours. */
        note_answer(script, "submit", rv);
        memset(&on_stack, 0xa5, sizeof(on_stack));
        if (rv != APR_SUCCESS) {
            free(ours);
        }
        script->order.index++;
    }
}

void probe_do_bare(probe_script_t *script, const char *value)
{
    int n = repetitions(value);

    while (n-- > 0) {
        note_answer(script, "record",
                    crosstown_client_defer(&probe_crosstown, script->r,
                                           probe_run_bare, NULL, NULL));
    }
}

/* Calls that the API promises to refuse. */
void probe_do_wrong(probe_script_t *script, const char *value)
{
    probe_order_t *order = &script->order;
    crosstown_opts_t opts = script->opts;
    crosstown_client_t *client = &probe_crosstown;
    request_rec *r = script->r;
    apr_status_t rv = APR_SUCCESS;

    if (!strcmp(value, "no_request")) {
        rv = crosstown_client_defer(client, NULL, probe_run, order, &opts);
    }
    else if (!strcmp(value, "no_function")) {
        rv = crosstown_client_defer(client, r, NULL, order, &opts);
    }
    else if (!strcmp(value, "no_data")) {
        opts.data_size = sizeof(*order);
        rv = crosstown_client_defer(client, r, probe_run, NULL, &opts);
    }
    else if (!strcmp(value, "carry_and_copy")) {
        opts.data_size = sizeof(*order);
        opts.carry = probe_carry;
        rv = crosstown_client_defer(client, r, probe_run, order, &opts);
    }
    else if (!strcmp(value, "endless")) {
        opts.data_size = APR_SIZE_MAX;
        rv = crosstown_client_defer(client, r, probe_run, order, &opts);
    }
    else if (!strcmp(value, "submit_endless")) {
        opts.data_size = APR_SIZE_MAX;
        rv = crosstown_client_submit(client, r->server, probe_run, order,
                                     &opts);
    }
    else if (!strcmp(value, "submit_no_function")) {
        rv = crosstown_client_submit(client, r->server, NULL, order, &opts);
    }
    else if (!strcmp(value, "submit_no_data")) {
        opts.data_size = sizeof(*order);
        rv = crosstown_client_submit(client, r->server, probe_run, NULL,
                                     &opts);
    }
    note_answer(script, value, rv);
    note(script, "nowhere",
         crosstown_client_count(client, NULL)
             + crosstown_client_cancel(client, NULL, NULL));
}

void probe_do_cancel(probe_script_t *script, const char *value)
{
    script->last = NULL;
    note(script, "cancel",
         crosstown_client_cancel(&probe_crosstown, script->r, value));
}

void probe_do_cancel_all(probe_script_t *script, const char *value)
{
    (void)value;
    probe_do_cancel(script, NULL);
}

void probe_do_count(probe_script_t *script, const char *value)
{
    (void)value;
    note(script, "count",
         crosstown_client_count(&probe_crosstown, script->r));
}

void probe_do_stopping(probe_script_t *script, const char *value)
{
    (void)value;
    note(script, "stopping", crosstown_client_stopping(&probe_crosstown));
}

void probe_do_check(probe_script_t *script, const char *value)
{
    const char *message = crosstown_client_check_statuses(
        &probe_crosstown, script->r->pool, value);
    probe_line_t line;

    probe_line_begin(&line, "check");
    probe_line_add(&line, "tag", script->order.tag);
    probe_line_add(&line, "words", value);
    probe_line_add(&line, "message", message);
    probe_line_end(&line);
}

void probe_do_change(probe_script_t *script, const char *value)
{
    if (script->last) {
        apr_cpystrn(script->last->text, value, sizeof(script->last->text));
    }
}

/* The request stays in the air until somebody opens the gate. */
void probe_do_hold(probe_script_t *script, const char *value)
{
    note(script, "hold", 0);
    probe_wait_at_gate(apr_pstrcat(script->r->pool, probe_gates, "/", value,
                                   NULL));
}

void probe_do_sub(probe_script_t *script, const char *value)
{
    request_rec *sub = ap_sub_req_lookup_uri(value, script->r,
                                             script->r->output_filters);

    if (sub->status == HTTP_OK) {
        ap_run_sub_req(sub);
    }
    ap_destroy_sub_req(sub);
}
