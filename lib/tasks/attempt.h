/* SPDX-License-Identifier: Apache-2.0 */
/* attempt: a named task has its turn: its target is called, unless there is
 * nothing to be done any more.
 * Thread: one of the pool's.
 * Lifetime: the call. */
#ifndef CT_ATTEMPT_H
#define CT_ATTEMPT_H

#include "job.h"

/** Try it once. If its target holds it, job is in use until it is over.
 *  @return as crosstown_fn_t */
apr_status_t ct_attempt(const crosstown_task_t *task, ct_job_t *job);

#endif
