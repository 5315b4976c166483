/* SPDX-License-Identifier: Apache-2.0 */
/* report: CrosstownReport, for developers: what became of the tasks that a
 * response asked for, as its header `Crosstown-Report`.
 * Thread: the request's.
 * Lifetime: the request's. */
#ifndef CT_REPORT_H
#define CT_REPORT_H

#include "tasks_glue.h"

/** A CrosstownReport On was read: from now on responses are looked at.
 *  Thread: the one that reads the configuration. */
void ct_report_want(void);

/** Begin anew. Thread: start-up. */
void ct_report_register(void);

/** Add a task that is recorded, if r's place wants a report.
 *  @param no_go  its own status words, or NULL: the place's */
void ct_report_taken(request_rec *r, const char *name, const char *no_go);

/** Add one that is dropped, since one of its key is there. */
void ct_report_duplicate(request_rec *r, const char *name);

/** Add one that is not. */
void ct_report_refused(request_rec *r, const char *name, const char *why);

/** Put what was added into the headers of r's response, which are about to be
 *  written; what its status refuses is told as refused. */
void ct_report_send(request_rec *r);

#endif
