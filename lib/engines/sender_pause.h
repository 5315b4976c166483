/* SPDX-License-Identifier: Apache-2.0 */
/* sender_pause: how long a sender waits until it tries again.
 * Thread: one at a time.
 * Lifetime: no state. */
#ifndef CT_SENDER_PAUSE_H
#define CT_SENDER_PAUSE_H

#include "apr_time.h"

/** @param failures  in a row, from 1
 *  @param any       a number that nobody can know
 *  @return microseconds: 1 to 60 seconds, of which a part is chance, so that
 *          many processes do not come at the same time */
apr_interval_time_t ct_sender_pause(unsigned int failures, apr_uint32_t any);

#endif
