/* SPDX-License-Identifier: Apache-2.0 */
/* request_end: the moment after the last byte of a response.
 * Thread: the one that finishes the response.
 * Lifetime: nothing is kept. */
#ifndef CT_REQUEST_END_H
#define CT_REQUEST_END_H

#include "glue.h"

/** In front of what calls itself first: who comes before it can end the hooks
 *  so that nobody learns that the request is over. */
#define CT_REQUEST_END_BEFORE_ALL (APR_HOOK_REALLY_FIRST - 1000)

/** log_transaction hook, before all others: from here on a request whose
 *  hooks another module ends early (LuaHookLog that returns DONE) is finished
 *  all the same, when its pool goes. */
int ct_request_end_note(request_rec *r);

/** log_transaction hook, behind all others: access logs are written. */
int ct_request_end_dispatch(request_rec *r);

/** See to it that what the request records meets an end even if
 *  ct_request_end_dispatch() is never reached. Once for each ledger. */
void ct_request_end_watch(request_rec *root);

#endif
