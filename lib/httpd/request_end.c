/* SPDX-License-Identifier: Apache-2.0 */
/* request_end: when a request counts as over, and that nobody else can keep
 * it from being finished. log_transaction runs when the end-of-request bucket
 * is destroyed, which the core filter does once all bytes before it were
 * written (or cannot be any more); so what is done here is after the wire. It
 * is done behind all others, or, where one of them has ended the hooks, by a
 * clean-up of the request's pool. */
#include "request_end.h"

#include "dispatch.h"
#include "log_id.h"
#include "log_items.h"
#include "open_requests.h"
#include "outcomes.h"
#include "record.h"
#include "request.h"
#include "stop_signals.h"

/* Not inlined: a request without tasks would pay for its frame. */
__attribute__((noinline))
static void note(request_rec *r)
{
    if (ct_record_ledger(r)) {
        ct_log_id_have(r, 1);
        ct_log_items_note(r);
    }
    if (ct_outcomes_collecting()) {
        ct_record_expect(r);
    }
}

/* With collect hooks every request has a ledger from here on, and is watched;
 * without them one that recorded nothing is through with us. */
int ct_request_end_note(request_rec *r)
{
    if (ct_record_logged(r) || ct_outcomes_collecting()) {
        note(r);
    }
    return DECLINED;
}

/* For a ledger that is not closed. Collecting comes once: after the hook the
 * request's pool may come to this, and some modules have a request logged
 * twice. Not inlined either. */
__attribute__((noinline))
static void finish(request_rec *root, ct_ledger_t *ledger)
{
    if (ct_outcomes_collecting() && !ledger->collected) {
        ledger->collected = 1;
        ct_outcomes_collect(root, ct_request_status(root));
    }
    if (ledger->recorded > 0) {
        ct_open_requests_remove(ledger);
        ct_dispatch(root, ledger);
    }
}

int ct_request_end_dispatch(request_rec *r)
{
    ct_ledger_t *ledger = ct_record_ledger(r);

    if (ledger && !ledger->closed) {
        finish(r, ledger);
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
        finish(root, ledger);
    }
    else {
        ct_open_requests_remove(ledger);
        ct_stop_signals_guard();
        ct_request_snapshot(&response, root, 0);
        ct_ledger_end_all(ledger, CROSSTOWN_STOPPED, &response);
        ct_stop_signals_unguard();
    }
    return APR_SUCCESS;
}

/* A pre-clean-up: sub-pools and everything in them are still there. The one
 * that logs the request was registered later, so it runs before. */
void ct_request_end_watch(request_rec *root)
{
    apr_pool_pre_cleanup_register(root->pool, root, last_look);
}
