/* SPDX-License-Identifier: Apache-2.0 */
/* slow: CrosstownSlowTask, a line in the error log about each task that runs
 * for longer than that, while it does, and one when it is over. What runs is
 * read from the child's own entries, see active_tasks.h.
 *
 * The clock of the deferreds looks: no sooner than a task can have been slow,
 * a second apart at least. Without the directive nobody looks, and what is
 * left of all this is a comparison at the end of a task.
 *
 * Thread: as each function says.
 * Lifetime: the child process; looking ends with the clock. */
#ifndef CT_SLOW_H
#define CT_SLOW_H

#include <stdatomic.h>

#include "glue.h"
#include "mod_crosstown.h"

/** Enough for ct_slow_list(). */
#define CT_SLOW_LIST_SIZE 3200

/** Set up what the configuration says. Thread: child_init, after the slot was
 *  taken and the clock has started. */
void ct_slow_start(void);

/** Non-zero: a look is wanted, and no task has begun yet. Relaxed: the
 *  exchange in ct_slow_begin_to_look() decides. */
extern atomic_int ct_slow_nobody_looks;

/** The first task of this child begins: from now on somebody looks. */
void ct_slow_begin_to_look(void);

/** A task has run and is over.
 *  @param took  microseconds
 *  Thread: the one that ran it. */
void ct_slow_over(server_rec *s, const crosstown_task_t *task,
                  apr_interval_time_t took);

/** Say in words what runs in this child: some tasks, each behind "; ".
 *  Thread: any; memory is not taken, nor is any lock.
 *  @param text  filled in; empty if nothing runs */
void ct_slow_list(char text[CT_SLOW_LIST_SIZE]);

#endif
