/* SPDX-License-Identifier: Apache-2.0 */
/* commit_filter: two filters. The first stands behind all that makes content
 * and before what writes headers: there the status is known, and can still be
 * turned into a 503. Three things change it later (a range that cannot be had,
 * a header that is not allowed, an error of httpd's own): the second one
 * stands behind the headers and sees what goes out.
 *
 * An internal redirect and an error document drop what is in front of the
 * protocol's filters; both hooks put the first one back. */
#include "commit_filter.h"

#include "kept_request.h"

#include "http_connection.h"
#include "http_protocol.h"
#include "http_request.h"
#include "util_filter.h"

static ap_filter_rec_t *commit;      /* start-up */
static ap_filter_rec_t *witness;     /* start-up */

static int has_error(apr_bucket_brigade *bb)
{
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        if (AP_BUCKET_IS_ERROR(b)) {
            return 1;
        }
    }
    return 0;
}

/* As long as one who writes headers is still to come, none has left. */
static int headers_are_out(const ap_filter_t *f)
{
    for (f = f->next; f; f = f->next) {
        if (!strcmp(f->frec->name, "http_header")
            || !strcmp(f->frec->name, "h2_c2_response_out")) {
            return 0;
        }
    }
    return 1;
}

/* When it is too late for a status the response is broken off, as mod_proxy
 * does it with that of a back end: any other error would let the end of the
 * chunks be written, and the response look whole. */
static void refuse(ap_filter_t *f, apr_bucket_brigade *bb)
{
    conn_rec *c = f->r->connection;
    int is_late = headers_are_out(f);
    int status = ct_kept_request_refuse(f->r);

    apr_brigade_cleanup(bb);
    APR_BRIGADE_INSERT_TAIL(bb, ap_bucket_error_create(
        is_late ? HTTP_BAD_GATEWAY : status, NULL, f->r->pool,
        c->bucket_alloc));
    if (is_late) {
        c->keepalive = AP_CONN_CLOSE;
        APR_BRIGADE_INSERT_TAIL(bb, ap_bucket_eoc_create(c->bucket_alloc));
    }
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(c->bucket_alloc));
}

static apr_status_t commit_filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *root = ct_kept_request_root(f->r);
    ct_kept_request_t *request = ct_kept_request_of(root);

    if (request && request->waiting > 0 && !has_error(bb)) {
        ct_kept_request_commit(root, f->r->status);
    }
    if (request && request->has_failed) {
        refuse(f, bb);
    }
    return ap_pass_brigade(f->next, bb);
}

/* The headers are written by now. */
static apr_status_t witness_filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    ap_filter_t *next = f->next;

    ct_kept_request_seen(ct_kept_request_root(f->r), f->r->status);
    ap_remove_output_filter(f);
    return ap_pass_brigade(next, bb);
}

static int has(const ap_filter_t *f, const ap_filter_rec_t *which)
{
    for (; f; f = f->next) {
        if (f->frec == which) {
            return 1;
        }
    }
    return 0;
}

static void add(request_rec *r)
{
    if (!has(r->output_filters, commit)) {
        ap_add_output_filter_handle(commit, NULL, r, r->connection);
    }
    if (!has(r->output_filters, witness)) {
        ap_add_output_filter_handle(witness, NULL, r, r->connection);
    }
}

static void add_again(request_rec *r)
{
    ct_kept_request_t *request;

    if (r->main) {
        return;
    }
    request = ct_kept_request_of(ct_kept_request_root(r));
    if (request && (request->waiting > 0 || request->has_failed)) {
        add(r);
    }
}

/* Not in front of one that has been redirected away from. */
void ct_commit_filter_want(request_rec *r)
{
    while (r->main) {
        r = r->main;
    }
    while (r->next) {
        r = r->next;
    }
    add(r);
}

void ct_commit_filter_register(void)
{
    commit = ap_register_output_filter("CROSSTOWN_STORE", commit_filter, NULL,
                                       AP_FTYPE_PROTOCOL - 1);
    witness = ap_register_output_filter("CROSSTOWN_STORE_SEEN",
                                        witness_filter, NULL,
                                        AP_FTYPE_TRANSCODE - 1);
    ap_hook_insert_filter(add_again, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_insert_error_filter(add_again, NULL, NULL, APR_HOOK_REALLY_LAST);
}
