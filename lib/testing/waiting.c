/* SPDX-License-Identifier: Apache-2.0 */
/* waiting: who waits for a deferred here is the only thread there is: so it
 * runs what waits for a thread, and when there is nothing it lets time go by.
 * All else is the module's own, also when to refuse.
 * Thread: the test's.
 * Lifetime: one test. */
#include "clock.h"
#include "deferred.h"
#include "stage.h"
#include "virtual_time.h"

/* The shortest wait that is one: the module's own refuses it where a longer
 * one would be for ever. */
#define MOMENT 1                     /* microsecond */

static crosstown_deferreds_t own;    /* the module's table, as it was */
static int next_is_late;             /* answer, that is */
static int is_late;                  /* the answer that waits now */

static apr_status_t wait_and_help(crosstown_deferred_t *d,
                                  apr_interval_time_t timeout,
                                  crosstown_result_t *result)
{
    apr_time_t now = ct_clock_now();
    apr_time_t until = timeout < APR_INT64_MAX - now ? now + timeout
                       : APR_INT64_MAX;
    apr_status_t rv;

    if (timeout <= 0) {
        return own.wait(d, timeout, result);
    }
    do {
        rv = own.wait(d, MOMENT, result);
    } while (rv == APR_TIMEUP
             && ((!is_late && crosstown_test_run_next())
                 || ct_virtual_time_step(until)));
    return rv;
}

/* @param by  the module's own answer() or answer_or_cancel() */
static int answer_by(int (*by)(request_rec *r, crosstown_deferred_t *d,
                               apr_interval_time_t timeout),
                     request_rec *r, crosstown_deferred_t *d,
                     apr_interval_time_t timeout)
{
    int outer = is_late;
    int status;

    is_late = next_is_late;
    next_is_late = 0;
    status = by(r, d, timeout);
    is_late = outer;
    return status;
}

static int answer(request_rec *r, crosstown_deferred_t *d,
                  apr_interval_time_t timeout)
{
    return answer_by(own.answer, r, d, timeout);
}

static int answer_or_cancel(request_rec *r, crosstown_deferred_t *d,
                            apr_interval_time_t timeout)
{
    return answer_by(own.answer_or_cancel, r, d, timeout);
}

void crosstown_test_late(void)
{
    (void)ct_stage();
    next_is_late = 1;
}

/* The table is the module's own, made anew when it is loaded; const is for
 * others. */
void ct_waiting_replace(const crosstown_deferreds_t *deferreds)
{
    crosstown_deferreds_t *table = (crosstown_deferreds_t *)deferreds;

    own = *table;
    next_is_late = is_late = 0;
    table->wait = wait_and_help;
    table->answer = answer;
    table->answer_or_cancel = answer_or_cancel;
}
