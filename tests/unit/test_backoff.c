/* SPDX-License-Identifier: Apache-2.0 */
/* backoff: the schedule with its spread, its limits, and what follows a
 * failed attempt. */
#include "support.h"

#include "backoff.h"

#define SECOND APR_USEC_PER_SEC
#define DAY    (24 * SUPPORT_HOUR)
#define HALF   500                   /* random: the middle of the spread */

static void within(apr_interval_time_t delay, apr_interval_time_t least,
                   apr_interval_time_t most)
{
    assert_true(delay >= least && delay <= most);
}

static void the_fourth_power_within_ten_per_cent(void **state)
{
    ct_backoff_t backoff = CT_BACKOFF_INIT;
    unsigned int n;

    (void)state;
    for (n = 1; n <= 16; ++n) {
        apr_interval_time_t plain = (apr_interval_time_t)n * n * n * n
                                    * SECOND;

        assert_int_equal(ct_backoff_delay(&backoff, n, 0), plain * 9 / 10);
        assert_int_equal(ct_backoff_delay(&backoff, n, HALF), plain);
        assert_int_equal(ct_backoff_delay(&backoff, n, 1000),
                         plain * 11 / 10);
    }
}

static void never_longer_than_max_delay(void **state)
{
    ct_backoff_t backoff = CT_BACKOFF_INIT;
    apr_uint32_t random;
    unsigned int n;

    (void)state;
    for (n = 17; n < 2000; n += 7) {
        for (random = 0; random <= 1000; random += 50) {
            within(ct_backoff_delay(&backoff, n, random), DAY * 8 / 10, DAY);
        }
    }
    within(ct_backoff_delay(&backoff, (unsigned int)-1, (apr_uint32_t)-1),
           DAY * 8 / 10, DAY);
    /* What has reached the limit is spread, too. */
    assert_true(ct_backoff_delay(&backoff, 100, 0)
                < ct_backoff_delay(&backoff, 100, 1000) * 85 / 100);
    backoff.longest = 1;
    within(ct_backoff_delay(&backoff, 1, 1000), 0, 1);
}

static void fixed_is_the_same_each_time(void **state)
{
    ct_backoff_t backoff = CT_BACKOFF_INIT;
    unsigned int n;

    (void)state;
    backoff.fixed = 60 * SECOND;
    for (n = 1; n <= 100; ++n) {
        assert_int_equal(ct_backoff_delay(&backoff, n, HALF), 60 * SECOND);
        assert_int_equal(ct_backoff_delay(&backoff, n, 0), 54 * SECOND);
        assert_int_equal(ct_backoff_delay(&backoff, n, 1000), 66 * SECOND);
    }
}

static void so_many_attempts_and_no_more(void **state)
{
    ct_backoff_t backoff = CT_BACKOFF_INIT;

    (void)state;
    assert_int_equal(ct_backoff_next(&backoff, 1, 0, 0, SECOND),
                     CT_BACKOFF_NO_MORE);
    backoff.retries = 2;
    assert_int_equal(ct_backoff_next(&backoff, 1, 0, 0, SECOND),
                     CT_BACKOFF_AGAIN);
    assert_int_equal(ct_backoff_next(&backoff, 2, 0, 0, SECOND),
                     CT_BACKOFF_AGAIN);
    assert_int_equal(ct_backoff_next(&backoff, 3, 0, 0, SECOND),
                     CT_BACKOFF_NO_MORE);
}

static void nothing_is_called_when_it_has_expired(void **state)
{
    ct_backoff_t backoff = CT_BACKOFF_INIT;
    apr_time_t recorded = 1000 * SECOND;

    (void)state;
    assert_false(ct_backoff_is_expired(&backoff, recorded, recorded + DAY));
    backoff.retries = 9;
    backoff.expires = 10 * SECOND;
    assert_false(ct_backoff_is_expired(&backoff, recorded, recorded));
    assert_false(ct_backoff_is_expired(&backoff, recorded,
                                       recorded + backoff.expires - 1));
    assert_true(ct_backoff_is_expired(&backoff, recorded,
                                      recorded + backoff.expires));
    assert_int_equal(ct_backoff_next(&backoff, 1, recorded,
                                     recorded + 4 * SECOND, 5 * SECOND),
                     CT_BACKOFF_AGAIN);
    assert_int_equal(ct_backoff_next(&backoff, 1, recorded,
                                     recorded + 4 * SECOND, 6 * SECOND),
                     CT_BACKOFF_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fourth_power_within_ten_per_cent),
        cmocka_unit_test(never_longer_than_max_delay),
        cmocka_unit_test(fixed_is_the_same_each_time),
        cmocka_unit_test(so_many_attempts_and_no_more),
        cmocka_unit_test(nothing_is_called_when_it_has_expired),
    };

    return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
