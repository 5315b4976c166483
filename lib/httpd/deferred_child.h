/* SPDX-License-Identifier: Apache-2.0 */
/* deferred_child: deferreds in a server: the table that modules fetch, what
 * lib/deferred needs of a child process, and who has to wait no more when
 * that stops.
 *
 * At a hard stop all waiters are released at once. At a graceful one they are
 * requests like others and may end as usual, for as long as CrosstownDrain, or
 * until a harder stop is ordered.
 * Thread: see each function.
 * Lifetime: the table: the module's; the rest: the child process. */
#ifndef CT_DEFERRED_CHILD_H
#define CT_DEFERRED_CHILD_H

#include "glue.h"

/** Export crosstown_deferreds(). Thread: start-up. */
void ct_deferred_child_export(void);

/** Begin. Thread: child_init, behind the dispatcher's start. */
void ct_deferred_child_start(server_rec *s);

/** This child is leaving: release its waiters when the patience, in
 *  microseconds, is over. Only the first call counts. Thread: any. */
void ct_deferred_child_leave(apr_interval_time_t patience);

#endif
