/* SPDX-License-Identifier: Apache-2.0 */
/* ask: a named task is asked for: by a C module, by a header's item, by a
 * directive. Here they all come together and become a task of mod_crosstown.
 * Thread: the request's; crosstown_submit_named(): any of a child.
 * Lifetime: what is asked for is copied. */
#ifndef CT_ASK_H
#define CT_ASK_H

#include "job.h"

/** Fetch mod_crosstown's functions and export ours. Thread: start-up. */
void ct_ask_register(void);

/** Ask for a task with r, whose place is the one that counts.
 *  @return as crosstown_defer(), and APR_EEXIST: dropped, one of its key is
 *          not done yet | APR_ENOSPC: too many keys are held | APR_TIMEUP: it
 *          would expire before its delay is over */
apr_status_t ct_ask_defer(request_rec *r, const ct_named_task_t *task,
                          const crosstown_payload_t *payload,
                          const ct_ask_t *ask);

/** What a task of mod_crosstown is, if it is a named one.
 *  @return its data, if its function is ours; else NULL */
const ct_job_t *ct_ask_job(crosstown_fn_t *fn, const void *data);

/** Ask for a task with fields, in the format that the task has.
 *  @param fields  ct_sf_parameter_t
 *  @return as ct_ask_defer() */
apr_status_t ct_ask_with_fields(request_rec *r, const ct_named_task_t *task,
                                const apr_array_header_t *fields,
                                const ct_ask_t *ask);

#endif
