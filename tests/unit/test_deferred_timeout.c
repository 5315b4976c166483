/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: cancelled when its time is over. The clock is the real one: what
 * must not come is looked for after something that came later. */
#include "support_deferred.h"

#define MOMENT 2000                      /* microseconds */

/* Alarms ring one after the other: when this returns, those that were set
 * before and are to ring earlier have rung. */
static void let_pass(apr_interval_time_t time)
{
    crosstown_deferred_t *d = fresh();

    assert_int_equal(deferreds->timeout(d, time), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    deferreds->release(d);
}

/* Twisted: test_timedOut */
static void too_late_it_fails(void **state)
{
    crosstown_deferred_t *d = fresh();

    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    assert_failed(d, APR_TIMEUP, NULL);
    assert_int_equal(deferreds->fire(d, "too late"), APR_SUCCESS);
    assert_int_equal(deferreds->fire(d, "twice"), APR_EEXIST);
    deferreds->release(d);
}

/* The alarm may ring before timeout() returns. */
static void however_short_it_was_too_late(void **state)
{
    int i;

    for (i = 0; i < 2000; ++i) {
        crosstown_deferred_t *d = fresh();

        assert_int_equal(deferreds->timeout(d, 1), APR_SUCCESS);
        assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
        deferreds->release(d);
    }
}

/* Twisted: test_timeoutChainable */
static void in_time_it_goes_on(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    assert_int_equal(deferreds->timeout(d, SUPPORT_HOUR), APR_SUCCESS);
    on_result(d, &mark);
    fire(d, "done");
    assert_trail(&trail, "a=done");
    assert_result(d, "done");
    deferreds->release(d);
}

/* One whose chain is to be done in time, and what may then take as long as
 * it likes. */
typedef struct timed_t {
    canceller_t canceller;
    crosstown_deferred_t *d;
    canceller_t inner_canceller;
    crosstown_deferred_t *inner;
    trail_t trail;
    mark_t wait;
} timed_t;

static void timed_make(timed_t *timed)
{
    const trail_t empty = TRAIL_INIT;
    const mark_t wait = MARK(&timed->trail, "wait");

    memset(timed, 0, sizeof(*timed));
    timed->d = cancellable(&timed->canceller);
    timed->inner = cancellable(&timed->inner_canceller);
    timed->trail = empty;
    timed->wait = wait;
    timed->wait.waits_for = timed->inner;
}

static void timed_release(timed_t *timed)
{
    deferreds->release(timed->inner);
    deferreds->release(timed->d);
}

/* @return 0: this was not in time, because the machine was busy */
static int in_time(timed_t *timed, void (*end)(crosstown_deferred_t *d),
                   apr_interval_time_t timeout)
{
    apr_time_t start = clock_now();

    timed_make(timed);
    assert_int_equal(deferreds->timeout(timed->d, timeout), APR_SUCCESS);
    end(timed->d);
    if (clock_now() - start < timeout) {
        return 1;
    }
    unseen_ignore();
    timed_release(timed);
    return 0;
}

static void end_in_time(timed_t *timed, void (*end)(crosstown_deferred_t *d))
{
    apr_interval_time_t timeout = MOMENT;

    while (!in_time(timed, end, timeout)) {
        timeout *= 2;
        assert_true(timeout < apr_time_from_sec(SUPPORT_PATIENCE));
    }
    on_either(timed->d, &timed->wait);
    let_pass(2 * timeout);
    assert_int_equal(timed->wait.calls, 1);
    assert_int_equal(timed->inner_canceller.calls, 0);
    assert_pending(timed->inner);
    fire(timed->inner, "inner");
    assert_result(timed->d, "inner");
    timed_release(timed);
}

static void end_well(crosstown_deferred_t *d)
{
    fire(d, "in time");
}

static void end_badly(crosstown_deferred_t *d)
{
    break_it(d, "in time");
}

static void end_cancelled(crosstown_deferred_t *d)
{
    deferreds->cancel(d);
}

/* Twisted: test_successResultBeforeTimeout */
static void fired_in_time_nothing_is_cancelled(void **state)
{
    timed_t timed;

    end_in_time(&timed, end_well);
    assert_trail(&timed.trail, "wait=in time");
    assert_int_equal(timed.canceller.calls, 0);
}

/* Twisted: test_failureBeforeTimeout */
static void failed_in_time_nothing_is_cancelled(void **state)
{
    timed_t timed;

    end_in_time(&timed, end_badly);
    assert_trail(&timed.trail, "wait!bad");
    assert_int_equal(timed.canceller.calls, 0);
}

/* Twisted: test_cancelBeforeTimeout */
static void cancelled_in_time_it_is_not_late(void **state)
{
    timed_t timed;

    end_in_time(&timed, end_cancelled);
    assert_trail(&timed.trail, "wait!cancelled");
    assert_int_equal(timed.canceller.calls, 1);
}

/* Twisted: test_timedOutProvidedCancelSuccess */
static void a_canceller_may_save_it(void **state)
{
    canceller_t canceller = { 0, "half of it", NULL, NULL };
    crosstown_deferred_t *d = cancellable(&canceller);
    const char *result;

    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, &result), APR_SUCCESS);
    assert_string_equal(result, "half of it");
    deferreds->release(d);
}

