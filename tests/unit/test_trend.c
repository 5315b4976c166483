/* SPDX-License-Identifier: Apache-2.0 */
/* What is told from samples: what is wrong now, and since when. */
#include "support.h"

#include "trend.h"

#define COUNT 60
#define SECOND APR_USEC_PER_SEC

/* Ten seconds apart; 100 tasks are called between two of them. */
static ct_moment_t moments[COUNT];

static int calm(void **state)
{
    int i;

    for (i = 0; i < COUNT; ++i) {
        moments[i] = (ct_moment_t){ .when = (1000 + 10 * i) * SECOND,
                                    .calls = 100 * (apr_uint64_t)i,
                                    .rejected = 7,
                                    .lost = 3,
                                    .running = 2 };
    }
    return 0;
}

/* From that moment on. */
static void pend(int from, int each)
{
    for (; from < COUNT; ++from) {
        moments[from].pending = (apr_uint64_t)each;
    }
}

static void stall(int from)
{
    int i;

    for (i = from + 1; i < COUNT; ++i) {
        moments[i].calls = moments[from].calls;
    }
}

static void check(crosstown_state_e state, int since)
{
    ct_trend_t trend = ct_trend_judge(moments, COUNT);

    assert_int_equal(trend.state, state);
    assert_true(trend.since == (since < 0 ? 0 : moments[since].when));
}

static void well(void **state)
{
    check(CROSSTOWN_STATE_OK, -1);
    assert_int_equal(ct_trend_judge(moments, 1).state, CROSSTOWN_STATE_OK);
}

static void a_queue_that_is_served(void **state)
{
    /* 10 a second: 49 wait 4.9 s. */
    pend(10, 49);
    check(CROSSTOWN_STATE_OK, -1);
    pend(10, 51);
    check(CROSSTOWN_STATE_LATE, 10);
    assert_true(ct_trend_judge(moments, COUNT).wait > 5 * SECOND);
    assert_true(ct_trend_judge(moments, COUNT).wait < 6 * SECOND);
}

static void a_burst(void **state)
{
    pend(COUNT - 2, 100000);
    check(CROSSTOWN_STATE_OK, -1);
    pend(COUNT - 3, 100000);
    check(CROSSTOWN_STATE_LATE, COUNT - 3);
    moments[COUNT - 1].pending = 0;
    check(CROSSTOWN_STATE_OK, -1);
}

static void stuck(void **state)
{
    pend(20, 458);
    stall(COUNT - 4);
    check(CROSSTOWN_STATE_STUCK, COUNT - 4);
    stall(COUNT - 3);
    moments[COUNT - 1].calls = moments[COUNT - 2].calls + 1;
    check(CROSSTOWN_STATE_LATE, 20);
}

/* Nothing ends, but nobody waits, or nothing runs. */
static void long_tasks(void **state)
{
    int i;

    stall(10);
    check(CROSSTOWN_STATE_OK, -1);
    pend(20, 5);
    for (i = 0; i < COUNT; ++i) {
        moments[i].running = 0;
    }
    check(CROSSTOWN_STATE_LATE, 20);
}

static void rejecting(void **state)
{
    int i;

    for (i = COUNT - 9; i < COUNT; i += 3) {
        int j;

        for (j = i; j < COUNT; ++j) {
            moments[j].rejected += 2;
        }
    }
    check(CROSSTOWN_STATE_REJECTING, COUNT - 10);
}

static void no_longer(void **state)
{
    int i;

    for (i = COUNT - 7; i < COUNT; ++i) {
        ++moments[i].rejected;
    }
    check(CROSSTOWN_STATE_OK, -1);
    for (i = COUNT - 6; i < COUNT; ++i) {
        ++moments[i].rejected;
    }
    check(CROSSTOWN_STATE_REJECTING, COUNT - 8);
}

static void the_worst_counts(void **state)
{
    int i;

    pend(10, 500);
    check(CROSSTOWN_STATE_LATE, 10);
    ++moments[COUNT - 1].rejected;
    check(CROSSTOWN_STATE_REJECTING, COUNT - 2);
    stall(30);
    check(CROSSTOWN_STATE_STUCK, 30);
    for (i = COUNT - 20; i < COUNT; ++i) {
        ++moments[i].lost;
    }
    check(CROSSTOWN_STATE_LOSING, COUNT - 21);
    for (i = COUNT - 40; i < COUNT; ++i) {
        ++moments[i].lost;
    }
    /* Those were not five minutes before these. */
    check(CROSSTOWN_STATE_LOSING, COUNT - 41);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(well, calm),
        cmocka_unit_test_setup(a_queue_that_is_served, calm),
        cmocka_unit_test_setup(a_burst, calm),
        cmocka_unit_test_setup(stuck, calm),
        cmocka_unit_test_setup(long_tasks, calm),
        cmocka_unit_test_setup(rejecting, calm),
        cmocka_unit_test_setup(no_longer, calm),
        cmocka_unit_test_setup(the_worst_counts, calm),
    };

    return run_group("trend", tests);
}
