/* SPDX-License-Identifier: Apache-2.0 */
/* outcomes: what others learn of tasks: the optional hooks and the error log.
 * Thread: any of the child, after ct_outcomes_look_up().
 * Lifetime: the hooks are looked up once for each child. */
#ifndef CT_OUTCOMES_H
#define CT_OUTCOMES_H

#include "glue.h"
#include "task.h"

/** Look up who hooked in. Thread: child_init, after all hooks are sorted. */
void ct_outcomes_look_up(void);

/** Has anybody hooked crosstown_collect? */
int ct_outcomes_collecting(void);

/** Run the crosstown_collect hooks, all of them; there are some. */
void ct_outcomes_collect(request_rec *r, int status);

/** Does every crosstown_admit hook let the task pass? NULL where nobody
 *  hooked in. context is the request. */
int (*ct_outcomes_admit(void))(void *context, const crosstown_task_t *task);

/** Log what the rate limit still holds back. Thread: the drain's. */
void ct_outcomes_flush(server_rec *s);

/** Where ends are told: the tally, the log, the done hooks. For every ledger;
 *  static. */
extern const ct_report_t ct_outcomes_ends;

/** The same for a dispatcher: tasks that were counted as queued. */
extern const ct_report_t ct_outcomes_queued_ends;

#endif
