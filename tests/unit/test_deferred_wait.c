/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: threads that wait for what becomes of it: what they are told, and
 * by what they are woken. */
#include "support_waiter.h"

#include <signal.h>

#include "deferreds.h"

#define MOMENT 2000                      /* microseconds */

static void what_is_there_is_read_as_often_as_one_likes(void **state)
{
    crosstown_deferred_t *d = fired("x");
    waiter_t waiter = WAITER(d, WAITER_PATIENCE);
    int i;

    for (i = 0; i < 3; ++i) {
        waiter_wait(&waiter);
        assert_int_equal(waiter.rv, APR_SUCCESS);
        assert_int_equal(waiter.result.status, APR_SUCCESS);
        assert_string_equal(waiter.result.result, "x");
        assert_null(waiter.result.message);
    }
    assert_result(d, "x");
    deferreds->release(d);
}

static void nothing_is_filled_in_before_it_is_there(void **state)
{
    crosstown_deferred_t *d = fresh();
    crosstown_result_t result, before;

    memset(&result, 0x55, sizeof(result));
    result.size = sizeof(result);
    before = result;
    assert_int_equal(deferreds->wait(d, 0, &result), APR_TIMEUP);
    assert_int_equal(deferreds->wait(d, MOMENT, &result), APR_TIMEUP);
    assert_memory_equal(&result, &before, sizeof(result));
    deferreds->release(d);
}

static void odd_questions_are_refused(void **state)
{
    crosstown_deferred_t *d = fired("x");
    crosstown_result_t result;

    memset(&result, 0, sizeof(result));
    result.size = sizeof(result);
    assert_int_equal(deferreds->wait(d, -1, &result), APR_EINVAL);
    assert_int_equal(deferreds->wait(d, 0, NULL), APR_EINVAL);
    deferreds->release(d);
}

static void a_timeout_is_waited_for(void **state)
{
    crosstown_deferred_t *d = fresh();
    waiter_t waiter = WAITER(d, 20 * MOMENT);
    apr_time_t start = clock_now();

    waiter_wait(&waiter);
    assert_int_equal(waiter.rv, APR_TIMEUP);
    assert_true(clock_now() - start >= 20 * MOMENT);
    fire(d, "late");
    waiter_wait(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
    assert_string_equal(waiter.result.result, "late");
    deferreds->release(d);
}

static void a_waiter_is_woken(void **state)
{
    crosstown_deferred_t *d = fresh();
    waiter_t waiter;

    waiter_start(&waiter, d);
    assert_true(waiter_reached(d));
    fire(d, "x");
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
    assert_string_equal(waiter.result.result, "x");
    deferreds->release(d);
}

static void wake_up(int signal)
{
    (void)signal;
}

/* A signal does not end it. */
static void a_signal_is_not_what_is_waited_for(void **state)
{
    struct sigaction action, before;
    crosstown_deferred_t *d = fresh();
    waiter_t waiter;
    int i;

    memset(&action, 0, sizeof(action));
    action.sa_handler = wake_up;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    waiter_start(&waiter, d);
    assert_true(waiter_reached(d));
    for (i = 0; i < 100; ++i) {
        assert_int_equal(pthread_kill(waiter.thread, SIGUSR1), 0);
        apr_sleep(100);
    }
    fire(d, "x");
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
    sigaction(SIGUSR1, &before, NULL);
    deferreds->release(d);
}

static void several_waiters_are_woken(void **state)
{
    crosstown_deferred_t *d = fresh();
    waiter_t waiters[5];
    int i;

    for (i = 0; i < 5; ++i) {
        waiter_start(&waiters[i], d);
    }
    assert_true(waiter_reached(d));
    break_it(d, "no yeast");
    for (i = 0; i < 5; ++i) {
        waiter_join(&waiters[i]);
        assert_int_equal(waiters[i].rv, APR_SUCCESS);
        assert_int_equal(waiters[i].result.status, APR_EGENERAL);
        assert_string_equal(waiters[i].result.message, "no yeast");
    }
    deferreds->release(d);
    assert_unseen(0);
}

/* One gives up; the others are woken all the same. */
static void a_waiter_that_gives_up_disturbs_nobody(void **state)
{
    crosstown_deferred_t *d = fresh();
    waiter_t patient[2], hasty = WAITER(d, MOMENT);

    waiter_start(&patient[0], d);
    assert_true(waiter_reached(d));
    waiter_wait(&hasty);
    waiter_start(&patient[1], d);
    waiter_wait(&hasty);
    assert_int_equal(hasty.rv, APR_TIMEUP);
    fire(d, "x");
    waiter_join(&patient[0]);
    waiter_join(&patient[1]);
    assert_int_equal(patient[0].rv, APR_SUCCESS);
    assert_int_equal(patient[1].rv, APR_SUCCESS);
    deferreds->release(d);
}

static void a_cancelled_one_wakes_too(void **state)
{
    crosstown_deferred_t *d = fresh();
    waiter_t waiter;

    waiter_start(&waiter, d);
    assert_true(waiter_reached(d));
    deferreds->cancel(d);
    waiter_join(&waiter);
    assert_int_equal(waiter.result.status, CROSSTOWN_ECANCELED);
    deferreds->release(d);
}

static void all_waiters_are_released_at_the_end(void **state)
{
    crosstown_deferred_t *d = fresh(), *other = fired("x");
    waiter_t waiters[3], late = WAITER(d, WAITER_PATIENCE);
    int i;

    for (i = 0; i < 3; ++i) {
        waiter_start(&waiters[i], d);
    }
    assert_true(waiter_reached(d));
    ct_deferreds_release_waiters();
    for (i = 0; i < 3; ++i) {
        waiter_join(&waiters[i]);
        assert_int_equal(waiters[i].rv, APR_EOF);
    }
    waiter_wait(&late);
    assert_int_equal(late.rv, APR_EOF);
    assert_result(other, "x");
    fire(d, "too late for them");
    waiter_wait(&late);
    assert_int_equal(late.rv, APR_SUCCESS);
    deferreds->release(other);
    deferreds->release(d);
}

static void after_a_new_start_waiting_is_possible_again(void **state)
{
    crosstown_deferred_t *d = fresh();
    waiter_t waiter = WAITER(d, WAITER_PATIENCE);

    child_stop();
    waiter_wait(&waiter);
    assert_int_equal(waiter.rv, APR_EOF);
    child_start();
    waiter_start(&waiter, d);
    assert_true(waiter_reached(d));
    fire(d, "x");
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
    deferreds->release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(what_is_there_is_read_as_often_as_one_likes),
        with_deferreds(nothing_is_filled_in_before_it_is_there),
        with_deferreds(odd_questions_are_refused),
        with_deferreds(a_timeout_is_waited_for),
        with_deferreds(a_waiter_is_woken),
        with_deferreds(a_signal_is_not_what_is_waited_for),
        with_deferreds(several_waiters_are_woken),
        with_deferreds(a_waiter_that_gives_up_disturbs_nobody),
        with_deferreds(a_cancelled_one_wakes_too),
        with_deferreds(all_waiters_are_released_at_the_end),
        with_deferreds(after_a_new_start_waiting_is_possible_again),
    };

    return run_group("deferred: wait", tests);
}
