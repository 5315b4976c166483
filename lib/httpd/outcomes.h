/* SPDX-License-Identifier: Apache-2.0 */
/* outcomes: what others learn of tasks: the optional hooks, the counters, the
 * error log.
 * Thread: any of the child, after ct_outcomes_look_up().
 * Lifetime: the hooks are looked up once for each child; their arrays are
 * APR's, for the process. */
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

/** Where ends are told, by ledgers and by the dispatcher: the counters, the
 *  log, the done hooks. A view without a ledger is that of a task that was
 *  counted as queued. */
extern const ct_report_t ct_outcomes_report;

#endif
