/* SPDX-License-Identifier: Apache-2.0 */
/* timeout: an alarm that cancels, and a link at the end of the chain that
 * takes it out of the clock, or says that it was the alarm who cancelled. The
 * links that follow run on the pool: the clock has others to wake.
 *
 * Thread: any; the alarm rings on the clock's.
 * Lifetime: until both the link and the alarm, with who cancels for it, are
 * through with it. The alarm has a reference to the deferred. */
#include "deferred.h"

#include <stdlib.h>

#include "clock.h"
#include "deferreds.h"

typedef struct timeout_t {
    ct_tap_t tap;
    ct_alarm_t alarm;
    crosstown_deferred_t *d;         /* set once; the alarm's reference */
    atomic_int passed;               /* atomic: the chain was through */
    atomic_int holders;              /* atomic: the link, and the alarm or who
                                        cancels for it */
} timeout_t;

static void let_go(timeout_t *timeout, int holds)
{
    if (atomic_fetch_sub(&timeout->holders, holds) == holds) {
        free(timeout);
    }
}

/* What the alarm has of it. */
static void drop(void *data)
{
    timeout_t *timeout = data;

    ct_deferred_release(timeout->d);
    let_go(timeout, 1);
}

/* The pool may come late: what was added to the chain since it was through is
 * none of this one's business. */
static void cancel(timeout_t *timeout)
{
    if (!atomic_load(&timeout->passed)) {
        ct_deferred_cancel(timeout->d);
    }
}

static apr_status_t cancel_there(const crosstown_task_t *task, void *data)
{
    cancel(data);
    return APR_SUCCESS;
}

static void over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    if (outcome != CROSSTOWN_RAN) {
        cancel(data);
    }
    drop(data);
}

static void ring(void *data)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.name = "timeout";
    opts.over = over;
    if (ct_deferreds_with()->submit(NULL, cancel_there, data, &opts)
        != APR_SUCCESS) {
        cancel(data);
        drop(data);
    }
}

static crosstown_deferred_t *pass(ct_tap_t *tap, crosstown_deferred_t *d)
{
    timeout_t *timeout = (timeout_t *)tap;
    int holds = 1;

    atomic_store(&timeout->passed, 1);
    if (ct_clock_unset(&timeout->alarm)) {
        ct_deferred_release(timeout->d);
        holds = 2;
    }
    if (d && timeout->alarm.rang && d->status == CROSSTOWN_ECANCELED) {
        ct_failure_text_fail(d, APR_TIMEUP, NULL);
    }
    let_go(timeout, holds);
    return NULL;
}

apr_status_t ct_timeout_set(crosstown_deferred_t *d,
                            apr_interval_time_t after)
{
    apr_status_t rv = d && after > 0 ? ct_deferreds_open() : APR_EINVAL;
    timeout_t *timeout;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    timeout = calloc(1, sizeof(*timeout));
    if (!timeout) {
        return APR_ENOMEM;
    }
    timeout->tap.over = pass;
    timeout->alarm.ring = ring;
    timeout->alarm.drop = drop;
    timeout->alarm.what = timeout;
    timeout->d = ct_deferred_keep(d);
    atomic_init(&timeout->holders, 2);
    ct_deferreds_before_use();
    rv = ct_clock_set(&timeout->alarm, after);
    if (rv != APR_SUCCESS) {
        ct_deferred_release(d);
        free(timeout);
        return rv;
    }
    rv = ct_chain_tap(d, &timeout->tap);
    if (rv != APR_SUCCESS) {
        (void)pass(&timeout->tap, NULL);
    }
    return rv;
}
