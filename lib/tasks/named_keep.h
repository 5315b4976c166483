/* SPDX-License-Identifier: Apache-2.0 */
/* named_keep: tasks with keep=disk: how they are handed to whoever keeps them,
 * and how he has them run.
 * Thread: as crosstown_keep.h says.
 * Lifetime: what is handed over is copied by whoever keeps it. */
#ifndef CT_NAMED_KEEP_H
#define CT_NAMED_KEEP_H

#include "job.h"

/** @return as ct_ask_defer() */
apr_status_t ct_named_keep_defer(request_rec *r, const ct_job_t *job,
                                 const ct_ask_t *ask);

/** @return as crosstown_submit_named(), and APR_EEXIST */
apr_status_t ct_named_keep_submit(const ct_job_t *job);

/** r's headers are about to be written: what it has just asked for is kept.
 *  @return 0 | the status to answer with instead */
int ct_named_keep_settle(request_rec *r);

/** Export crosstown_run_named(). Thread: start-up. */
void ct_named_keep_register(void);

#endif
