/* SPDX-License-Identifier: Apache-2.0 */
/* dispatch: see dispatch.h. In this order: collect, the status words and the
 * abort rule, admit, a place in the queue, copy and carry, one hand-over.
 *
 * log_transaction runs when the end-of-request bucket is destroyed, which the
 * core filter does once all bytes before it were written (or cannot be any
 * more); so whatever is done here is after the wire.
 *
 * Thread: see dispatch.h.
 * Lifetime: see dispatch.h. */
#include "dispatch.h"

#include "batch.h"
#include "child.h"
#include "config.h"
#include "record.h"
#include "report.h"
#include "request.h"

/** One request's way through this file. */
typedef struct {
    request_rec *root;
    ct_ledger_t *ledger;
    crosstown_response_t response;
    ct_dispatcher_t *dispatcher;
    int here;                        /* may tasks run on this thread? */
    apr_uint32_t places;             /* reserved in the queue */
    apr_uint32_t lacking;            /* to be run here for want of a place */
} passage_t;

static void find_places(passage_t *passage)
{
    ct_ledger_t *ledger = passage->ledger;
    apr_uint32_t wanted = ct_ledger_places(ledger, passage->here);
    apr_uint32_t lacking;

    passage->places = wanted ? ct_dispatcher_reserve(passage->dispatcher,
                                                     wanted)
                             : 0;
    lacking = wanted - passage->places;
    if (lacking && passage->here && ct_config_limits()->overflow_inline) {
        passage->lacking = lacking;
    }
    else if (lacking) {
        ct_ledger_reject(ledger, passage->places, passage->here,
                         &passage->response);
    }
}

static ct_batch_t *pack(passage_t *passage)
{
    ct_ledger_t *ledger = passage->ledger;
    ct_batch_t *batch = ct_batch_make(&passage->response, ledger->first,
                                      ledger->count);
    apr_status_t rv = APR_ENOMEM;

    if (batch) {
        rv = ct_batch_carry(batch, ledger->first, passage->root,
                            ct_dispatcher_pool(passage->dispatcher));
        if (rv == APR_SUCCESS) {
            return batch;
        }
        ct_batch_free(batch);
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, passage->root->server,
                 "no memory for %u task(s): rejected",
                 (unsigned)ledger->count);
    return NULL;
}

/* Mark what this thread is to call. What lacks a place comes first: then the
 * request's tasks still start in order, since the queue gets the last ones. */
static int mark_here(passage_t *passage, ct_batch_t *batch)
{
    const ct_record_t *record = passage->ledger->first;
    apr_uint32_t lacking = passage->lacking;
    apr_uint32_t i;
    int any = 0;

    for (i = 0; i < batch->count; ++i, record = record->next) {
        ct_call_t *call = &batch->calls[i];

        if (passage->here && record->same_thread) {
            call->here = 1;
        }
        else if (lacking > 0) {
            call->here = 1;
            --lacking;
        }
        any |= call->here;
    }
    return any;
}

static void without_threads(passage_t *passage, apr_pool_t *scratch)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, passage->root->server,
                 "no thread can be had for waiting tasks: %s (is there a "
                 "limit on processes or memory?)",
                 passage->here ? "they run on the request's thread"
                               : "rejected");
    if (passage->here) {
        ct_dispatcher_stand_in(passage->dispatcher, scratch);
    }
    else {
        ct_dispatcher_refuse(passage->dispatcher, scratch);
    }
}

static apr_pool_t *scratch_of(passage_t *passage)
{
    apr_pool_t *scratch;

    apr_pool_create(&scratch, passage->root->pool);
    return scratch;
}

static void hand_over(passage_t *passage, ct_batch_t *batch)
{
    apr_status_t rv;

    if (mark_here(passage, batch)) {
        ct_dispatcher_attend(passage->dispatcher, batch,
                             scratch_of(passage));
        return;
    }
    rv = ct_dispatcher_push(passage->dispatcher, batch);
    if (rv == APR_EOF) {
        ct_dispatcher_release(passage->dispatcher, passage->places);
        ct_dispatcher_end_batch(passage->dispatcher, batch,
                                CROSSTOWN_STOPPED, passage->root->pool);
    }
    else if (rv != APR_SUCCESS) {
        without_threads(passage, scratch_of(passage));
    }
}

static void dispatch_admitted(passage_t *passage)
{
    ct_ledger_t *ledger = passage->ledger;
    ct_batch_t *batch;

    if (!passage->dispatcher || ct_dispatcher_closed(passage->dispatcher)) {
        ct_ledger_end_all(ledger, CROSSTOWN_STOPPED, &passage->response);
        return;
    }
    passage->here = ct_request_may_run_here(passage->root);
    find_places(passage);
    if (!ledger->first) {
        return;
    }
    batch = pack(passage);
    if (batch) {
        hand_over(passage, batch);
    }
    else {
        ct_dispatcher_release(passage->dispatcher, passage->places);
        ct_ledger_end_all(ledger, CROSSTOWN_REJECTED, &passage->response);
    }
}

/* All of it is guarded, tasks that run here included. */
static void dispatch(request_rec *root, ct_ledger_t *ledger)
{
    ct_verdict_t verdict;
    passage_t passage;
    ct_signals_t signals;

    ct_child_guard(&signals);
    memset(&passage, 0, sizeof(passage));
    passage.root = root;
    passage.ledger = ledger;
    passage.dispatcher = ct_child_dispatcher();
    ct_request_snapshot(&passage.response, root, apr_time_now());
    verdict.status = passage.response.status;
    verdict.aborted = passage.response.aborted;
    verdict.response = &passage.response;
    verdict.admit = ct_report_admit();
    verdict.context = root;
    ct_ledger_settle(ledger, &verdict);
    if (ledger->first) {
        dispatch_admitted(&passage);
    }
    ct_child_unguard(&signals);
}

int ct_dispatch_note(request_rec *r)
{
    ct_record_logged(r);
    return DECLINED;
}

int ct_dispatch_request(request_rec *r)
{
    ct_ledger_t *ledger;

    ct_report_collect(r, ct_request_status(r));
    ledger = ct_record_ledger(r);
    if (ledger && !ledger->closed) {
        dispatch(r, ledger);
    }
    return DECLINED;
}

/* The request's pool is about to go. */
static apr_status_t last_look(void *data)
{
    request_rec *root = data;
    ct_ledger_t *ledger = ct_record_ledger(root);
    crosstown_response_t response;

    if (ledger->closed) {
        return APR_SUCCESS;
    }
    if (ct_record_is_logged(root)) {
        dispatch(root, ledger);
    }
    else {
        ct_request_snapshot(&response, root, 0);
        ct_ledger_end_all(ledger, CROSSTOWN_STOPPED, &response);
    }
    return APR_SUCCESS;
}

/* A pre-clean-up: sub-pools and everything in them are still there. The one
 * that logs the request was registered later, so it runs before. */
void ct_dispatch_watch(request_rec *root)
{
    apr_pool_pre_cleanup_register(root->pool, root, last_look);
}
