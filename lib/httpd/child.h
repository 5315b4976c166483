/* SPDX-License-Identifier: Apache-2.0 */
/* child: the life of a child process: a dispatcher at its start, the drain at
 * its end, and the time in between that a stop leaves.
 * Thread: see each function.
 * Lifetime: the child process; the dispatcher is left to exit(). */
#ifndef CT_CHILD_H
#define CT_CHILD_H

#include "glue.h"
#include "dispatcher.h"

/** child_init hook, before all others, so that they may submit. */
void ct_child_start(apr_pool_t *pchild, server_rec *s);

/** child_stopping hook: notes the time. May run on a listener, in a signal
 *  handler, twice or never. */
void ct_child_stopping(apr_pool_t *pchild, int graceful);

/** The dispatcher; NULL outside a child, after the drain, or where it could
 *  not be made. Thread: any of the child. */
ct_dispatcher_t *ct_child_dispatcher(void);

/** In prefork signals may end the process in the middle of anything: is this
 *  such a server? Thread: any of the child. */
int ct_child_guards_signals(void);

#endif
