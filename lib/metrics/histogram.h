/* SPDX-License-Identifier: Apache-2.0 */
/* histogram: how often something took how long. The bounds are the same
 * everywhere, 1-2-5 for each decade from 10 microseconds to 100 seconds, so
 * that histograms can be added up.
 * Thread: any; what is counted in is the caller's.
 * Lifetime: no state. */
#ifndef CT_HISTOGRAM_H
#define CT_HISTOGRAM_H

#include "apr_time.h"

/** The last one is for what took longer than the last bound. */
#define CT_HISTOGRAM_BUCKETS 23

/** A histogram that was read. */
typedef struct ct_histogram_t {
    apr_uint64_t buckets[CT_HISTOGRAM_BUCKETS];  /* each for itself, not added
                                                    up */
    apr_uint64_t count;              /* of all buckets */
    apr_uint64_t sum;                /* of all times, microseconds */
} ct_histogram_t;

/** The longest time that still belongs to a bucket, microseconds; of the
 *  last bucket: APR_INT64_MAX. */
apr_interval_time_t ct_histogram_bound(int bucket);

/** The bucket of a time; what is below 0 belongs to the first one. */
int ct_histogram_bucket(apr_interval_time_t took);

/** Add one histogram to another. */
void ct_histogram_add(ct_histogram_t *sum, const ct_histogram_t *histogram);

/** The time that a share of all stays within, read off the bounds.
 *  @param share  0 to 1, for instance 0.99
 *  @return microseconds; 0: nothing was counted; of the last bucket its lower
 *          bound */
apr_interval_time_t ct_histogram_quantile(const ct_histogram_t *histogram,
                                          double share);

#endif
