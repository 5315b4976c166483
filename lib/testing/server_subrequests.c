/* SPDX-License-Identifier: Apache-2.0 */
/* server_subrequests: a module's own sub-requests and internal redirects:
 * made as a test would make them, answered by the modules that are loaded.
 * Thread: the test's.
 * Lifetime: that of the request they come from. */
#include "stage.h"

#include "guarded.h"
#include "http_protocol.h"
#include "http_request.h"
#include "weak.h"

CT_WEAK(ap_sub_req_lookup_uri)
CT_WEAK(ap_sub_req_method_uri)
CT_WEAK(ap_run_sub_req)
CT_WEAK(ap_destroy_sub_req)
CT_WEAK(ap_internal_redirect)

request_rec *ap_sub_req_method_uri(const char *method, const char *target,
                                   const request_rec *r, ap_filter_t *next)
{
    request_rec *sub;

    ct_guarded_touch(r);
    sub = crosstown_test_subrequest((request_rec *)r, target);
    sub->method = method;
    sub->method_number = ap_method_number_of(method);
    if (next) {
        sub->output_filters = next;
    }
    return sub;
}

request_rec *ap_sub_req_lookup_uri(const char *target, const request_rec *r,
                                   ap_filter_t *next)
{
    return ap_sub_req_method_uri("GET", target, r, next);
}

/* The server says OK for what was answered. */
int ap_run_sub_req(request_rec *r)
{
    int status;

    ct_guarded_touch(r);
    status = crosstown_test_serve(r);
    return status == r->status ? OK : status;
}

void ap_destroy_sub_req(request_rec *r)
{
    apr_pool_destroy(r->pool);
}

void ap_internal_redirect(const char *target, request_rec *r)
{
    request_rec *next;

    ct_guarded_touch(r);
    next = crosstown_test_redirect(r, target);
    next->status = crosstown_test_serve(next);
}
