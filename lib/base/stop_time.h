/* SPDX-License-Identifier: Apache-2.0 */
/* stop_time: when a hard stop was ordered, and how much of what a child may
 * still do that leaves: whoever ordered it kills the child later on.
 * Thread: any, and signal handlers.
 * Lifetime: its owner's; all zero at first. */
#ifndef CT_STOP_TIME_H
#define CT_STOP_TIME_H

#include "apr_time.h"

/** A moment of a clock that never jumps. */
typedef struct ct_stop_time_t {
    _Atomic apr_time_t ordered;      /* microseconds; 0: not yet; all of it in
                                        one word: no order is needed */
} ct_stop_time_t;

/** The stop was ordered now. Only the first call counts. */
void ct_stop_time_note(ct_stop_time_t *stop, apr_time_t now);

/** Was it? */
int ct_stop_time_noted(ct_stop_time_t *stop);

/**
 * What is left of the time that a child is allowed, microseconds.
 * @param allowed  in all; as it is until a hard stop was ordered
 * @param longest  behind a hard stop, at most
 * @return 0: nothing
 */
apr_interval_time_t ct_stop_time_left(ct_stop_time_t *stop, apr_time_t now,
                                      apr_interval_time_t allowed,
                                      apr_interval_time_t longest);

#endif
