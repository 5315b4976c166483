/* SPDX-License-Identifier: Apache-2.0 */
/* clock: alarms, on a thread that is made for the first of them and has all
 * signals blocked but faults, see signals.h. While one rings another thread
 * looks after the others, so that they are in time: up to CT_CLOCK_THREADS,
 * each made when it is needed.
 * Thread: any; an alarm rings on one of the clock's.
 * Lifetime: from ct_clock_start() to ct_clock_stop(). What rings longer than a
 * stop waits for it goes on. */
#ifndef CT_CLOCK_H
#define CT_CLOCK_H

#include "heap.h"

/** So many alarms that take their time may ring at once. */
#define CT_CLOCK_THREADS 8

/** Lies in what its owner has; zeroed before it is first set. */
typedef struct ct_alarm_t {
    ct_timed_t timed;                /* the clock's; monotonic */
    void (*ring)(void *what);        /* not shown the alarm, which its owner
                                        may have freed by then */
    void (*drop)(void *what);        /* instead, if the clock stops */
    void *what;                      /* the clock's while it is set */
} ct_alarm_t;

/** Microseconds of a clock that is never set. */
apr_time_t ct_clock_now(void);

/** Ring after that many microseconds.
 *  @return APR_SUCCESS | APR_ENOMEM | APR_EAGAIN no thread | APR_EOF stopped,
 *  or never started. */
apr_status_t ct_clock_set(ct_alarm_t *alarm, apr_interval_time_t after);

/** Do not ring.
 *  @return non-zero: it will not, and `what` is the caller's again; 0: it was
 *  not set, or has rung or been dropped. Afterwards the alarm may be freed. */
int ct_clock_unset(ct_alarm_t *alarm);

/** Begin; no thread is made yet. Thread: start-up. */
apr_status_t ct_clock_start(void);

/** End the threads; drop what is set. Thread: the one that ends the
 *  child. */
void ct_clock_stop(void);

#endif
