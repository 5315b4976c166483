/* SPDX-License-Identifier: Apache-2.0 */
/* accounting: counts tasks, what becomes of them and how long it takes, for
 * each name. What was counted is read with snapshot.h, the totals with the
 * public crosstown_tally().
 *
 * Nothing is locked. Where many threads count the same, they add atomically;
 * a thread that runs tasks has a stripe of its own for that, see scoreboard.h.
 *
 * Thread: any of a child, unless a function says otherwise.
 * Lifetime: what is counted survives children and restarts. */
#ifndef CT_ACCOUNTING_H
#define CT_ACCOUNTING_H

#include "active_tasks.h"
#include "glue.h"
#include "mod_crosstown.h"
#include "name_ids.h"

/** Export crosstown_tally(). Thread: start-up. */
void ct_accounting_register(void);

/** What a task is called that was recorded with these options; they may be
 *  NULL, or not valid. */
const char *ct_accounting_name(const crosstown_opts_t *opts);

/** A task was recorded. @param name  its number, see name_ids.h */
void ct_accounting_recorded(unsigned int name);

/** It was not, after all: nobody will be told of its end. */
void ct_accounting_refused(unsigned int name);

/** So many tasks of a name wait from now on; < 0: they do not, after all. */
void ct_accounting_queued(unsigned int name, int tasks);

/** A task's function is about to be called on the calling thread.
 *  @param delay   for how long it was not to be called
 *  @param queued  it had been counted as queued */
void ct_accounting_begun(const crosstown_task_t *task, crosstown_fn_t *fn,
                         unsigned int name, apr_interval_time_t delay,
                         int queued);

/** It is shown as this task while it runs; as ct_active_tasks_describe(). */
void ct_accounting_describe(const crosstown_task_t *task, const char *target,
                            const char *by);

/** It has returned, and will be called again; it waits as one that is queued
 *  until then. On the thread that called it.
 *  @return how long it ran, microseconds */
apr_interval_time_t ct_accounting_again(void);

/** A task goes back to where it is kept; parameters and result as for
 *  ct_accounting_ended(). @param untried  non-zero: it has not failed */
apr_interval_time_t ct_accounting_kept(const crosstown_task_t *task,
                                       crosstown_outcome_e outcome,
                                       int untried, int queued);

/** A task has met its end; one that ran does so on the thread that began it.
 *  @param queued  it had been counted as queued
 *  @return how long it ran, microseconds; 0 if it did not */
apr_interval_time_t ct_accounting_ended(const crosstown_task_t *task,
                                        crosstown_outcome_e outcome,
                                        apr_status_t result, int queued);

/** Its function has returned, and it goes on without the calling thread, which
 *  has begun it. @param kept  set to what it was to that thread */
void ct_accounting_hold(const crosstown_task_t *task, ct_active_t *kept);

/** From here to ct_accounting_put_down() the calling thread is the one that
 *  has begun it. */
void ct_accounting_take_up(ct_active_t *kept);
void ct_accounting_put_down(ct_active_t *kept);

/** Something else takes time on the calling thread between two tasks. */
void ct_accounting_interrupt(void);

/** The calling thread does not go straight on to a task. */
void ct_accounting_pause(void);

#endif
