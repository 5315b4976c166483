/* SPDX-License-Identifier: Apache-2.0 */
/* deferred_reply: a handler that waits, holding its thread, for what its
 * client is to be told; crosstown_deferred.h says what it promises.
 *
 * A client that has gone ends the wait within 0.2 seconds. The connection is
 * marked as aborted then and the handler returns 408, httpd's own word for a
 * request whose client was not there to the end: so the access log has
 * "408" and, for %X, "X", and tasks of the request are judged by that.
 * Thread: the request's.
 * Lifetime: nothing is kept. */
#ifndef CT_DEFERRED_REPLY_H
#define CT_DEFERRED_REPLY_H

#include "glue.h"
#include "crosstown_deferred.h"

/** Put answer() and answer_or_cancel() into the table. Thread: start-up. */
void ct_deferred_reply_fill(crosstown_deferreds_t *table);

#endif
