/* SPDX-License-Identifier: Apache-2.0 */
/* target: what the targets of this room share.
 * Thread: a pool thread, inside a task's function.
 * Lifetime: no state. */
#ifndef CT_TARGET_H
#define CT_TARGET_H

#include "crosstown_keep.h"
#include "crosstown_tasks.h"
#include "tasks_glue.h"

#include "ap_provider.h"

/** Say why a task fails; the words are shown with the failure.
 *  @return status, for whoever returns just that */
apr_status_t ct_target_fail(const crosstown_task_t *task, apr_status_t status,
                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** What was said so last, in this attempt; NULL: nothing. */
const char *ct_target_words(const crosstown_task_t *task);

/** If the target holds the task: have `ask` decide what comes of it when it is
 *  finished. Before the target is called. */
void ct_target_on_finish(const crosstown_task_t *task,
                         crosstown_on_finish_fn_t *ask, void *data);

/** Show on the status page what runs. Parameters as crosstown_describe(). */
void ct_target_show(const crosstown_task_t *task, const char *target,
                    const char *by);

/** Have it tried again, then. @return what its function is to return */
apr_status_t ct_target_retry_at(const crosstown_task_t *task, apr_time_t when);

/** Judge an HTTP status: 2xx is success; after 408, 425, 429 and 5xx another
 *  attempt may do better, not before the answer wants it; all others are
 *  final.
 *  @param who          has answered, for the words
 *  @param retry_after  microseconds; 0: the answer does not say
 *  @param max_delay    as crosstown_target_setup_t has it
 *  @return what the task's function is to return */
apr_status_t ct_target_answered(const crosstown_task_t *task, const char *who,
                                int status, apr_interval_time_t retry_after,
                                apr_interval_time_t max_delay);

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
