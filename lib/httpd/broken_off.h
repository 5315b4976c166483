/* SPDX-License-Identifier: Apache-2.0 */
/* broken_off: has the server itself broken a response off: a back end that
 * went away in the middle, a handler that could not go on, a body shorter than
 * its Content-Length?
 * Thread: the one that owns the request.
 * Lifetime: the request's; what was seen is noted in its ledger. */
#ifndef CT_BROKEN_OFF_H
#define CT_BROKEN_OFF_H

#include "glue.h"
#include "ledger.h"

/** Register the filter. Thread: register_hooks. */
void ct_broken_off_register(void);

/** Watch what is still to be sent. Once for each ledger; not for HTTP/2, where
 *  what breaks a response off resets its stream.
 *  @param ledger  that of root, the request that the client sent */
void ct_broken_off_watch(request_rec *root, ct_ledger_t *ledger);

/** Was the response broken off? To be asked when it is over. */
int ct_broken_off(const request_rec *root);

#endif
