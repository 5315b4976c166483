/* SPDX-License-Identifier: Apache-2.0 */
/* dispatch: from the ledger to the pool, in this order: the status words and
 * the abort rule, admit, a place in the queue, copy and carry, one hand-over.
 * Only what leaves the request is copied: tasks of the request's own thread
 * are called from the ledger. */
#include "dispatch.h"

#include "batch.h"
#include "child.h"
#include "config.h"
#include "log_rate_limit.h"
#include "outcomes.h"
#include "request.h"
#include "accounting.h"
#include "stop_signals.h"
#include "trace.h"

/* Both come with each request, as long as there is no memory or no thread. */
static void tell_memory(server_rec *s, const char *unused, unsigned int held)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, CTLOGNO(01203) "no memory for "
                 "the tasks of %u more request(s)", held);
}

static void tell_threads(server_rec *s, const char *unused, unsigned int held)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, CTLOGNO(01204) "no thread could "
                 "be had for waiting tasks %u more time(s)", held);
}

static ct_rate_limit_t memory_lines = CT_RATE_LIMIT(1, tell_memory);
static ct_rate_limit_t thread_lines = CT_RATE_LIMIT(1, tell_threads);

/** One request's way through this file. */
typedef struct {
    request_rec *root;
    ct_ledger_t *ledger;
    const crosstown_response_t *response;
    ct_dispatcher_t *dispatcher;
    int traced;                      /* does its place ask for lines? */
    int may_inline;                  /* may tasks run on this thread? */
    int same_thread;                 /* and is that what same_thread means? */
    apr_uint32_t places;             /* reserved in the queue */
    apr_uint32_t lacking;            /* to be run inline for want of one */
} context_t;

static void find_places(context_t *context, apr_uint32_t wanted)
{
    apr_uint32_t lacking;

    context->places = ct_dispatcher_reserve(context->dispatcher, wanted);
    lacking = wanted - context->places;
    if (lacking) {
        int run_inline = context->may_inline
                         && ct_config()->overflow_inline;

        lacking -= ct_ledger_reject(context->ledger, context->places,
                                    context->same_thread, run_inline,
                                    context->response);
        context->lacking = lacking;
    }
}

static ct_batch_t *pack(context_t *context)
{
    ct_ledger_t *ledger = context->ledger;
    ct_batch_t *batch = ct_batch_make(context->response, ledger->first,
                                      ledger->count);
    apr_status_t rv = APR_ENOMEM;

    if (batch) {
        rv = ct_batch_carry(batch, ledger->first, context->root,
                            ct_dispatcher_pool(context->dispatcher));
        if (rv == APR_SUCCESS) {
            return batch;
        }
        ct_batch_free(batch);
    }
    if (ct_rate_limit_allows(&memory_lines, context->root->server, NULL)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, context->root->server,
                     CTLOGNO(01201) "no memory for %u task(s): rejected; "
                     "%s %s",
                     (unsigned)ledger->count, context->response->method,
                     context->response->uri);
    }
    return NULL;
}

/* Mark what this thread is to call. What lacks a place comes first: then the
 * request's tasks still start in order, since the queue gets the last ones. */
static int mark_inline(context_t *context, ct_batch_t *batch)
{
    const ct_record_t *record = context->ledger->first;
    apr_uint32_t lacking = context->lacking;
    apr_uint32_t i;
    int any = 0;

    for (i = 0; i < batch->count; ++i, record = record->next) {
        ct_call_t *call = &batch->calls[i];

        if (context->same_thread && record->same_thread) {
            call->run_inline = 1;
        }
        else if (lacking > 0 && !ct_ledger_for_pool_only(record)) {
            call->run_inline = 1;
            --lacking;
            ct_name_limit_leave(record->name_limit);
            call->name_limit = 0;
        }
        any |= call->run_inline;
    }
    return any;
}

static void trace_hand_over(const context_t *context, const ct_batch_t *batch)
{
    apr_uint32_t i;

    for (i = 0; i < batch->count && context->traced; ++i) {
        const ct_call_t *call = &batch->calls[i];

        ct_trace_handed_over(context->root, call->task.name, call->run_inline);
    }
}

void ct_dispatch_refused(unsigned int threads)
{
    if (threads > 0
        && ct_rate_limit_allows(&thread_lines, ap_server_conf, NULL)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf,
                     CTLOGNO(01205) "no further thread can be had for waiting "
                     "tasks: they wait for the %u that are there (see "
                     "ulimit -u, TasksMax of systemd, memory)", threads);
    }
}

static void without_threads(context_t *context, apr_pool_t *scratch)
{
    if (ct_rate_limit_allows(&thread_lines, context->root->server, NULL)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, context->root->server,
                     CTLOGNO(01202) "no thread can be had for waiting tasks: "
                     "%s (see ulimit -u, TasksMax of systemd, memory)",
                     context->may_inline ? "they run on the request's thread"
                                         : "rejected");
    }
    if (context->may_inline) {
        ct_dispatcher_stand_in(context->dispatcher, scratch);
    }
    else {
        ct_dispatcher_refuse(context->dispatcher, scratch);
    }
}

