/* SPDX-License-Identifier: Apache-2.0 */
/* later: tasks that wait for their time: to be called for the first time, with
 * a delay, or again. A part of the inside of a dispatcher, see workers.h.
 *
 * Thread: members and functions are marked as there.
 * Lifetime: the dispatcher's. */
#ifndef CT_LATER_H
#define CT_LATER_H

#include "clock.h"
#include "dispatcher.h"

struct ct_work_t;

/** What a dispatcher has of them. */
typedef struct ct_waiting_t {
    ct_heap_t heap;                  /* lock */
    ct_alarm_t alarm;                /* set once; the clock's while set */
    int armed;                       /* lock: it is set, or rings */
    apr_time_t rings;                /* lock: when, if it is set */
    apr_time_t deadline;             /* lock: what is due later is stopped */
    apr_uint32_t stopped;            /* lock: so many did not come to wait */
} ct_waiting_t;

/** Let nothing wait yet, and no thread be made. @return APR_SUCCESS | what
 *  the clock says */
apr_status_t ct_later_start(ct_dispatcher_t *d);

/**
 * Let a task that was taken be called after a time, in microseconds. Not under
 * lock; work has no batch afterwards, and its task may be over.
 * @param attempt  which one that will be
 * @return 0: it cannot be: *why it is to be REJECTED, or CT_REFUSAL_NONE: it
 *         is to be STOPPED
 */
int ct_later_put(ct_dispatcher_t *d, struct ct_work_t *work,
                 unsigned int attempt, apr_interval_time_t time,
                 ct_refusal_e *why);

/** End a task that was to wait for its time and cannot.
 *  @param why  as ct_later_put() says */
void ct_call_cannot_wait(ct_dispatcher_t *d, const ct_task_t *task,
                         ct_task_view_t *view, ct_refusal_e why);

/** Let nothing wait for longer than to this moment of ct_clock_now(). Under
 *  lock. @return what would, linked; to be told its end */
ct_batch_t *ct_later_stop(ct_dispatcher_t *d, apr_time_t deadline);

/** Let the alarm go. Nothing waits any more. */
void ct_later_end(ct_dispatcher_t *d);

/** Which attempt is the call that this batch is for? */
apr_uint32_t ct_later_attempt(const ct_batch_t *batch);

/** What ct_batch_carried() says of the batch that it comes from. */
apr_pool_t *ct_later_carried(const ct_batch_t *batch);

/** Give a batch back whose last task is over. Not under lock. */
void ct_later_free(ct_dispatcher_t *d, ct_batch_t *batch);

#endif
