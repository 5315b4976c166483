/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: threads that wait for what becomes of it. */
#include "support_deferred.h"

#include <signal.h>

#include "deferreds.h"
#include "support_calls.h"

#define PATIENCE apr_time_from_sec(SUPPORT_PATIENCE)
#define MOMENT 2000                      /* microseconds */

/* A thread that waits. Its result is read after join(). */
typedef struct waiter_t {
    crosstown_deferred_t *d;
    apr_interval_time_t timeout;
    apr_status_t rv;
    crosstown_result_t result;
    pthread_t thread;
    apr_interval_time_t took;
} waiter_t;

static void wait_here(void *data)
{
    waiter_t *waiter = data;
    apr_time_t start = clock_now();

    memset(&waiter->result, 0, sizeof(waiter->result));
    waiter->result.size = sizeof(waiter->result);
    waiter->rv = deferreds->wait(waiter->d, waiter->timeout, &waiter->result);
    waiter->took = clock_now() - start;
}

static void *wait_there(void *data)
{
    wait_here(data);
    return NULL;
}

static void waiter_start(waiter_t *waiter, crosstown_deferred_t *d)
{
    waiter->d = d;
    waiter->timeout = PATIENCE;
    waiter->thread = own_thread(wait_there, waiter);
}

/* It has been woken: it did not just sleep to its end. */
static void waiter_join(waiter_t *waiter)
{
    pthread_join(waiter->thread, NULL);
    assert_true(waiter->took < waiter->timeout);
}

static void what_is_there_is_read_as_often_as_one_likes(void **state)
{
    crosstown_deferred_t *d = fired("x");
    waiter_t waiter = { d, PATIENCE, 0, { 0 }, 0, 0 };
    int i;

    for (i = 0; i < 3; ++i) {
        wait_here(&waiter);
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
    waiter_t waiter = { d, 20 * MOMENT, 0, { 0 }, 0, 0 };
    apr_time_t start = clock_now();

    wait_here(&waiter);
    assert_int_equal(waiter.rv, APR_TIMEUP);
    assert_true(clock_now() - start >= 20 * MOMENT);
    fire(d, "late");
    wait_here(&waiter);
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
    waiter_t patient[2], hasty = { d, MOMENT, 0, { 0 }, 0, 0 };

    waiter_start(&patient[0], d);
    assert_true(waiter_reached(d));
    wait_here(&hasty);
    waiter_start(&patient[1], d);
    wait_here(&hasty);
    assert_int_equal(hasty.rv, APR_TIMEUP);
    fire(d, "x");
    waiter_join(&patient[0]);
    waiter_join(&patient[1]);
    assert_int_equal(patient[0].rv, APR_SUCCESS);
    assert_int_equal(patient[1].rv, APR_SUCCESS);
    deferreds->release(d);
}

typedef struct slow_t {
    gate_t entered;
    gate_t leave;
    crosstown_deferred_t *d;
} slow_t;

static apr_status_t be_slow(crosstown_step_t *step, void *data)
{
    slow_t *slow = data;

    gate_open(&slow->entered);
    gate_pass(&slow->leave);
    step->result = "at last";
    return APR_SUCCESS;
}

static void *fire_slowly(void *data)
{
    slow_t *slow = data;

    deferreds->fire(slow->d, "x");
    return NULL;
}

/* It has fired, but its links are at work on another thread. */
static void the_whole_chain_is_waited_for(void **state)
{
    slow_t slow = { GATE_INIT, GATE_INIT, fresh() };
    pthread_t thread;
    waiter_t waiter;

    deferreds->add(slow.d, be_slow, &slow, NULL, NULL);
    thread = own_thread(fire_slowly, &slow);
    assert_true(gate_reached(&slow.entered, 1));
    assert_pending(slow.d);
    waiter_start(&waiter, slow.d);
    assert_true(waiter_reached(slow.d));
    gate_open(&slow.leave);
    waiter_join(&waiter);
    pthread_join(thread, NULL);
    assert_string_equal(waiter.result.result, "at last");
    deferreds->release(slow.d);
}

static void who_waits_for_another_is_waited_for(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait");
    crosstown_deferred_t *inner = fresh(), *d = fired("x");
    waiter_t waiter;

    wait.waits_for = inner;
    on_result(d, &wait);
    waiter_start(&waiter, d);
    assert_true(waiter_reached(d));
    fire(inner, "inner");
    waiter_join(&waiter);
    assert_string_equal(waiter.result.result, "inner");
    deferreds->release(inner);
    deferreds->release(d);
}

/* Links that are added while it waits are part of the chain. */
static void what_is_added_meanwhile_is_waited_for(void **state)
{
    slow_t slow = { GATE_INIT, GATE_INIT, fresh() };
    pthread_t thread;
    waiter_t waiter;

    waiter_start(&waiter, slow.d);
    assert_true(waiter_reached(slow.d));
    deferreds->add(slow.d, be_slow, &slow, NULL, NULL);
    thread = own_thread(fire_slowly, &slow);
    assert_true(gate_reached(&slow.entered, 1));
    gate_open(&slow.leave);
    waiter_join(&waiter);
    pthread_join(thread, NULL);
    assert_string_equal(waiter.result.result, "at last");
    deferreds->release(slow.d);
}

/* Who wants what stands now asks a gathering for it. */
static void a_gathering_stands_where_the_chain_ends_now(void **state)
{
    slow_t slow = { GATE_INIT, GATE_INIT, fresh() };
    crosstown_deferred_t *now = deferreds->gather(&slow.d, 1,
                                                  CROSSTOWN_GATHER_EACH);
    pthread_t thread;
    waiter_t waiter;

    deferreds->add(slow.d, be_slow, &slow, NULL, NULL);
    thread = own_thread(fire_slowly, &slow);
    waiter_start(&waiter, now);
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
    assert_pending(slow.d);
    gate_open(&slow.leave);
    pthread_join(thread, NULL);
    deferreds->release(now);
    deferreds->release(slow.d);
}

static void a_paused_chain_is_waited_for(void **state)
{
    crosstown_deferred_t *d = fired("x");
    waiter_t waiter;

    deferreds->pause(d);
    waiter_start(&waiter, d);
    assert_true(waiter_reached(d));
    deferreds->resume(d);
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
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
    waiter_t waiters[3], late = { d, PATIENCE, 0, { 0 }, 0, 0 };
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
    wait_here(&late);
    assert_int_equal(late.rv, APR_EOF);
    assert_result(other, "x");
    fire(d, "too late for them");
    wait_here(&late);
    assert_int_equal(late.rv, APR_SUCCESS);
    deferreds->release(other);
    deferreds->release(d);
}

static void after_a_new_start_waiting_is_possible_again(void **state)
{
    crosstown_deferred_t *d = fresh();
    waiter_t waiter = { d, PATIENCE, 0, { 0 }, 0, 0 };

    child_stop();
    wait_here(&waiter);
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
        with_deferreds(the_whole_chain_is_waited_for),
        with_deferreds(who_waits_for_another_is_waited_for),
        with_deferreds(what_is_added_meanwhile_is_waited_for),
        with_deferreds(a_gathering_stands_where_the_chain_ends_now),
        with_deferreds(a_paused_chain_is_waited_for),
        with_deferreds(a_cancelled_one_wakes_too),
        with_deferreds(all_waiters_are_released_at_the_end),
        with_deferreds(after_a_new_start_waiting_is_possible_again),
    };

    return run_group("deferred: wait", tests);
}
