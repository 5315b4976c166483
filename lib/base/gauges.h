/* SPDX-License-Identifier: Apache-2.0 */
/* gauges: what a dispatcher shows of itself to whoever looks, perhaps from
 * another process.
 * Thread: the dispatcher's threads write, anybody reads.
 * Lifetime: whoever made the dispatcher has them, at least as long as that. */
#ifndef CT_GAUGES_H
#define CT_GAUGES_H

#include <stdatomic.h>

/** The highest values stay when a dispatcher is gone. Each is shown by itself:
 *  no order is needed, here and below; seq_cst where it is written seldom. */
typedef struct ct_gauges_t {
    atomic_uint threads;             /* there or about to be */
    atomic_uint most_threads;
    atomic_uint most_running;
    atomic_uint most_waiting;        /* places in the queue: some are given
                                        back a little late */
    atomic_uint refused_threads;     /* how often none was to be had */
    atomic_uint scheduled;           /* tasks that wait for their time */
} ct_gauges_t;

/** The most of one name. */
typedef struct ct_name_peaks_t {
    atomic_uint running;
    atomic_uint waiting;
} ct_name_peaks_t;

/** Note a value if it is the highest one so far. */
static inline void ct_gauges_raise(atomic_uint *most, unsigned int now)
{
    unsigned int so_far = atomic_load_explicit(most, memory_order_relaxed);

    while (now > so_far
           && !atomic_compare_exchange_weak(most, &so_far, now)) {
        continue;
    }
}

#endif
