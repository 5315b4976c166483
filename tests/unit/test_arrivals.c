/* SPDX-License-Identifier: Apache-2.0 */
/* arrivals: at which pace of tasks a worker that has none sleeps for a moment,
 * and for how long; that who brings work relies on it, and that there are two
 * of them. */
#include "support.h"

#include <sched.h>

#include "workers.h"
#include "support_calls.h"
#include "support_pusher.h"
#include "support_rounds.h"

static apr_time_t moment;                /* atomic */

static apr_time_t clock_of_the_test(void)
{
    return __atomic_load_n(&moment, __ATOMIC_SEQ_CST);
}

static void pass(apr_interval_time_t time)
{
    __atomic_add_fetch(&moment, time, __ATOMIC_SEQ_CST);
}

/* Nobody takes anything from it. */
static ct_dispatcher_t *idle_dispatcher(apr_pool_t *p)
{
    ct_dispatcher_t *d = dispatcher_of(journal_make(p), 1, 1);

    __atomic_store_n(&moment, apr_time_from_sec(1), __ATOMIC_SEQ_CST);
    d->settings.now = clock_of_the_test;
    d->settings.queue_max = 100000;
    return d;
}

/* @return for how long a worker may sleep then */
static apr_interval_time_t take(ct_dispatcher_t *d, int tasks,
                                apr_interval_time_t each)
{
    apr_interval_time_t sleep = 0;

    for (; tasks > 0; --tasks) {
        pass(each);
        ++d->arrivals.taken;
        sleep = ct_arrivals_sleep(d);
    }
    return sleep;
}

static apr_interval_time_t sleep_at(apr_pool_t *p, apr_interval_time_t each)
{
    ct_dispatcher_t *d = idle_dispatcher(p);
    apr_interval_time_t sleep = take(d, 10000, each);

    finish(d);
    return sleep;
}

static void a_sleep_is_short(void **state)
{
    assert_int_equal(sleep_at(*state, 2), 1000);
    assert_int_equal(sleep_at(*state, 20), 1000);
    assert_int_equal(sleep_at(*state, 190), 1000);
}

static void nobody_sleeps_if_tasks_come_seldom(void **state)
{
    assert_int_equal(sleep_at(*state, 200), 0);
    assert_int_equal(sleep_at(*state, APR_USEC_PER_SEC), 0);
}

static void nobody_sleeps_if_there_is_always_one(void **state)
{
    assert_int_equal(sleep_at(*state, 1), 0);
}

/* A sleep is no reason to reject what comes meanwhile. */
static void a_small_queue_is_not_filled(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    d->settings.queue_max = 80;
    assert_int_equal(take(d, 1000, 50), 500);
    d->settings.queue_max = 7;
    assert_int_equal(take(d, 1, 50), 0);
    finish(d);
}

static void a_few_tasks_are_no_pace(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    assert_int_equal(ct_arrivals_sleep(d), 0);
    assert_int_equal(take(d, 100, 50), 0);
    assert_true(take(d, 150, 50) > 0);
    finish(d);
}

/* As they are by who sleeps. */
static void what_is_taken_at_one_go_is_a_pace(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);
    int i;

    take(d, 1000, 50);
    for (i = 0; i < 100; ++i) {
        pass(1000);
        assert_int_equal(take(d, 20, 0), 1000);
    }
    finish(d);
}

static void nobody_sleeps_while_tasks_take_their_time(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    d->running = 1;
    assert_int_equal(take(d, 1000, 50), 1000);
    d->running = 2;
    assert_int_equal(take(d, 1, 50), 0);
    d->running = 0;
    finish(d);
}

static void held_tasks_are_in_nobodys_way(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    d->running = 101;
    d->held.count = 100;
    assert_int_equal(take(d, 1000, 50), 1000);
    d->running = 102;
    assert_int_equal(take(d, 1, 50), 0);
    d->running = 0;
    d->held.count = 0;
    finish(d);
}

