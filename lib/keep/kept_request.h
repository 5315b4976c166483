/* SPDX-License-Identifier: Apache-2.0 */
/* kept_request: the kept tasks of a request, and the moment when they are put
 * on the disk.
 * Thread: the request's.
 * Lifetime: the request that the client sent. */
#ifndef CT_KEPT_REQUEST_H
#define CT_KEPT_REQUEST_H

#include "kept_job.h"

typedef struct ct_kept_request_t {
    ct_kept_job_t *first;
    ct_kept_job_t **last;
    int waiting;                     /* so many are not on the disk yet */
    int refused;                     /* of those, by this status: */
    int refused_status;
    int has_failed;                  /* some could not be put there, and the
                                        client has not been told yet */
    int is_refused;                  /* it was, or is being told */
} ct_kept_request_t;

/** The request that the client sent, from whatever sub-request or internal
 *  redirect. */
request_rec *ct_kept_request_root(request_rec *r);

/** Of a root; NULL: it has none. */
ct_kept_request_t *ct_kept_request_of(const request_rec *root);

/** Add a task. */
ct_kept_job_t *ct_kept_request_add(request_rec *root);

/** Put those on the disk that this status lets run. If it does not succeed,
 *  all of them are in vain. @return as ct_store_put() */
apr_status_t ct_kept_request_commit(request_rec *root, int status);

/** What r was going to be answered with is not sent: it is going to be this
 *  status, also if r is an error document.
 *  @return HTTP_SERVICE_UNAVAILABLE */
int ct_kept_request_refuse(request_rec *r);

/** The client sees this status: take back what it refuses. */
void ct_kept_request_seen(request_rec *root, int status);

#endif
