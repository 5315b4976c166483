/* SPDX-License-Identifier: Apache-2.0 */
/* call_order: one task, from its call to its end, and the order of calls. A
 * part of the inside of a dispatcher, see workers.h.
 *
 * Thread: functions are marked as there.
 * Lifetime: the dispatcher's. */
#ifndef CT_CALL_ORDER_H
#define CT_CALL_ORDER_H

#include "workers.h"

/** Was the task's predecessor on the same request called? */
int ct_call_is_next(ct_batch_t *batch, apr_uint32_t index);

/** If not, wait for it.
 *  @param patience  microseconds
 *  @return 0: not within patience, or closed */
int ct_call_wait(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t index,
                 apr_interval_time_t patience);

/** Has it a delay, and did it not wait for its time yet? */
int ct_call_is_early(const ct_batch_t *batch, apr_uint32_t index);

/** Have the end of a task, and its call if it was not called; its batch is
 *  held until the caller has told that. Under lock.
 *  @param left  filled in but for `next`
 *  @return 0: there is none, or its thread has told its end, or will */
int ct_call_leave(ct_work_t *work, ct_left_t *left);

/** What a consumer sees of a task. */
void ct_call_view(ct_task_view_t *view, const ct_batch_t *batch,
                  apr_uint32_t index, apr_pool_t *scratch);

/** Call the function of a task that was taken, and tell its end, if that is
 *  it; work has no batch any more if it is not. Not under lock. */
void ct_call_run(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch);

/** What its function's return means. The task may be gone afterwards. */
void ct_call_returned(ct_dispatcher_t *d, ct_work_t *work,
                      ct_task_view_t *view, apr_status_t result);

/** End it as REJECTED, or let it wait if it was called. Not under lock. */
void ct_call_refuse(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch);

/** The task is over, or work has no batch. Under lock. @return the batch if
 *  that was its last, to be given back without the lock, else NULL */
ct_batch_t *ct_call_over(ct_dispatcher_t *d, ct_work_t *work);

/** Tell the end of a task that was not called. Not under lock.
 *  @return is it none, as whoever keeps it brings it again? */
int ct_call_tell(ct_dispatcher_t *d, const ct_batch_t *batch,
                  apr_uint32_t index, crosstown_outcome_e outcome,
                  apr_pool_t *scratch);

/** Let a task wait that was taken and has a delay, or whose name is paused; if
 *  it cannot, tell its end. Not under lock. Its end and its call are the
 *  caller's; work has no batch afterwards, unless it has ended. */
void ct_call_put_off(ct_dispatcher_t *d, ct_work_t *work,
                     apr_pool_t *scratch);

/** A task's function wants another attempt. Not under lock. If it can wait for
 *  it, that is told, and work has no batch afterwards; else its end is: it has
 *  run and failed, or is STOPPED.
 *  @param work  its batch may be NULL: there is no memory */
void ct_call_again(ct_dispatcher_t *d, ct_work_t *work,
                   const ct_task_t *task, ct_task_view_t *view);

/** End tasks from..to-1 of a batch that nobody will take any more, and give
 *  the batch back if they were its last. Not under lock.
 *  @return how many ended, without those that their keeper brings again */
apr_uint32_t ct_call_end(ct_dispatcher_t *d, ct_batch_t *batch,
                         apr_uint32_t from, apr_uint32_t to,
                         crosstown_outcome_e outcome, apr_pool_t *scratch);

/** Give up the hold on that many tasks of a batch. Takes the lock. */
void ct_call_release(ct_dispatcher_t *d, ct_batch_t *batch,
                     apr_uint32_t tasks);

#endif
