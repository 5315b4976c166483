/* SPDX-License-Identifier: Apache-2.0 */
/* deferred_child: all is static, because a failure may be told after pchild is
 * gone. A child that leaves gracefully looks again and again whether its
 * waiters have to go, since a harder stop may be ordered in between, and that
 * is told inside a signal's handler, where nobody can be woken. */
#include "deferred_child.h"

#include <stdatomic.h>

#include "deferred_reply.h"
#include "clock.h"
#include "dispatcher.h"
#include "crosstown_deferred.h"
#include "deferreds.h"
#include "log_rate_limit.h"
#include "stop_signals.h"

static crosstown_deferreds_t table;   /* set at start-up */
/* Between two looks. */
#define LOOK (APR_USEC_PER_SEC / 20)

static atomic_int leaving;            /* atomic: an exchange, once */
static apr_time_t patient_until;      /* set before next_look is */
static ct_alarm_t next_look;          /* the clock's, once leaving is set */

static void tell_unhandled(server_rec *s, const char *unused,
                           unsigned int held)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, CTLOGNO(01610) "%u more "
                 "failure(s) that nobody handled have no line of their own",
                 held);
}

static ct_rate_limit_t unhandled = CT_RATE_LIMIT(5, tell_unhandled);

static void log_unhandled(apr_status_t status, const char *message)
{
    if (ct_rate_limit_allows(&unhandled, ap_server_conf, NULL)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf,
                     CTLOGNO(01601) "a failure that nobody handled: %s (%d)",
                     message, status);
    }
}

static void release_waiters(void *unused)
{
    ct_deferreds_release_waiters();
}

static void look(void *unused)
{
    apr_interval_time_t left = patient_until - ct_clock_now();

    if (left <= 0 || ct_stop_signals_noted()
        || ct_clock_set(&next_look, left < LOOK ? left : LOOK)
           != APR_SUCCESS) {
        ct_deferreds_release_waiters();
    }
}

void ct_deferred_child_leave(apr_interval_time_t patience)
{
    if (!atomic_exchange(&leaving, 1)) {
        patient_until = ct_clock_now() + patience;
        look(NULL);
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

void ct_deferred_child_start(server_rec *s)
{
    ct_deferreds_with_t with = { 0 };
    apr_status_t rv;

    atomic_store(&leaving, 0);
    next_look = (ct_alarm_t){ .ring = look, .drop = release_waiters };
    with.unhandled = log_unhandled;
    with.submit = APR_RETRIEVE_OPTIONAL_FN(crosstown_submit);
    with.on_pool_thread = ct_dispatcher_on_worker;
    with.before_use = ct_stop_signals_ready;
    rv = ct_deferreds_start(&with);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, CTLOGNO(01602)
                     "deferreds cannot start: nothing can be called or timed "
                     "in this child");
    }
}