static apr_pool_t *scratch_of(context_t *context)
{
    apr_pool_t *scratch;

    apr_pool_create(&scratch, context->root->pool);
    return scratch;
}

static void count_queued(const ct_batch_t *batch)
{
    apr_uint32_t from, to;

    for (from = 0; from < batch->count; from = to) {
        unsigned int name = batch->calls[from].label;

        to = from + 1;
        while (to < batch->count && batch->calls[to].label == name) {
            ++to;
        }
        ct_accounting_queued(name, (int)(to - from));
    }
}

static void hand_over(context_t *context, ct_batch_t *batch)
{
    int any_inline = mark_inline(context, batch);
    apr_status_t rv;

    trace_hand_over(context, batch);
    count_queued(batch);
    if (any_inline) {
        ct_dispatcher_attend(context->dispatcher, batch,
                             scratch_of(context));
        return;
    }
    rv = ct_dispatcher_push(context->dispatcher, batch);
    if (rv == APR_EOF) {
        ct_dispatcher_release(context->dispatcher, context->places);
        ct_dispatcher_end_batch(context->dispatcher, batch,
                                CROSSTOWN_STOPPED, context->root->pool);
    }
    else if (rv != APR_SUCCESS) {
        without_threads(context, scratch_of(context));
    }
}

/* What is carried has to outlive the request, if it is to be tried again. */
static int carries(const ct_ledger_t *ledger)
{
    const ct_record_t *record = ledger->first;

    while (record && !record->carry) {
        record = record->next;
    }
    return record != NULL;
}

static void stop_all(context_t *context)
{
    ct_ledger_end_all(context->ledger, CROSSTOWN_STOPPED, context->response);
}

/* All that is left, if anything, is same-thread: nothing leaves the request,
 * so nothing is copied. */
static void run_all_inline(context_t *context)
{
    ct_ledger_t *ledger = context->ledger;
    apr_pool_t *scratch = scratch_of(context);
    const ct_record_t *record;

    ct_stop_signals_ready();
    while (ledger->first && !ct_dispatcher_must_stop(context->dispatcher)) {
        record = ct_ledger_take(ledger);
        if (context->traced) {
            ct_trace_handed_over(context->root, record->task.name, 1);
        }
        ct_dispatcher_run_alone(context->dispatcher, ledger, record,
                                context->response, scratch);
    }
    if (ledger->first) {
        stop_all(context);
    }
}

/* Apart from the way of those that run inline, to which a line of code more
 * makes a difference. */
static void queue_all(context_t *context, apr_uint32_t wanted)
{
    ct_batch_t *batch;

    find_places(context, wanted);
    if (!context->ledger->first) {
        return;
    }
    batch = pack(context);
    if (batch) {
        ct_stop_signals_ready();
        hand_over(context, batch);
    }
    else {
        ct_dispatcher_release(context->dispatcher, context->places);
        ct_ledger_end_all(context->ledger, CROSSTOWN_REJECTED,
                          context->response);
    }
}

static void dispatch_admitted(context_t *context)
{
    ct_ledger_t *ledger = context->ledger;
    apr_uint32_t wanted;

    if (!context->dispatcher
                || ct_dispatcher_closed(context->dispatcher)) {
        stop_all(context);
        return;
    }
    context->may_inline = ct_request_may_run_inline(context->root);
    context->same_thread = context->may_inline
                           && !ct_request_ends_with_connection(context->root);
    ct_ledger_enter(ledger, &ct_config()->name_limits,
                    context->same_thread, context->response);
    wanted = ct_ledger_places(ledger, context->same_thread);
    if (wanted == 0 && !carries(ledger)) {
        run_all_inline(context);
    }
    else {
        queue_all(context, wanted);
    }
}

/* All of it is guarded, tasks that run inline included. */
void ct_dispatch(request_rec *root, ct_ledger_t *ledger)
{
    crosstown_response_t response;
    context_t context = {
        .root = root, .ledger = ledger, .response = &response,
        .dispatcher = ct_child_dispatcher(), .traced = APLOGrdebug(root)
    };
    ct_verdict_t verdict;

    ct_stop_signals_guard();
    ct_request_snapshot(&response, root, apr_time_now());
    verdict.status = response.status;
    verdict.aborted = response.aborted;
    verdict.response = &response;
    verdict.admit = ct_outcomes_admit();
    verdict.context = root;
    ct_ledger_settle(ledger, &verdict);
    if (ledger->first) {
        dispatch_admitted(&context);
    }
    ct_stop_signals_unguard();
}
