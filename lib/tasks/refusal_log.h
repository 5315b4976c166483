/* SPDX-License-Identifier: Apache-2.0 */
/* refusal_log: the lines about what a response asked for in vain. A script in
 * a loop brings them by the thousand: so many a second are written, the rest
 * is counted and told within seconds.
 * Thread: the request's.
 * Lifetime: the child process. */
#ifndef CT_REFUSAL_LOG_H
#define CT_REFUSAL_LOG_H

#include "tasks_glue.h"

/** Hang in. Thread: start-up. */
void ct_refusal_log_register(void);

/** r's field is dropped, all of it. */
void ct_refusal_log_field(request_rec *r, const char *error);

/** A task that r's response asks for is refused. */
void ct_refusal_log_task(request_rec *r, const char *name, const char *why);

/** A module asks for a task with a payload that its target cannot take.
 *  Thread: any. */
void ct_refusal_log_payload(server_rec *s, const char *name, const char *why,
                            apr_pool_t *p);

#endif
