/* SPDX-License-Identifier: Apache-2.0 */
/* trace: a task's life in the error log, for who asks for it with `LogLevel
 * crosstown:debug` (what happens in its request) or `crosstown:trace1` (its
 * start and its end as well). Lines of one request have its log id.
 * Thread: up to the hand-over the request's, then any.
 * Lifetime: nothing is kept but whether anybody asks. */
#ifndef CT_TRACE_H
#define CT_TRACE_H

#include "glue.h"
#include "ledger.h"

/** See who asks for starts and ends. Thread: child_init. */
void ct_trace_look_up(void);

/** Does anybody ask for starts and ends? If not, they need not be told. */
extern int ct_trace_some_ask;

/** A task of this name was recorded with r, which belongs to root. This and
 *  the next two are for who has asked APLOGrdebug(). */
void ct_trace_recorded(request_rec *r, request_rec *root, const char *name);

/** What the rules are about to refuse. */
void ct_trace_refused(request_rec *root, const ct_ledger_t *ledger,
                      const ct_verdict_t *verdict);

/** One that is admitted is handed over.
 *  @param here  it is called on the request's own thread */
void ct_trace_handed_over(request_rec *root, const char *name, int here);

/** Its function is about to be called. */
void ct_trace_begun(const crosstown_task_t *task);

/** It has met its end. */
void ct_trace_ended(const server_rec *s, const crosstown_task_t *task,
                    crosstown_outcome_e outcome, apr_status_t result);

#endif
