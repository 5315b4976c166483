/* SPDX-License-Identifier: Apache-2.0 */
/* dispatch: what a request has recorded is decided upon and handed over.
 * Thread: the one that finishes the response. It must not wait here for
 * anything but the tasks that asked for this very thread.
 * Lifetime: nothing is kept; what goes on lives in a batch. */
#ifndef CT_DISPATCH_H
#define CT_DISPATCH_H

#include "glue.h"
#include "ledger.h"

/** Decide, and hand over what may run; the rest meets its end here. The ledger
 *  is closed by this. */
void ct_dispatch(request_rec *root, ct_ledger_t *ledger);

/** A thread was not to be had while so many are there: written to the log, if
 *  there are any; if not, what becomes of the tasks is. Thread: any. */
void ct_dispatch_refused(unsigned int threads);

#endif
