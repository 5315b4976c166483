/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tasks of the probe and what mod_crosstown tells about them.
 *
 * Thread: a pool thread or the request's, as each function of the API says.
 * Lifetime: an order lives until `over` was told.
 */
#include "mod_probe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_log.h"
#include "apr_atomic.h"
#include "apr_strings.h"
#include "apr_time.h"

/* Nothing waits longer than this for a gate. */
#define LONGEST_WAIT apr_time_from_sec(600)

static apr_uint32_t started;    /* counts the tasks of this process */

static const char *outcome_word(crosstown_outcome_e outcome)
{
    switch (outcome) {
    case CROSSTOWN_RAN:
        return "RAN";
    case CROSSTOWN_NO_GO:
        return "NO_GO";
    case CROSSTOWN_CANCELLED:
        return "CANCELLED";
    case CROSSTOWN_REJECTED:
        return "REJECTED";
    case CROSSTOWN_STOPPED:
        return "STOPPED";
    }
    return "unknown";
}

static void add_response(probe_line_t *line, const crosstown_task_t *task)
{
    const crosstown_response_t *response = task->response;

    if (!response) {
        return;
    }
    probe_line_number(line, "status", response->status);
    probe_line_number(line, "aborted", response->aborted);
    probe_line_number(line, "bytes_sent", response->bytes_sent);
    probe_line_number(line, "received", response->received);
    probe_line_number(line, "sent", response->sent);
    probe_line_add(line, "method", response->method);
    probe_line_add(line, "uri", response->uri);
    probe_line_add(line, "args", response->args);
    probe_line_add(line, "hostname", response->hostname);
    probe_line_add(line, "client_ip", response->client_ip);
    probe_line_add(line, "user", response->user);
    probe_line_add(line, "log_id", response->log_id);
    if (CROSSTOWN_HAS(response, crosstown_response_t, unique_id)) {
        probe_line_add(line, "traceparent", response->traceparent);
        probe_line_add(line, "unique_id", response->unique_id);
    }
    probe_line_add(line, "server", response->server->server_hostname);
}

static void add_order(probe_line_t *line, const probe_order_t *order)
{
    if (!order) {
        return;
    }
    probe_line_add(line, "tag", order->tag);
    probe_line_number(line, "index", order->index);
    probe_line_add(line, "text", order->text);
    probe_line_number(line, "carried_status", order->carried_status);
}

/* done and admit see the task only: the tag is in the client's query. */
static void add_tag(probe_line_t *line, const crosstown_task_t *task)
{
    char tag[48];

    if (task->response
        && probe_argument(task->response->args, "tag", tag, sizeof(tag))) {
        probe_line_add(line, "tag", tag);
    }
}

void probe_wait_at_gate(const char *gate)
{
    apr_time_t deadline = apr_time_now() + LONGEST_WAIT;

    while (access(gate, F_OK) && apr_time_now() < deadline) {
        apr_sleep(2000);
    }
}

static void note_start(const crosstown_task_t *task, apr_uint32_t order_number,
                       const probe_order_t *order)
{
    probe_line_t line;

    probe_line_begin(&line, "start");
    probe_line_number(&line, "seq", order_number);
    probe_line_number(&line, "wall", apr_time_now());
    probe_line_add(&line, "task", task->name);
    probe_line_add(&line, "id", task->id);
    probe_line_number(&line, "attempt", task->attempt);
    probe_line_number(&line, "recorded", task->recorded);
    add_order(&line, order);
    add_response(&line, task);
    probe_line_end(&line);
}

/* The scratch memory is the calling thread's own: use it, all of it. */
static void use_memory(apr_pool_t *scratch, int pools)
{
    memset(apr_palloc(scratch, 512), 0x5a, 512);
    while (pools-- > 0) {
        apr_pool_t *pool;

        apr_pool_create(&pool, scratch);
        memset(apr_palloc(pool, 512), 0x5a, 512);
        if (pools % 2) {
            apr_pool_destroy(pool);
        }
    }
}

