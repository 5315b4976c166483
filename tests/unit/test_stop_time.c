/* SPDX-License-Identifier: Apache-2.0 */
/* stop_time: what a hard stop leaves, however old the child is. The clock is
 * the test's. */
#include "support.h"

#include "stop_time.h"

#define SECONDS(n) apr_time_from_sec((apr_time_t)(n))
#define DAYS(n) SECONDS((apr_time_t)(n) * 24 * 3600)

static void without_a_stop_all_is_left(void **state)
{
    ct_stop_time_t stop = { 0 };

    (void)state;
    assert_false(ct_stop_time_noted(&stop));
    assert_int_equal(ct_stop_time_left(&stop, DAYS(3), SECONDS(60),
                                       SECONDS(8)), SECONDS(60));
    assert_int_equal(ct_stop_time_left(&stop, DAYS(3), 0, SECONDS(8)), 0);
}

/* 50 days are more milliseconds than there are in 32 bits. */
static void an_old_child_has_its_time(void **state)
{
    static const int ages[] = { 1, 24, 25, 49, 50, 100, 1000, 20000 };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(ages) / sizeof(ages[0]); ++i) {
        ct_stop_time_t stop = { 0 };
        apr_time_t now = DAYS(ages[i]);

        ct_stop_time_note(&stop, now);
        assert_true(ct_stop_time_noted(&stop));
        assert_int_equal(ct_stop_time_left(&stop, now + SECONDS(2),
                                           SECONDS(5), SECONDS(8)),
                         SECONDS(3));
        assert_int_equal(ct_stop_time_left(&stop, now + SECONDS(2),
                                           SECONDS(60), SECONDS(8)),
                         SECONDS(6));
        assert_int_equal(ct_stop_time_left(&stop, now + DAYS(60),
                                           SECONDS(60), SECONDS(8)), 0);
    }
}

static void the_first_order_counts(void **state)
{
    ct_stop_time_t stop = { 0 };

    (void)state;
    ct_stop_time_note(&stop, SECONDS(10));
    ct_stop_time_note(&stop, SECONDS(13));
    assert_int_equal(ct_stop_time_left(&stop, SECONDS(14), SECONDS(5),
                                       SECONDS(8)), SECONDS(1));
}

static void a_clock_that_goes_back_takes_nothing(void **state)
{
    ct_stop_time_t stop = { 0 };

    (void)state;
    ct_stop_time_note(&stop, SECONDS(3600));
    assert_int_equal(ct_stop_time_left(&stop, SECONDS(1), SECONDS(5),
                                       SECONDS(8)), SECONDS(5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(without_a_stop_all_is_left),
        with_pool(an_old_child_has_its_time),
        with_pool(the_first_order_counts),
        with_pool(a_clock_that_goes_back_takes_nothing),
    };

    return run_group("stop_time", tests);
}
