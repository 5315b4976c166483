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
    return d;
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

    take(d, 1000, each);
    nap = ct_pace_nap(d);
    d->moves = 0;
    finish(d);
    return nap;
}

static void a_nap_lasts_for_some_tasks(void **state)
{
    assert_int_equal(nap_at(*state, 20), 320);
    assert_int_equal(nap_at(*state, 50), 800);
}

static void no_task_waits_for_long(void **state)
{
    assert_int_equal(nap_at(*state, 90), 1000);
}

static void nobody_naps_if_tasks_come_fast_or_seldom(void **state)
{
    assert_int_equal(nap_at(*state, 0), 0);
    assert_int_equal(nap_at(*state, 5), 0);
    assert_int_equal(nap_at(*state, 200), 0);
    assert_int_equal(nap_at(*state, APR_USEC_PER_SEC), 0);
}

static void a_few_tasks_are_no_pace(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    assert_int_equal(ct_pace_nap(d), 0);
    take(d, 50, 50);
    assert_int_equal(ct_pace_nap(d), 0);
    d->moves = 0;
    finish(d);
}

/* A processor that was needed elsewhere, not a slow pace. */
static void a_pause_among_fast_ones_is_no_pace(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);
    int i;

    for (i = 0; i < 100; ++i) {
        take(d, 31, 1);
        take(d, 1, 1000);
        assert_int_equal(ct_pace_nap(d), 0);
        take(d, 64, 1);
    }
    d->moves = 0;
    finish(d);
}

static void a_pace_ends_when_no_task_comes(void **state)
{
    ct_dispatcher_t *d = idle_dispatcher(*state);

    take(d, 1000, 50);
    assert_true(ct_pace_nap(d) > 0);
    moment += apr_time_from_msec(10);
    assert_int_equal(ct_pace_nap(d), 0);
    d->moves = 0;
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(a_nap_lasts_for_some_tasks),
        with_pool(no_task_waits_for_long),
        with_pool(nobody_naps_if_tasks_come_fast_or_seldom),
        with_pool(a_few_tasks_are_no_pace),
        with_pool(a_pause_among_fast_ones_is_no_pace),
        with_pool(a_pace_ends_when_no_task_comes),
    };

    return run_group("pace", tests);
}
