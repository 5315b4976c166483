/* SPDX-License-Identifier: Apache-2.0 */
/* child: lib/httpd/child.h without a process: child_init brings a dispatcher,
 * a stop drains it without patience. No signal comes in between, so nothing
 * is guarded.
 * Thread: the test's.
 * Lifetime: one test. */
#include "child.h"

#include "ap_mpm.h"

#include "config.h"
#include "deferreds.h"
#include "deferred_child.h"
#include "outcomes.h"
#include "server_limit.h"
#include "single.h"
#include "stage.h"
#include "stop_signals.h"

static ct_dispatcher_t *dispatcher;
static int leaving;

static apr_status_t forget(void *unused)
{
    ct_single_stop();
    ct_dispatcher_destroy(dispatcher);
    dispatcher = NULL;
    leaving = 0;
    return APR_SUCCESS;
}

void ct_child_start(apr_pool_t *pchild, server_rec *s)
{
    ct_dispatcher_settings_t settings;

    ct_outcomes_look_up();
    ct_deferred_child_start(s);
    ct_task_id_start();
    memset(&settings, 0, sizeof(settings));
    settings.threads_min = settings.threads_max = 1;
    settings.queue_max = ct_config()->queue_max;
    settings.report = ct_outcomes_report;
    if (ct_dispatcher_make(&dispatcher, &settings) != APR_SUCCESS) {
        ct_stage_misused("out of memory");
    }
    apr_pool_cleanup_register(pchild, NULL, forget, apr_pool_cleanup_null);
}

void ct_child_stopping(apr_pool_t *pchild, int graceful)
{
    ct_single_stop();
}

void ct_single_stop(void)
{
    ct_drained_t drained;

    leaving = 1;
    if (dispatcher && !ct_dispatcher_closed(dispatcher)) {
        ct_deferreds_release_waiters();
        ct_dispatcher_drain(dispatcher, 0, &drained);
        ct_deferreds_stop();
    }
}

void ct_child_look(void)
{
}

int ct_child_is_stopping(void)
{
    return leaving;
}

apr_time_t ct_child_deadline(void)
{
    return leaving ? apr_time_now() + ct_config()->drain : 0;
}

/* A consumer's test may have an ap_mpm_query() of its own. */
int ct_child_is_threaded(void)
{
    int threaded = 0;

    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    return threaded;
}

/* There is no other child to count. */
void ct_server_limit_register(void)
{
}

void ct_stop_signals_ready(void)
{
}

int ct_stop_signals_noted(void)
{
    return leaving;
}

void ct_stop_signals_guard(void)
{
}

void ct_stop_signals_unguard(void)
{
}

ct_dispatcher_t *ct_child_dispatcher(void)
{
    return dispatcher;
}
