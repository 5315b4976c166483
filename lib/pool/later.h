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

/** A place for a task that is to wait. On the stack of whoever asks for it. */
typedef struct ct_later_place_t {
    ct_batch_t *batch;               /* what will wait; NULL: none was found */
    apr_time_t due;
} ct_later_place_t;

/**
 * Find a place for a task that was taken and is to be called after a time, in
 * microseconds. Not under lock; what is found goes to ct_later_enter().
 * @return 0: there is none: *why, or CT_REFUSAL_NONE: it is to be STOPPED
 */
int ct_later_find(ct_dispatcher_t *d, const struct ct_work_t *work,
                  apr_interval_time_t time, ct_later_place_t *place,
                  ct_refusal_e *why);

/**
 * Let it wait there. Not under lock; work has no batch afterwards, and its
 * task may be over.
 * @param attempt  which one its call will be
 * @return 0: it is to be STOPPED
 */
int ct_later_enter(ct_dispatcher_t *d, struct ct_work_t *work,
                   unsigned int attempt, ct_later_place_t *place);

/** A task that was taken and nobody can call now waits a little longer, if it
 *  was called before. Not under lock.
 *  @param why  as ct_later_find() has it
 *  @return 0: it was not, or cannot */
int ct_later_defer(ct_dispatcher_t *d, struct ct_work_t *work,
                   ct_refusal_e *why);

/** A task that did not come to wait was counted as stopped before it was told;
 *  now it is said that its keeper brings it again. Not under lock. */
void ct_later_count_as_kept(ct_dispatcher_t *d);

/** Let nothing wait for longer than to this moment of ct_clock_now(), and
 *  nothing whose name is paused. Under lock. @return what would, linked; to be
 *  told its end */
ct_batch_t *ct_later_stop(ct_dispatcher_t *d, apr_time_t deadline);

/** Has a task that was taken a place in the queue while it waits? Under lock.
 *  @param due  when that ends, at the latest
 *  @return as ct_later_find() */
int ct_later_has_place(ct_dispatcher_t *d, const struct ct_work_t *work,
                       apr_time_t due, ct_refusal_e *why);

/** Let the alarm go. Nothing waits any more. */
void ct_later_end(ct_dispatcher_t *d);

#endif
