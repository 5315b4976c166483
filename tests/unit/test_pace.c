/* SPDX-License-Identifier: Apache-2.0 */
/* pace: at which pace of tasks a runner naps, and for how long. */
#include "support.h"

#include "crew.h"

static apr_time_t moment;

static apr_time_t clock_of_the_test(void)
{
    return moment;
}

static ct_dispatcher_t *idle_dispatcher(apr_pool_t *p)
{
    ct_dispatcher_t *d = dispatcher_of(journal_make(p), 1, 1);

    moment = apr_time_from_sec(1);
    d->settings.now = clock_of_the_test;
    d->settings.queue_max = 100000;
    return d;
}

/* What was taken was never there. */
static void finish_unused(ct_dispatcher_t *d)
{
    d->moves = d->running = 0;
    finish(d);
}

static void take(ct_dispatcher_t *d, int tasks, apr_interval_time_t each)
{
    for (; tasks > 0; --tasks) {
        moment += each;
        ++d->moves;
        ct_pace_note(d);
    }
}

static apr_interval_time_t nap_at(apr_pool_t *p, apr_interval_time_t each)
{
    ct_dispatcher_t *d = idle_dispatcher(p);
    apr_interval_time_t nap;

    take(d, 10000, each);
    nap = ct_pace_nap(d);
    finish_unused(d);
    return nap;
}

static void a_nap_is_short(void **state)
{
    assert_int_equal(nap_at(*state, 1), 1000);
    assert_int_equal(nap_at(*state, 20), 1000);
    assert_int_equal(nap_at(*state, 90), 1000);
}

static void nobody_naps_if_tasks_come_seldom(void **state)
{
    assert_int_equal(nap_at(*state, 200), 0);
    assert_int_equal(nap_at(*state, APR_USEC_PER_SEC), 0);
}

/* A nap is no reason to reject what comes meanwhile. */
static void a_small_queue_is_not_filled(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    take(d, 1000, 50);
    d->settings.queue_max = 80;
    assert_int_equal(ct_pace_nap(d), 500);
    d->settings.queue_max = 7;
    assert_int_equal(ct_pace_nap(d), 0);
    finish_unused(d);
}

static void a_few_tasks_are_no_pace(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    assert_int_equal(ct_pace_nap(d), 0);
    take(d, 64, 50);
    assert_int_equal(ct_pace_nap(d), 0);
    take(d, 64, 50);
    assert_int_equal(ct_pace_nap(d), 0);
    finish_unused(d);
}

/* As they are by who naps. */
static void what_is_taken_at_one_go_is_a_pace(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);
    int i;

    for (i = 0; i < 20; ++i) {
        take(d, 1, 1000);
        take(d, 19, 0);
    }
    for (i = 0; i < 100; ++i) {
        assert_int_equal(ct_pace_nap(d), 1000);
        take(d, 1, 1000);
        take(d, 19, 0);
    }
    finish_unused(d);
}

static void nobody_naps_while_tasks_take_their_time(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    take(d, 1000, 50);
    d->running = 1;
    assert_int_equal(ct_pace_nap(d), 1000);
    d->running = 2;
    assert_int_equal(ct_pace_nap(d), 0);
    finish_unused(d);
}

static void a_pace_ends_when_no_task_comes(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    take(d, 1000, 50);
    assert_true(ct_pace_nap(d) > 0);
    moment += apr_time_from_msec(10);
    assert_int_equal(ct_pace_nap(d), 0);
    finish_unused(d);
}

static void a_clock_that_is_put_back_ends_it(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    take(d, 1000, 50);
    moment -= APR_USEC_PER_SEC / 2;
    assert_int_equal(ct_pace_nap(d), 0);
    take(d, 100, 50);
    assert_int_equal(ct_pace_nap(d), 0);
    take(d, 1000, 50);
    assert_int_equal(ct_pace_nap(d), 1000);
    finish_unused(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(a_nap_is_short),
        with_pool(nobody_naps_if_tasks_come_seldom),
        with_pool(a_small_queue_is_not_filled),
        with_pool(a_few_tasks_are_no_pace),
        with_pool(what_is_taken_at_one_go_is_a_pace),
        with_pool(nobody_naps_while_tasks_take_their_time),
        with_pool(a_pace_ends_when_no_task_comes),
        with_pool(a_clock_that_is_put_back_ends_it),
    };

    return run_group("pace", tests);
}
