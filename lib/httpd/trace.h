/* SPDX-License-Identifier: Apache-2.0 */
/* trace: a task's life in the error log, with `LogLevel crosstown:debug`
 * (recorded, queued, its end) or `crosstown:trace1` (its start as well). All
 * lines of one request have its log id.
 * Thread: up to the hand-over the request's, then any.
 * Lifetime: nothing is kept but whether anybody asks. */
#ifndef CT_TRACE_H
#define CT_TRACE_H

#include "end_text.h"
#include "glue.h"

/** See who asks. Thread: child_init. */
void ct_trace_look_up(void);

/** Has anybody ever asked? If not, starts and ends need not be told. */
extern int ct_trace_some_ask;

/** A task of this name was recorded with r, which belongs to root. This and
 *  the next one are for whoever has asked APLOGrdebug().
 *  @param first  it is the first one of its request */
void ct_trace_recorded(request_rec *r, request_rec *root, const char *name,
                       int first);

/** One that is admitted is handed over.
 *  @param is_inline  it is called on the request's own thread */
void ct_trace_handed_over(request_rec *root, const char *name, int is_inline);

/** Its function is about to be called. */
void ct_trace_begun(const crosstown_task_t *task);

/** It has met its end. */
void ct_trace_ended(const ct_end_t *end);

/** It goes back to where it is kept.
 *  @param when  it has failed, and will be called again then; 0: it was not
 *               called */
void ct_trace_kept(server_rec *s, const crosstown_task_t *task,
                   apr_time_t when);

/** It has failed, and will be called again. */
void ct_trace_again(server_rec *s, const crosstown_task_t *task,
                    apr_time_t when);

#endif
