/* SPDX-License-Identifier: Apache-2.0 */
/* target: what the targets of this room share.
 * Thread: a pool thread, inside a task's function.
 * Lifetime: no state. */
#ifndef CT_TARGET_H
#define CT_TARGET_H

#include "crosstown_tasks.h"
#include "tasks_glue.h"

#include "ap_provider.h"

/** Say why a task fails; the words are shown with the failure.
 *  @return status, for who returns just that */
apr_status_t ct_target_fail(const crosstown_task_t *task, apr_status_t status,
                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** When the drain of this child gives up; 0: it is not stopping. */
apr_time_t ct_target_deadline(void);

/** Say what a task and its response are, each by a name of its own:
 *  CROSSTOWN_TASK and so on. What there is none of is left out.
 *  @param set  called for each, with context */
void ct_target_describe(const crosstown_task_t *task,
                        void (*set)(void *context, const char *name,
                                    const char *value), void *context);

/** Fetch what the first two need. Thread: start-up. */
void ct_target_register(void);

#endif
