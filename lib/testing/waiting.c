/* SPDX-License-Identifier: Apache-2.0 */
/* waiting: who waits for a deferred here is the only thread there is: so it
 * runs what waits for a thread, and when there is nothing it lets time go by.
 * All else is the module's own wait(), also when to refuse.
 * Thread: the test's.
 * Lifetime: no state. */
#include "clock.h"
#include "deferred.h"
#include "virtual_time.h"

/* The shortest wait that is one: the module's own refuses it where a longer
 * one would be for ever. */
#define MOMENT 1                     /* microsecond */

static apr_status_t wait_and_help(crosstown_deferred_t *d,
                                  apr_interval_time_t timeout,
                                  crosstown_result_t *result)
{
    apr_time_t now = ct_clock_now();
    apr_time_t until = timeout < APR_INT64_MAX - now ? now + timeout
                       : APR_INT64_MAX;
    apr_status_t rv;

    if (timeout <= 0) {
        return ct_wait_result(d, timeout, result);
    }
    do {
        rv = ct_wait_result(d, MOMENT, result);
    } while (rv == APR_TIMEUP
             && (crosstown_test_run_next() || ct_virtual_time_step(until)));
    return rv;
}

/* The table is the module's own, made at start-up; const is for others. */
void ct_waiting_replace(const crosstown_deferreds_t *deferreds)
{
    ((crosstown_deferreds_t *)deferreds)->wait = wait_and_help;
}
