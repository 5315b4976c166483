/* SPDX-License-Identifier: Apache-2.0 */
/* request: which request_rec is meant, and what can be read of it.
 * Thread: the one that owns the request.
 * Lifetime: nothing is kept. */
#ifndef CT_REQUEST_H
#define CT_REQUEST_H

#include "glue.h"
#include "mod_crosstown.h"

/** The request that the client sent, from whatever sub-request or internal
 *  redirect. */
request_rec *ct_request_root(request_rec *r);

/** The last request of a chain of internal redirects: the one that is
 *  answered. */
request_rec *ct_request_last(request_rec *root);

/** The status as %>s logs it: that of the last request of a chain of internal
 *  redirects. */
int ct_request_status(const request_rec *root);

/** Was the client not given all of the response? To be asked when the request
 *  is logged. */
int ct_request_is_aborted(const request_rec *root);

/** May a task run on the calling thread without stalling anybody but this
 *  connection? No on a listener, no for HTTP/2, where the thread serves the
 *  other streams of the connection. */
int ct_request_may_run_inline(const request_rec *root);

/** Does the client learn only from the end of its connection that it has all
 *  of the response? What runs on this thread before that keeps it waiting. */
int ct_request_ends_with_connection(const request_rec *root);

/**
 * Fill in the snapshot. It is aborted if the client was not given all of the
 * response; as long as nothing was logged, if its connection is lost.
 * @param response  its strings are the request's own: for use on this thread
 *                  while the request is there; a batch copies them
 * @param sent      when the last byte was handed over; 0: not yet
 */
void ct_request_snapshot(crosstown_response_t *response,
                         const request_rec *root, apr_time_t sent);

#endif
