/* SPDX-License-Identifier: Apache-2.0 */
/* child: see child.h.
 *
 * The drain is a pre-clean-up of pchild: event and worker destroy that pool
 * after their request threads are joined, prefork when the process leaves,
 * often inside the handler of SIGTERM. child_stopping is too early to drain
 * (requests still run, and at MaxConnectionsPerChild it is the listener that
 * calls it) but says when the stop began.
 *
 * Thread: as child.h says.
 * Lifetime: statics, because a request may be logged after pchild is gone. */
#include "child.h"

#include <dlfcn.h>
#include <signal.h>

#include "ap_mpm.h"
#include "apr_atomic.h"
#include "clock.h"
#include "config.h"
#include "deferreds.h"
#include "faults.h"
#include "deferred_child.h"
#include "outcomes.h"
#include "scoreboard.h"
#include "slow.h"
#include "accounting.h"
#include "output_filter.h"

#define LINGER           apr_time_from_sec(10)
#define TURN_PATIENCE    (APR_USEC_PER_SEC / 10)

static ct_dispatcher_t *dispatcher;       /* set in child_init and the drain */
static int threaded;                      /* set once */
static apr_time_t started;                /* set once; monotonic */
static volatile apr_uint32_t stop;        /* atomic: milliseconds from started
                                             to the hard stop; 0: none */
static volatile apr_uint32_t leaving;     /* atomic: a stop of any kind has
                                             begun */

static apr_time_t monotonic(void)
{
    return ct_clock_now() - (ct_fault(CT_FAULT_CLOCK) ? apr_time_from_sec(3600)
                                                      : 0);
}

static void note_stop(void)
{
    apr_interval_time_t now = (monotonic() - started) / 1000;

    apr_atomic_cas32(&stop, now > 0 ? (apr_uint32_t)now : 1, 0);
}

/* A graceful stop has no parent waiting with a SIGKILL: there the drain has
 * its full time from when the last request is done. */
static apr_interval_time_t patience(void)
{
    apr_interval_time_t allowed = ct_config_limits()->drain;
    apr_uint32_t noted = apr_atomic_read32(&stop);
    apr_interval_time_t passed;

    if (!noted) {
        return allowed;
    }
    if (allowed > CT_CHILD_PARENTS_PATIENCE) {
        allowed = CT_CHILD_PARENTS_PATIENCE;
    }
    passed = monotonic() - started - (apr_interval_time_t)noted * 1000;
    if (passed < 0) {
        passed = 0;
    }
    return passed < allowed ? allowed - passed : 0;
}

/* Prefork's request thread runs tasks with signals blocked: a stop that has
 * been asked for is pending then. */
static int stop_is_pending(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0
           && (sigismember(&pending, SIGTERM)
               || sigismember(&pending, SIGHUP));
}

static apr_interval_time_t time_left(void)
{
    if (!threaded && stop_is_pending()) {
        note_stop();
    }
    return apr_atomic_read32(&stop) ? patience() : -1;
}

void ct_child_stopping(apr_pool_t *pchild, int graceful)
{
    if (!dispatcher) {
        return;
    }
    apr_atomic_set32(&leaving, 1);
    if (graceful) {
        ct_deferred_child_leave(ct_config_limits()->drain);
    }
    else {
        ct_deferreds_release_waiters();
        note_stop();
    }
}

/* Prefork notes it in its own state when it is asked for a graceful stop. */
static int prefork_is_leaving(void)
{
    int state = AP_MPMQ_RUNNING;

    return !threaded && ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS
           && state == AP_MPMQ_STOPPING;
}

void ct_child_look(void)
{
    if (prefork_is_leaving()) {
        ct_deferred_child_leave(ct_config_limits()->drain);
    }
}

apr_time_t ct_child_deadline(void)
{
    apr_interval_time_t left;

    if (!ct_child_is_stopping()) {
        return 0;
    }
    left = time_left();
    return apr_time_now() + (left >= 0 ? left : ct_config_limits()->drain);
}

int ct_child_is_stopping(void)
{
    return apr_atomic_read32(&leaving) || prefork_is_leaving()
           || (!threaded && stop_is_pending());
}

ct_dispatcher_t *ct_child_dispatcher(void)
{
    return dispatcher;
}

void ct_child_guard(ct_signals_t *signals)
{
    if (!threaded) {
        ct_signals_block(signals);
    }
}

void ct_child_unguard(const ct_signals_t *signals)
{
    if (!threaded) {
        ct_signals_restore(signals);
    }
}

static void log_drained(const server_rec *s, const ct_drained_t *drained)
{
    char left[CT_SLOW_LIST_SIZE] = "";

    if (drained->left_running) {
        ct_slow_list(left);
    }
    if (drained->stopped || drained->left_running) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(01401)
                     "the child stops: %u waiting task(s) were not started, "
                     "%u still running were left behind (CrosstownDrain %d)%s",
                     (unsigned)drained->stopped,
                     (unsigned)drained->left_running,
                     (int)apr_time_sec(ct_config_limits()->drain), left);
    }
}

static apr_status_t drain(void *data)
{
    ct_drained_t drained;
    server_rec *s = data;

    apr_atomic_set32(&leaving, 1);
    ct_deferreds_release_waiters();
    if (!threaded) {
        note_stop();
    }
    ct_dispatcher_drain(dispatcher, patience(), &drained);
    ct_deferreds_stop();
    ct_outcomes_flush(s);
    log_drained(s, &drained);
    return APR_SUCCESS;
}

/* exit() of a single-process server (-X) unloads the modules while a runner
 * may be on its way out of this one's code. Children only: a restart of the
 * parent still loads the module afresh. */
static void stay_loaded(void)
{
    Dl_info self;

    if (dladdr(&dispatcher, &self) != 0) {
        (void)dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
    }
}

int ct_child_is_threaded(void)
{
    return threaded;
}

void ct_child_start(apr_pool_t *pchild, server_rec *s)
{
    const ct_limits_t *limits = ct_config_limits();
    ct_dispatcher_settings_t settings;
    apr_status_t rv;

    threaded = 0;
    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    started = monotonic();
    apr_atomic_set32(&stop, 0);
    apr_atomic_set32(&leaving, 0);
    stay_loaded();
    ct_task_id_start();
    ct_outcomes_look_up();
    ct_scoreboard_take(s);
    /* What this thread has of its own is made now: in prefork a signal's
     * handler may count, which must not allocate it then. */
    ct_accounting_pause();
    ct_output_filter_look_up();
    settings.threads_min = limits->threads_min;
    settings.threads_max = limits->threads_max;
    settings.queue_max = limits->queue_max;
    settings.linger = LINGER;
    settings.patience = TURN_PATIENCE;
    settings.guard_signals = !threaded;
    settings.now = monotonic;
    settings.time_left = time_left;
    settings.report = ct_outcomes_queued_ends;
    settings.gauges = &ct_scoreboard_mine()->gauges;
    settings.quotas = limits->quotas;
    rv = ct_dispatcher_make(&dispatcher, &settings);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, CTLOGNO(01402)
                     "no dispatcher could be made: every task of this child "
                     "will end as stopped");
        return;
    }
    ct_deferred_child_start(s, threaded);
    ct_slow_start(s);
    apr_pool_pre_cleanup_register(pchild, s, drain);
}
