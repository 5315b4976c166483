/* SPDX-License-Identifier: Apache-2.0 */
/* dispatch: the moment after the last byte: what may run is decided and
 * handed over.
 * Thread: the one that finishes the response. It must not wait here for
 * anything but the tasks that asked for this very thread.
 * Lifetime: nothing is kept; what goes on lives in a batch. */
#ifndef CT_DISPATCH_H
#define CT_DISPATCH_H

#include "glue.h"

/** log_transaction hook, before all others: from here on a request whose
 *  hooks are cut short is still dispatched, by ct_dispatch_watch(). */
int ct_dispatch_note(request_rec *r);

/** log_transaction hook, behind all others: access logs are written. */
int ct_dispatch_request(request_rec *r);

/** See to it that what the request records meets an end even if
 *  ct_dispatch_request() is never reached. Once for each ledger. */
void ct_dispatch_watch(request_rec *root);

#endif
