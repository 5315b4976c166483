/* SPDX-License-Identifier: Apache-2.0 */
/* backoff: whether a task that failed is tried again, and when: retries=,
 * backoff=, max-delay= and expires= of a CrosstownTask.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_BACKOFF_H
#define CT_BACKOFF_H

#include "apr_time.h"

/** Times are microseconds. */
typedef struct ct_backoff_t {
    unsigned int retries;            /* attempts behind the first one */
    apr_interval_time_t fixed;       /* between two attempts; 0: n^4 seconds
                                        behind the n-th one */
    apr_interval_time_t longest;     /* max-delay=, > 0 */
    apr_interval_time_t expires;     /* since it was recorded; 0: never */
} ct_backoff_t;

typedef enum ct_backoff_e {
    CT_BACKOFF_AGAIN,
    CT_BACKOFF_NO_MORE,              /* all attempts were made */
    CT_BACKOFF_EXPIRED               /* the next one would come too late */
} ct_backoff_e;

/** Initial value: tried once, never expires. */
#define CT_BACKOFF_INIT { 0, 0, apr_time_from_sec(86400), 0 }

/** Is it too late to call a task that was recorded then? */
int ct_backoff_is_expired(const ct_backoff_t *backoff, apr_time_t recorded,
                          apr_time_t now);

/** How long to wait behind a failed attempt: within 10 % of the schedule, so
 *  that what failed together does not come back together, and never longer
 *  than max-delay=.
 *  @param attempt  the one that failed: 1, 2, ...
 *  @param random   any number, another one each time */
apr_interval_time_t ct_backoff_delay(const ct_backoff_t *backoff,
                                     unsigned int attempt,
                                     apr_uint32_t random);

/** What follows a failed attempt that may be followed by another one.
 *  @param wait  from now to the next attempt, as ct_backoff_delay() or the
 *               task itself says */
ct_backoff_e ct_backoff_next(const ct_backoff_t *backoff, unsigned int attempt,
                             apr_time_t recorded, apr_time_t now,
                             apr_interval_time_t wait);

#endif
