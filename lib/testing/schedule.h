/* SPDX-License-Identifier: Apache-2.0 */
/* schedule: the calls that are to be made: what waits to be run, in order, and
 * what waits for its time, with a delay or to be tried again.
 * Thread: the test's.
 * Lifetime: the dispatcher's; zeroed at first. */
#ifndef CT_SCHEDULE_H
#define CT_SCHEDULE_H

#include "dispatcher.h"

/** One call that is to be made. */
typedef struct ct_due_t {
    ct_batch_t *batch;
    apr_uint32_t index;
    unsigned int attempt;            /* which one it will be */
} ct_due_t;

struct ct_scheduled_t;

typedef struct ct_schedule_t {
    struct ct_scheduled_t *early;    /* in no order */
    struct ct_scheduled_t *due;      /* in order */
    struct ct_scheduled_t **end;     /* where the next due one is linked */
    apr_uint32_t early_count;
    apr_uint32_t due_count;
} ct_schedule_t;

void ct_schedule_start(ct_schedule_t *schedule);

/** Let a call become due after that time of the test's clock; 0: it is. */
void ct_schedule_put(ct_schedule_t *schedule, const ct_due_t *call,
                     apr_interval_time_t after);

/** Take one that is due. @return 0: none is */
int ct_schedule_take(ct_schedule_t *schedule, ct_due_t *call);

/** Take one whose time has not come. @return 0: there is none */
int ct_schedule_take_early(ct_schedule_t *schedule, ct_due_t *call);

/** One that is due, the first is 0. @return NULL: there are not so many */
const ct_due_t *ct_schedule_look(const ct_schedule_t *schedule,
                                 apr_uint32_t index);

#endif