/* Twisted: test_timedOutProvidedCancelFailure */
static void a_canceller_may_say_why(void **state)
{
    canceller_t canceller = { 0, NULL, "what!", NULL };
    crosstown_deferred_t *d = cancellable(&canceller);

    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_EGENERAL);
    assert_failed(d, APR_EGENERAL, "what!");
    deferreds->release(d);
}

/* Twisted: test_errbackAddedBeforeTimeout */
static void links_before_it_see_it_cancelled(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t before = MARK(&trail, "before"), after = MARK(&trail, "after");
    crosstown_deferred_t *d = fresh();

    before.lets_pass = after.lets_pass = 1;
    on_failure(d, &before);
    deferreds->pause(d);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    on_failure(d, &after);
    deferreds->resume(d);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    assert_trail(&trail, "before!cancelled after!late");
    deferreds->release(d);
}

/* Twisted: test_errbackAddedBeforeTimeoutSuppressesCancellation */
static void links_before_it_may_mend_it(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t before = MARK(&trail, "before");
    crosstown_deferred_t *d = fresh();
    const char *result;

    before.gives = "mended";
    on_failure(d, &before);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, &result), APR_SUCCESS);
    assert_string_equal(result, "mended");
    assert_trail(&trail, "before!cancelled");
    deferreds->release(d);
}

/* Twisted: test_callbackAddedToCancelerBeforeTimeout */
static void links_before_it_see_what_a_canceller_saved(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t before = MARK(&trail, "before");
    canceller_t canceller = { 0, "success", NULL, NULL };
    crosstown_deferred_t *d = cancellable(&canceller);

    on_result(d, &before);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_SUCCESS);
    assert_trail(&trail, "before=success");
    assert_result(d, "success");
    deferreds->release(d);
}

static void what_it_waits_for_is_cancelled(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait");
    canceller_t canceller = { 0, NULL, NULL, NULL };
    crosstown_deferred_t *inner = cancellable(&canceller);
    crosstown_deferred_t *d = fired("x");

    wait.waits_for = inner;
    on_result(d, &wait);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    assert_int_equal(canceller.calls, 1);
    deferreds->release(inner);
    deferreds->release(d);
}

static void the_shorter_of_two_counts(void **state)
{
    crosstown_deferred_t *d = fresh(), *e = fresh();

    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(deferreds->timeout(d, SUPPORT_HOUR), APR_SUCCESS);
    assert_int_equal(deferreds->timeout(e, SUPPORT_HOUR), APR_SUCCESS);
    assert_int_equal(deferreds->timeout(e, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    assert_int_equal(wait_for_end(e, NULL), APR_TIMEUP);
    deferreds->release(d);
    deferreds->release(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(too_late_it_fails),
        with_deferreds(however_short_it_was_too_late),
        with_deferreds(in_time_it_goes_on),
        with_deferreds(fired_in_time_nothing_is_cancelled),
        with_deferreds(failed_in_time_nothing_is_cancelled),
        with_deferreds(cancelled_in_time_it_is_not_late),
        with_deferreds(a_canceller_may_save_it),
        with_deferreds(a_canceller_may_say_why),
        with_deferreds(links_before_it_see_it_cancelled),
        with_deferreds(links_before_it_may_mend_it),
        with_deferreds(links_before_it_see_what_a_canceller_saved),
        with_deferreds(what_it_waits_for_is_cancelled),
        with_deferreds(the_shorter_of_two_counts),
    };

    return run_group("deferred: timeout", tests);
}