apr_status_t probe_run(const crosstown_task_t *task, void *data)
{
    apr_uint32_t order_number = apr_atomic_inc32(&started);
    const probe_order_t *order = data;
    int place = probe_crowd_enter(order);
    probe_line_t line;

    note_start(task, order_number, order);
    probe_submit_from(task, order);
    if (order->sleep_ms > 0) {
        apr_sleep(apr_time_from_msec(order->sleep_ms));
    }
    if (*order->gate) {
        probe_wait_at_gate(order->gate);
    }
    if (order->until_stop) {
        probe_wait_for_stop(order);
    }
    use_memory(task->pool, order->pools);
    if (order->says) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, task->response->server,
                     "probe: %s", order->text);
    }
    probe_crowd_leave(place);
    probe_line_begin(&line, "end");
    probe_line_add(&line, "task", task->name);
    add_order(&line, order);
    add_response(&line, task);
    probe_line_end(&line);
    return probe_hold_task(task, order) ? CROSSTOWN_HELD
                                        : probe_result(task, order);
}

/* For a task without data and for one whose carry answered NULL. */
apr_status_t probe_run_bare(const crosstown_task_t *task, void *data)
{
    apr_uint32_t order_number = apr_atomic_inc32(&started);
    probe_line_t line;

    probe_line_begin(&line, "start");
    probe_line_number(&line, "seq", order_number);
    probe_line_add(&line, "task", task->name);
    probe_line_add(&line, "data", data ? "something" : "nothing");
    add_tag(&line, task);
    probe_line_end(&line);
    return APR_SUCCESS;
}

static void note_carry(request_rec *r, const probe_order_t *order, int status)
{
    probe_line_t line;

    probe_line_begin(&line, "carry");
    add_order(&line, order);
    probe_line_number(&line, "status", status);
    probe_line_add(&line, "uri", r->uri);
    probe_line_number(&line, "is_root", !r->main && !r->prev);
    probe_line_add(&line, "header", apr_table_get(r->headers_in, "X-Probe"));
    probe_line_end(&line);
}

static int final_status(request_rec *r)
{
    while (r->next) {
        r = r->next;
    }
    return r->status;
}

void *probe_carry(request_rec *r, void *data, apr_pool_t *p)
{
    probe_order_t *order = apr_pmemdup(p, data, sizeof(*order));

    order->carried_status = final_status(r);
    note_carry(r, order, order->carried_status);
    return order;
}

void *probe_carry_nothing(request_rec *r, void *data, apr_pool_t *p)
{
    (void)p;
    note_carry(r, data, final_status(r));
    return NULL;
}

void probe_over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                apr_status_t result, void *data)
{
    probe_order_t *order = data;
    probe_line_t line;

    if (outcome == CROSSTOWN_REJECTED) {
        use_memory(task->pool, 1);
    }
    probe_line_begin(&line, "over");
    probe_line_add(&line, "task", task->name);
    probe_line_add(&line, "outcome", outcome_word(outcome));
    probe_line_number(&line, "attempt", task->attempt);
    probe_line_result(&line, "result", result);
    add_order(&line, order);
    if (!order) {
        add_tag(&line, task);
    }
    probe_line_end(&line);
    if (order && order->owned) {
        /* Told twice, this would not go unnoticed. */
        free(order);
    }
}

/* Refuses every task whose name begins with "unwanted". */
int probe_admit(request_rec *r, const crosstown_task_t *task)
{
    int refuse = !strncmp(task->name, "unwanted", 8);
    probe_line_t line;

    probe_line_begin(&line, "admit");
    probe_line_add(&line, "task", task->name);
    probe_line_number(&line, "refused", refuse);
    probe_line_number(&line, "is_root", !r->main && !r->prev);
    add_tag(&line, task);
    probe_line_end(&line);
    return refuse ? HTTP_FORBIDDEN : DECLINED;
}

int probe_done(const crosstown_task_t *task, crosstown_outcome_e outcome,
               apr_status_t result)
{
    probe_line_t line;

    if (!strcmp(task->name, PROBE_QUIET)) {
        return DECLINED;
    }
    probe_line_begin(&line, "done");
    probe_line_add(&line, "task", task->name);
    probe_line_add(&line, "outcome", outcome_word(outcome));
    probe_line_result(&line, "result", result);
    add_tag(&line, task);
    add_response(&line, task);
    probe_line_end(&line);
    return DECLINED;
}
