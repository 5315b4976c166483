/* SPDX-License-Identifier: Apache-2.0 */
/* child: the life of a child process: a dispatcher at its start, the drain at
 * its end, and the time in between that a stop leaves.
 * Thread: see each function.
 * Lifetime: the child process; the dispatcher is left to exit(). */
#ifndef CT_CHILD_H
#define CT_CHILD_H

#include "glue.h"
#include "dispatcher.h"

/** Microseconds: the parent sends SIGKILL 9 seconds after a hard stop
 *  began. */
#define CT_CHILD_PARENTS_PATIENCE apr_time_from_sec(8)

/** child_init hook, before all others, so that they may submit. */
void ct_child_start(apr_pool_t *pchild, server_rec *s);

/** child_stopping hook: notes the time, and lets nobody wait for ever. May run
 *  on a listener, in a signal handler, twice or never. */
void ct_child_stopping(apr_pool_t *pchild, int graceful);

/** For a request that waits: in prefork nobody is told of a graceful stop, one
 *  has to look for it. Elsewhere this does nothing. Thread: the request's. */
void ct_child_look(void);

/** When the drain of this child gives up, 0 if it is not about to go; see
 *  crosstown_deadline(). Thread: any. */
apr_time_t ct_child_deadline(void);

/** Is this child about to go? @return 0: no; a yes is for good. Thread: any of
 *  the child. */
int ct_child_is_stopping(void);

/** The dispatcher; NULL outside a child, after the drain, or where it could
 *  not be made. Thread: any of the child. */
ct_dispatcher_t *ct_child_dispatcher(void);

/** Has this child threads for its requests? Thread: any of the child. */
int ct_child_is_threaded(void);

#endif
