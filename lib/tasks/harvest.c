/* SPDX-License-Identifier: Apache-2.0 */
/* harvest: one function takes the field out of a response and asks for what is
 * in it; that it is gone makes it happen once. It is called at four places,
 * since none of them sees every response:
 *
 *   resource filter     before mod_cache stores a response and before
 *                       sub-requests' headers are forgotten
 *   insert_error_filter before httpd empties headers_out of a handler that
 *                       has set some and returned an error
 *   create_request      of a next request of an internal redirect: the one
 *                       before, judged by its own place
 *   protocol filter     what comes late: `Header always set`, early errors,
 *                       cache hits; nothing passes it towards the client
 *
 * A header of the same name in a request means nothing and is taken out of it
 * before anybody looks. */
#include "harvest.h"

#include "after.h"
#include "asked.h"
#include "named_keep.h"
#include "report.h"
#include "task_place.h"

#include "http_protocol.h"
#include "http_request.h"
#include "util_filter.h"

#define FIELD "Crosstown"

static ap_filter_rec_t *resource;    /* start-up */
static ap_filter_rec_t *protocol;    /* start-up */

static int gather(void *rows, const char *key, const char *value)
{
    APR_ARRAY_PUSH((apr_array_header_t *)rows, const char *) = value;
    return 1;
}

/* Rows of one table, in their order; none is left there. */
static void take_rows(apr_array_header_t *rows, apr_table_t *table)
{
    if (table && apr_table_get(table, FIELD)) {
        apr_table_do(gather, rows, table, FIELD, NULL);
        apr_table_unset(table, FIELD);
    }
}

static int has_field(const request_rec *r)
{
    return apr_table_get(r->headers_out, FIELD)
           || apr_table_get(r->err_headers_out, FIELD);
}

/* After an error two of the tables may be one, which is empty then when it is
 * looked at again. Taken out before anything is recorded: that logs, and who
 * hooks into the log may look at the headers. */
static void harvest(request_rec *r)
{
    apr_array_header_t *rows;

    if (!has_field(r)) {
        return;
    }
    rows = apr_array_make(r->pool, 2, sizeof(const char *));
    take_rows(rows, r->headers_out);
    take_rows(rows, r->err_headers_out);
    ct_asked_take(r, apr_array_pstrcat(r->pool, rows, ','));
}

static apr_status_t resource_filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    ap_filter_t *next;

    /* What is asked for may put a filter behind this one. */
    harvest(f->r);
    next = f->next;
    ap_remove_output_filter(f);
    return ap_pass_brigade(next, bb);
}

/* What was asked for as late as this is kept before the headers leave, or they
 * do not. */
static void settle(ap_filter_t *f, apr_bucket_brigade *bb)
{
    int status = ct_named_keep_settle(f->r);

    if (status) {
        apr_bucket_alloc_t *memory = f->r->connection->bucket_alloc;

        apr_brigade_cleanup(bb);
        APR_BRIGADE_INSERT_TAIL(bb, ap_bucket_error_create(status, NULL,
                                                           f->r->pool,
                                                           memory));
        APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(memory));
    }
}

static int has_error(const apr_bucket_brigade *bb)
{
    const apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        if (AP_BUCKET_IS_ERROR(b)) {
            return 1;
        }
    }
    return 0;
}

/* Not for one that is about to be answered with an error instead. */
static int is_first(ap_filter_t *f, const apr_bucket_brigade *bb)
{
    static char seen;

    if (f->ctx || has_error(bb)) {
        return 0;
    }
    f->ctx = &seen;
    return 1;
}

/* In front of what writes the headers; trailers may come with each brigade. */
static apr_status_t protocol_filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    int has_asked = has_field(r);

    if (has_asked) {
        harvest(r);
    }
    if (is_first(f, bb)) {
        has_asked |= ct_after_ask_kept(r);
    }
    if (has_asked) {
        settle(f, bb);
    }
    if (r->trailers_out) {
        apr_table_unset(r->trailers_out, FIELD);
    }
    ct_report_send(r);
    return ap_pass_brigade(f->next, bb);
}

static void insert_filter(request_rec *r)
{
    ap_add_output_filter_handle(resource, NULL, r, r->connection);
}

static void insert_error_filter(request_rec *r)
{
    harvest(r);
}

static int create_request(request_rec *r)
{
    if (r->prev) {
        harvest(r->prev);
    }
    else if (!r->main) {
        ap_add_output_filter_handle(protocol, NULL, r, r->connection);
    }
    return OK;
}

static int post_read_request(request_rec *r)
{
    apr_table_unset(r->headers_in, FIELD);
    return DECLINED;
}

void ct_harvest_register(apr_pool_t *p)
{
    resource = ap_register_output_filter("CROSSTOWN_TASKS", resource_filter,
                                         NULL, AP_FTYPE_CONTENT_SET);
    protocol = ap_register_output_filter("CROSSTOWN_TASKS_LAST",
                                         protocol_filter, NULL,
                                         AP_FTYPE_PROTOCOL);
    ap_hook_insert_filter(insert_filter, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_insert_error_filter(insert_error_filter, NULL, NULL,
                                APR_HOOK_REALLY_FIRST);
    ap_hook_create_request(create_request, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_read_request(post_read_request, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
}
