/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests for histograms: bounds, and what is read off them. */
#include "support.h"

#include "histogram.h"

#define LAST (CT_HISTOGRAM_BUCKETS - 1)

static void a_bound_belongs_to_its_bucket(void **state)
{
    int bucket;

    for (bucket = 0; bucket < LAST; ++bucket) {
        apr_interval_time_t bound = ct_histogram_bound(bucket);

        assert_int_equal(ct_histogram_bucket(bound), bucket);
        assert_int_equal(ct_histogram_bucket(bound + 1), bucket + 1);
        assert_true(bound < ct_histogram_bound(bucket + 1));
    }
    assert_int_equal(ct_histogram_bound(0), 10);
    assert_int_equal(ct_histogram_bound(LAST - 1), apr_time_from_sec(100));
}

static void every_time_has_a_bucket(void **state)
{
    int power;

    assert_int_equal(ct_histogram_bucket(APR_INT64_MIN), 0);
    assert_int_equal(ct_histogram_bucket(-1), 0);
    assert_int_equal(ct_histogram_bucket(0), 0);
    for (power = 0; power < 63; ++power) {
        apr_interval_time_t took = (apr_interval_time_t)1 << power;
        int bucket = ct_histogram_bucket(took);

        assert_true(took <= ct_histogram_bound(bucket));
        assert_true(bucket == 0 || took > ct_histogram_bound(bucket - 1));
    }
    assert_int_equal(ct_histogram_bucket(APR_INT64_MAX), LAST);
}

static void count(ct_histogram_t *histogram, apr_interval_time_t took,
                  apr_uint64_t times)
{
    histogram->buckets[ct_histogram_bucket(took)] += times;
    histogram->count += times;
    histogram->sum += (apr_uint64_t)took * times;
}

static void quantiles_are_bounds(void **state)
{
    ct_histogram_t histogram;

    memset(&histogram, 0, sizeof(histogram));
    assert_int_equal(ct_histogram_quantile(&histogram, 0.5), 0);
    count(&histogram, 1, 1);
    assert_int_equal(ct_histogram_quantile(&histogram, 1), 10);
    memset(&histogram, 0, sizeof(histogram));
    count(&histogram, 30, 90);
    count(&histogram, 900, 9);
    count(&histogram, apr_time_from_sec(1000), 1);
    assert_int_equal(ct_histogram_quantile(&histogram, 0.5), 50);
    assert_int_equal(ct_histogram_quantile(&histogram, 0.9), 50);
    assert_int_equal(ct_histogram_quantile(&histogram, 0.91), 1000);
    assert_int_equal(ct_histogram_quantile(&histogram, 0.99), 1000);
    assert_int_equal(ct_histogram_quantile(&histogram, 1),
                     apr_time_from_sec(100));
}

static void histograms_add_up(void **state)
{
    ct_histogram_t sum, other;

    memset(&sum, 0, sizeof(sum));
    memset(&other, 0, sizeof(other));
    count(&sum, 30, 2);
    count(&other, 30, 1);
    count(&other, 0, 1);
    count(&other, 5000, 1);
    ct_histogram_add(&sum, &other);
    assert_int_equal(sum.count, 5);
    assert_int_equal(sum.sum, 3 * 30 + 5000);
    assert_int_equal(sum.buckets[0], 1);
    assert_int_equal(sum.buckets[ct_histogram_bucket(30)], 3);
    assert_int_equal(sum.buckets[ct_histogram_bucket(5000)], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bound_belongs_to_its_bucket),
        cmocka_unit_test(every_time_has_a_bucket),
        cmocka_unit_test(quantiles_are_bounds),
        cmocka_unit_test(histograms_add_up)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
