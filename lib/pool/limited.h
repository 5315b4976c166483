/* SPDX-License-Identifier: Apache-2.0 */
/* limited: what the limits of names ask of a dispatcher, limited.c, and the
 * watch for places that other processes have, place_watch.c. A part of the
 * inside of a dispatcher, see workers.h.
 *
 * Thread: members and functions are marked as there.
 * Lifetime: the dispatcher's. */
#ifndef CT_LIMITED_H
#define CT_LIMITED_H

#include "dispatcher.h"

#include "apr_thread_cond.h"
#include "apr_thread_proc.h"

struct ct_work_t;

/** Who waits for places that other processes have, see place_watch.c. */
typedef struct ct_watch_t {
    ct_place_table_t *table;         /* set once; NULL: there are none */
    apr_thread_t *thread;            /* set once */
    apr_thread_cond_t *wanted;       /* set once */
} ct_watch_t;

/** What limits a task of a batch. @return NULL: nothing does */
ct_name_limit_t *ct_limited_of(const ct_dispatcher_t *d,
                               const ct_batch_t *batch, apr_uint32_t index);

/** Must this batch wait for the limit of its next task's name? Then it is
 *  kept, once it was taken out of the queue; if not, it has the place that it
 *  needs. Under lock. @return 0: no */
int ct_limited_must_wait(ct_dispatcher_t *d, ct_batch_t *batch);
void ct_limited_keep(ct_dispatcher_t *d, ct_batch_t *batch);

/** Let the first one that is kept for a name go back into the queue.
 *  @param placed  it has a place that is counted over all processes. Under
 *  lock. */
void ct_limited_let_go(ct_dispatcher_t *d, ct_name_limit_t *limit,
                       int placed);

/** Is anything kept that waits for others than this process? Under lock. */
int ct_limited_waits(ct_dispatcher_t *d);

/** A batch will not be taken: give back the place that it may have. Under
 *  lock, or where nobody else has the batch. */
void ct_limited_give_place_back(ct_dispatcher_t *d, ct_batch_t *batch);

/** A task was taken. Under lock. */
void ct_limited_begin(ct_dispatcher_t *d, const struct ct_work_t *work);

/** It is over: the next one of its name may be taken. Under lock. */
void ct_limited_over(ct_dispatcher_t *d, const struct ct_work_t *work);

/** It waits for its time instead, see later.c: the next one of its name may be
 *  taken, and it has entered anew. Under lock. */
void ct_limited_postpone(ct_dispatcher_t *d, const struct ct_work_t *work);

/** Put all that is kept into the queue. Under lock. */
void ct_limited_end(ct_dispatcher_t *d);

/** Numbers have changed: put what is kept into the queue, and let what is
 *  counted over all processes be as many. Under lock. */
void ct_limited_look_again(ct_dispatcher_t *d);

/** A task will not be taken. */
void ct_limited_give_up(ct_dispatcher_t *d, ct_batch_t *batch,
                        apr_uint32_t index);

/** Begin to watch for places of other processes, if a limit needs it.
 *  @return APR_SUCCESS | what APR says: no thread */
apr_status_t ct_watch_start(ct_dispatcher_t *d);

/** Something is kept that waits for others. Under lock. */
void ct_watch_want(ct_dispatcher_t *d);

/** Join its thread, once the dispatcher is closed. */
void ct_watch_stop(ct_dispatcher_t *d);

#endif
