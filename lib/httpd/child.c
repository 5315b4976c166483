/* SPDX-License-Identifier: Apache-2.0 */
/* child: the drain is a pre-clean-up of pchild: event and worker destroy that
 * pool after their request threads are joined, prefork when its main thread
 * has left its loop or was cut off by a signal (see stop_signals.c).
 * child_stopping is too early to drain: requests still run, and at
 * MaxConnectionsPerChild it is the listener that calls it. All is static,
 * because a request may be logged after pchild is gone. */
#include "child.h"

#include <dlfcn.h>
#include <stdatomic.h>

#include "ages.h"
#include "ap_mpm.h"
#include "clock.h"
#include "config.h"
#include "control.h"
#include "dispatch.h"
#include "deferreds.h"
#include "faults.h"
#include "deferred_child.h"
#include "log_id.h"
#include "log_rate_limit.h"
#include "open_requests.h"
#include "outcomes.h"
#include "scoreboard.h"
#include "server_limit.h"
#include "slow.h"
#include "accounting.h"
#include "output_filter.h"
#include "stop_signals.h"

#define LINGER           apr_time_from_sec(10)
#define TURN_PATIENCE    (APR_USEC_PER_SEC / 10)

static ct_dispatcher_t *dispatcher;       /* set in child_init and the drain */
static int threaded;                      /* set once */
static server_rec *main_server;           /* set once; for the log */
static atomic_int leaving;                /* atomic: a stop of any kind has
                                             begun; a flag: no order */
static _Atomic apr_time_t drain_end;      /* atomic; monotonic; 0: it has not
                                             begun; all of it in one word */

static apr_time_t monotonic(void)
{
    return ct_clock_now() - (ct_fault(CT_FAULT_CLOCK) ? apr_time_from_sec(3600)
                                                      : 0);
}

/* A graceful stop has no parent waiting with a SIGKILL: there the drain has
 * its full time from when the last request is done. */
static apr_interval_time_t patience(void)
{
    return ct_stop_signals_left(ct_config()->drain);
}

static apr_interval_time_t time_left(void)
{
    return ct_stop_signals_noted() ? patience() : -1;
}

/* What prefork says of `graceful` is never right: there the signals tell. */
void ct_child_stopping(apr_pool_t *pchild, int graceful)
{
    if (!dispatcher) {
        return;
    }
    atomic_store(&leaving, 1);
    if (threaded && !graceful) {
        ct_stop_signals_note();
        ct_deferreds_release_waiters();
    }
    else if (threaded) {
        ct_deferred_child_leave(ct_config()->drain);
    }
    ct_stop_signals_leave();
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
        ct_deferred_child_leave(ct_config()->drain);
    }
}

apr_time_t ct_child_deadline(void)
{
    apr_time_t ends = atomic_load(&drain_end);
    apr_interval_time_t left = patience();

    if (!ct_child_is_stopping()) {
        return 0;
    }
    if (ends && ends - monotonic() < left) {
        left = ends - monotonic();
    }
    return apr_time_now() + (left > 0 ? left : 0);
}

int ct_child_is_stopping(void)
{
    return atomic_load(&leaving) || ct_stop_signals_noted()
           || prefork_is_leaving();
}

ct_dispatcher_t *ct_child_dispatcher(void)
{
    return dispatcher;
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
                     (int)apr_time_sec(ct_config()->drain), left);
    }
}

static void drain(void)
{
    ct_drained_t drained;

    atomic_store(&leaving, 1);
    ct_rate_limit_close();
    ct_deferreds_release_waiters();
    if (threaded) {
        ct_open_requests_stop();
    }
    atomic_store(&drain_end, monotonic() + patience());
    ct_dispatcher_drain(dispatcher, patience(), &drained);
    ct_deferreds_stop();
    ct_rate_limit_flush();
    log_drained(main_server, &drained);
}

/* Nothing was ever queued, and no deferred waits for anything. */
static void close_at_once(void)
{
    ct_drained_t drained;

    atomic_store(&leaving, 1);
    ct_rate_limit_close();
    ct_dispatcher_drain(dispatcher, 0, &drained);
}

static apr_status_t end(void *unused)
{
    ct_stop_signals_drain();
    return APR_SUCCESS;
}

/* exit() of a single-process server (-X) unloads the modules while a worker
 * may be on its way out of this one's code. Children only: a restart of the
 * parent still loads the module afresh. */
static void stay_loaded(void)
{
    Dl_info self;

    if (dladdr(&dispatcher, &self) != 0) {
        (void)dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
}

static void show_peaks(const ct_name_limits_t *limits)
{
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        unsigned int name = ct_name_ids_find(limits->all[i].name);

        limits->all[i].peaks = &ct_scoreboard_child()->peaks[name];
    }
}

static void note_oldest(const ct_oldest_t *oldest)
{
    ct_ages_note(oldest->waiting, oldest->retrying);
}

int ct_child_is_threaded(void)
{
    return threaded;
}

void ct_child_start(apr_pool_t *pchild, server_rec *s)
{
    static const ct_stop_signals_with_t at_the_end = {
        .drain = drain, .close = close_at_once
    };
    const ct_config_t *config = ct_config();
    ct_dispatcher_settings_t settings;
    apr_status_t rv;

    threaded = 0;
    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    main_server = s;
    atomic_store(&leaving, 0);
    atomic_store(&drain_end, 0);
    stay_loaded();
    ct_task_id_start();
    ct_log_id_look_up();
    ct_outcomes_look_up();
    ct_scoreboard_take(s);
    /* What this thread has of its own is made now: in prefork a signal's
     * handler may count, which must not allocate it then. */
    ct_accounting_pause();
    ct_output_filter_look_up();
    settings.threads_min = config->threads_min;
    settings.threads_max = config->threads_max;
    settings.queue_max = config->queue_max;
    settings.linger = LINGER;
    settings.patience = TURN_PATIENCE;
    settings.now = monotonic;
    settings.time_left = time_left;
    settings.report = ct_outcomes_report;
    settings.report.refused = ct_dispatch_refused;
    settings.gauges = &ct_scoreboard_child()->gauges;
    ct_server_limit_start(&config->name_limits);
    show_peaks(&config->name_limits);
    settings.name_limits = config->name_limits;
    settings.switches = ct_control_switches();
    settings.threads_room = settings.switches ? ct_control_most_threads() : 0;
    settings.oldest = note_oldest;
    rv = ct_dispatcher_make(&dispatcher, &settings);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, CTLOGNO(01402)
                     "no dispatcher could be made: every task of this child "
                     "will end as stopped");
        return;
    }
    ct_stop_signals_start(&at_the_end, threaded);
    ct_deferred_child_start(s);
    ct_slow_start();
    apr_pool_pre_cleanup_register(pchild, NULL, end);
}
