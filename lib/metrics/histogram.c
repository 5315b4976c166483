/* SPDX-License-Identifier: Apache-2.0 */
/* histogram: the bounds are the same everywhere, so that histograms of any
 * threads, children and names can be added up. A time's power of two says
 * where to look for its bucket: that is quicker than a search, and this is
 * done twice for each task. */
#include "histogram.h"

#define DECADE(one) (one), 2 * (one), 5 * (one)

/* Most tasks are as quick as that. */
#define FIRST_BOUND 10

static const apr_interval_time_t bounds[CT_HISTOGRAM_BUCKETS] = {
    DECADE(FIRST_BOUND), DECADE(100), DECADE(1000), DECADE(10000),
    DECADE(100000), DECADE(1000000), DECADE(10000000), 100000000, APR_INT64_MAX
};

/* For each power of two the bucket that it belongs to: from there it is a step
 * or none. */
static const unsigned char first_bucket[] = {
    0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
    17, 18, 19, 20, 21, 22
};

#define POWERS (int)sizeof(first_bucket)

apr_interval_time_t ct_histogram_bound(int bucket)
{
    return bounds[bucket];
}

int ct_histogram_bucket(apr_interval_time_t took)
{
    int power, bucket;

    if (took <= FIRST_BOUND) {
        return 0;
    }
    power = 63 - __builtin_clzll((unsigned long long)took);
    bucket = first_bucket[power < POWERS ? power : POWERS - 1];
    while (took > bounds[bucket]) {
        ++bucket;
    }
    return bucket;
}

void ct_histogram_add(ct_histogram_t *sum, const ct_histogram_t *histogram)
{
    int i;

    for (i = 0; i < CT_HISTOGRAM_BUCKETS; ++i) {
        sum->buckets[i] += histogram->buckets[i];
    }
    sum->count += histogram->count;
    sum->sum += histogram->sum;
}

apr_interval_time_t ct_histogram_quantile(const ct_histogram_t *histogram,
                                          double share)
{
    /* 0.9 of 100 is a little more than 90 if it is computed with 80 bits. */
    double rest = share * (double)histogram->count - 1e-6;
    int i = 0;

    if (histogram->count == 0) {
        return 0;
    }
    while (i < CT_HISTOGRAM_BUCKETS - 2
           && rest > (double)histogram->buckets[i]) {
        rest -= (double)histogram->buckets[i++];
    }
    return bounds[i];
}
