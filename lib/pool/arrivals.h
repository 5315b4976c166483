/* SPDX-License-Identifier: Apache-2.0 */
/* arrivals: how fast tasks come. A part of the inside of a dispatcher, see
 * workers.h.
 *
 * Thread: members are marked as there.
 * Lifetime: the dispatcher's. */
#ifndef CT_ARRIVALS_H
#define CT_ARRIVALS_H

#include "dispatcher.h"

#include <stdatomic.h>

/** All zero at first. */
typedef struct ct_arrivals_t {
    apr_uint32_t taken;              /* lock: tasks so far */
    apr_uint32_t before;             /* lock: of these, by the last look */
    apr_time_t since;                /* lock: when that was */
    apr_interval_time_t each;        /* lock: from one to the next by then,
                                        microseconds */
    int steady;                      /* lock: periods in a row in which they
                                        came fast */
    atomic_int awaited;              /* atomic: a request's thread has waited
                                        for a call; a flag: no order is
                                        needed */
} ct_arrivals_t;

/** How long may a worker without a task sleep, microseconds, as tasks come
 *  just now? Under lock. @return 0: not at all */
apr_interval_time_t ct_arrivals_sleep(ct_dispatcher_t *d);

#endif
