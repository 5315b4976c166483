/* SPDX-License-Identifier: Apache-2.0 */
/* open_requests: the requests of this child that have recorded tasks and have
 * not met their end. A hard stop leaves some of them where they are: then
 * their tasks are told from here.
 * Thread: see each function.
 * Lifetime: an entry: from the first record to the end of its request. */
#ifndef CT_OPEN_REQUESTS_H
#define CT_OPEN_REQUESTS_H

#include "glue.h"
#include "ledger.h"

/** A request has recorded a task, its first or another one.
 *  Thread: the request's. */
void ct_open_requests_note(ct_ledger_t *ledger);

/** suspend_connection hook: the thread goes, the connection stays.
 *  Thread: the one that goes. */
void ct_open_requests_suspend(conn_rec *c, request_rec *r);

/** Its tasks are about to meet their ends. Thread: the request's. */
void ct_open_requests_remove(ct_ledger_t *ledger);

/** End the tasks of all that are left as STOPPED, but for requests whose
 *  thread lives. Thread: the drain's, when the MPM has joined its own. */
void ct_open_requests_stop(void);

#endif