static void nobody_sleeps_while_requests_wait_for_calls(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    assert_int_equal(take(d, 1000, 50), 1000);
    atomic_store(&d->arrivals.awaited, 1);
    assert_int_equal(take(d, 1, 50), 0);
    assert_int_equal(take(d, 1, 50), 0);
    assert_int_equal(take(d, 1000, 50), 1000);
    finish(d);
}

static void a_pace_ends_when_no_task_comes(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    assert_int_equal(take(d, 1000, 50), 1000);
    pass(4000);
    assert_int_equal(ct_arrivals_sleep(d), 0);
    finish(d);
}

static void a_clock_that_is_put_back_ends_it(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    assert_int_equal(take(d, 1000, 50), 1000);
    pass(-APR_USEC_PER_SEC / 2);
    assert_int_equal(ct_arrivals_sleep(d), 0);
    assert_int_equal(take(d, 50, 50), 0);
    assert_int_equal(take(d, 1000, 50), 1000);
    finish(d);
}

/* For ever: the clock stands still. */
static ct_dispatcher_t *steady_dispatcher(journal_t *journal, int threads)
{
    ct_dispatcher_t *d = dispatcher_of(journal, 1, threads);

    d->settings.now = clock_of_the_test;
    d->arrivals.since = clock_of_the_test();
    d->arrivals.each = 50;
    d->arrivals.steady = 99;
    return d;
}

static void who_sleeps_for_a_moment_is_relied_on(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = steady_dispatcher(journal, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    int made = threads_made();
    int before = rounds_made();

    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "p"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_int_equal(searching_now(d), 1);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "p"),
                     APR_SUCCESS);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_int_equal(threads_made() - made, 1);
    assert_int_equal(rounds_made(), before);
    finish(d);
}

/* @return 0: not within patience */
static int so_many_search(ct_dispatcher_t *d, apr_uint32_t count)
{
    apr_time_t until = clock_now() + apr_time_from_sec(SUPPORT_PATIENCE);

    while (searching_now(d) != count) {
        if (clock_now() > until) {
            return 0;
        }
        sched_yield();
    }
    return 1;
}

/* So nobody need be called when the task of one of them blocks. The one whose
 * task is over first sees two others inside theirs, and does not sleep. */
static void two_sleep_and_the_third_is_parked(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = steady_dispatcher(journal, 3);
    gate_t leave[3] = { GATE_INIT, GATE_INIT, GATE_INIT };
    gate_t block = GATE_INIT;
    deed_t deeds[5] = { DEED("a"), DEED("b"), DEED("c"), DEED("blocks"),
                        DEED("d") };
    int i;

    for (i = 0; i < 3; ++i) {
        deeds[i].leave = &leave[i];
    }
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 3));
    gate_open(&leave[0]);
    assert_true(workers_reached(d, 3, 1));
    gate_open(&leave[1]);
    assert_true(so_many_search(d, 1));
    gate_open(&leave[2]);
    assert_true(so_many_search(d, 2));
    deeds[3].leave = &block;
    assert_int_equal(push_plan(d, *state, journal, deeds + 3, "pp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 4));
    assert_ended(journal, "d", CROSSTOWN_RAN);
    gate_open(&block);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(a_sleep_is_short),
        with_pool(nobody_sleeps_if_tasks_come_seldom),
        with_pool(nobody_sleeps_if_there_is_always_one),
        with_pool(a_small_queue_is_not_filled),
        with_pool(a_few_tasks_are_no_pace),
        with_pool(what_is_taken_at_one_go_is_a_pace),
        with_pool(nobody_sleeps_while_tasks_take_their_time),
        with_pool(held_tasks_are_in_nobodys_way),
        with_pool(nobody_sleeps_while_requests_wait_for_calls),
        with_pool(a_pace_ends_when_no_task_comes),
        with_pool(a_clock_that_is_put_back_ends_it),
        with_pool(who_sleeps_for_a_moment_is_relied_on),
        with_pool(two_sleep_and_the_third_is_parked),
    };

    return run_group("arrivals", tests);
}
