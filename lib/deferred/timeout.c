/* SPDX-License-Identifier: Apache-2.0 */
/* timeout: an alarm that cancels, and a link at the end of the chain that
 * takes it out of the clock, or says that it was the alarm who cancelled. The
 * links that follow run on the clock's thread and not on the pool's: they
 * would come late where that is busy, and never where it waits for them. */
#include "deferred.h"

#include <stdlib.h>

#include "clock.h"
#include "deferreds.h"

typedef struct timeout_t {
    ct_tap_t tap;
    ct_alarm_t alarm;
    crosstown_deferred_t *d;         /* set once; the alarm's reference */
    atomic_int rang;                 /* atomic: it was the alarm; seen by who
                                        is cancelled, which locks order */
    atomic_int passed;               /* atomic: the chain was through; seq_cst,
                                        for pass() and start() each write one
                                        thing and then read another */
    atomic_int holders;              /* atomic: the link, the alarm, and who
                                        sets it; seq_cst: the last one frees */
} timeout_t;

static void let_go(timeout_t *timeout)
{
    if (atomic_fetch_sub(&timeout->holders, 1) == 1) {
#ifndef __clang_analyzer__           /* which takes any holder for the last */
        free(timeout);
#endif
    }
}

/* What the alarm has of it. */
static void drop(void *data)
{
    timeout_t *timeout = data;

    ct_deferred_release(timeout->d);
    let_go(timeout);
}

/* What was added to the chain since it was through is none of this one's
 * business. */
static void ring(void *data)
{
    timeout_t *timeout = data;

    atomic_store(&timeout->rang, 1);
    if (!atomic_load(&timeout->passed)) {
        ct_deferred_cancel(timeout->d);
    }
    drop(timeout);
}

static void unset(timeout_t *timeout)
{
    if (ct_clock_unset(&timeout->alarm)) {
        drop(timeout);
    }
}

static crosstown_deferred_t *pass(ct_tap_t *tap, crosstown_deferred_t *d)
{
    timeout_t *timeout = (timeout_t *)tap;

    atomic_store(&timeout->passed, 1);
    unset(timeout);
    if (d && atomic_load(&timeout->rang)
        && d->status == CROSSTOWN_ECANCELED) {
        ct_failure_text_fail(d, APR_TIMEUP, NULL);
    }
    let_go(timeout);
    return NULL;
}

/* The link is added first: the alarm may ring at once. */
static apr_status_t start(timeout_t *timeout, apr_interval_time_t after)
{
    apr_status_t rv = ct_chain_tap(timeout->d, &timeout->tap);

    if (rv != APR_SUCCESS) {
        let_go(timeout);
        drop(timeout);
        return rv;
    }
    rv = ct_clock_set(&timeout->alarm, after);
    if (rv != APR_SUCCESS) {
        drop(timeout);
    }
    else if (atomic_load(&timeout->passed)) {
        unset(timeout);
    }
    return rv;
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
    atomic_init(&timeout->holders, 3);
    ct_deferreds_before_use();
    rv = start(timeout, after);
    let_go(timeout);
    return rv;
}
