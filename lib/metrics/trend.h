/* SPDX-License-Identifier: Apache-2.0 */
/* trend: what the last samples say: is all well, and if not, what is wrong and
 * since when.
 * Thread: any; a moment is the caller's.
 * Lifetime: no state. */
#ifndef CT_TREND_H
#define CT_TREND_H

#include "crosstown_numbers.h"

/** What was at one time, of all children. The first three only ever grow. */
typedef struct ct_moment_t {
    apr_time_t when;
    apr_uint64_t calls;              /* that have returned */
    apr_uint64_t rejected;
    apr_uint64_t lost;
    apr_uint64_t pending;            /* tasks that wait for a thread or a
                                        place, and not for their time */
    apr_uint64_t running;
} ct_moment_t;

typedef struct ct_trend_t {
    crosstown_state_e state;         /* the worst that is so now; never AWAY */
    apr_time_t since;                /* as far as moments reach; 0: it is OK */
    apr_interval_time_t wait;        /* LATE: how long, about, one that comes
                                        now will wait */
} ct_trend_t;

/** Judge. @param moments  the oldest first, ten seconds apart; the last one is
 *  now */
ct_trend_t ct_trend_judge(const ct_moment_t *moments, int count);

/** How bad is it? The higher the worse; 0: it is well. */
int ct_trend_rank(crosstown_state_e state);

#endif
