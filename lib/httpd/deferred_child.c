/* SPDX-License-Identifier: Apache-2.0 */
/* deferred_child: see deferred_child.h.
 * Thread: see deferred_child.h.
 * Lifetime: statics, because a failure may be told after pchild is gone. */
#include "deferred_child.h"

#include <stdatomic.h>

#include "deferred_reply.h"
#include "clock.h"
#include "dispatcher.h"
#include "crosstown_deferred.h"
#include "deferreds.h"

static crosstown_deferreds_t table;   /* set at start-up */
static atomic_int leaving;            /* atomic */
static ct_alarm_t end_of_patience;    /* the clock's, once leaving is set */

static void log_unhandled(apr_status_t status, const char *message)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf,
                 CTLOGNO(01601) "a failure that nobody handled: %s (%d)",
                 message, status);
}

static void release_waiters(void *unused)
{
    ct_deferreds_release_waiters();
}

void ct_deferred_child_leave(apr_interval_time_t patience)
{
    if (atomic_exchange(&leaving, 1)) {
        return;
    }
    if (patience <= 0
        || ct_clock_set(&end_of_patience, patience) != APR_SUCCESS) {
        ct_deferreds_release_waiters();
    }
}

static const crosstown_deferreds_t *crosstown_deferreds(void)
{
    return &table;
}

void ct_deferred_child_export(void)
{
    ct_deferreds_fill(&table);
    ct_deferred_reply_fill(&table);
    APR_REGISTER_OPTIONAL_FN(crosstown_deferreds);
}

void ct_deferred_child_start(server_rec *s, int threaded)
{
    ct_deferreds_with_t with = { 0 };
    apr_status_t rv;

    atomic_store(&leaving, 0);
    end_of_patience = (ct_alarm_t){ .ring = release_waiters,
                                    .drop = release_waiters };
    with.unhandled = log_unhandled;
    with.submit = APR_RETRIEVE_OPTIONAL_FN(crosstown_submit);
    with.on_pool_thread = ct_dispatcher_here;
    with.guard_signals = !threaded;
    rv = ct_deferreds_start(&with);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, CTLOGNO(01602)
                     "deferreds cannot start: nothing can be called or timed "
                     "in this child");
    }
}
