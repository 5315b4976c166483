/* SPDX-License-Identifier: Apache-2.0 */
/* broken_off: nothing that httpd keeps until a request is logged says so: the
 * connection is not aborted, it ends in an orderly way, and only the missing
 * last chunk tells the client. What there is are the buckets that pass: one of
 * an error behind the response's head (before it, there would be another
 * response), or one that ends the connection before there is a head. Hence a
 * filter behind those of the head, in requests that have recorded a task and
 * in no others. Who announced more bytes than he sent has left no bucket, but
 * his header. */
#include "broken_off.h"

#include "apr_strings.h"
#include "http_connection.h"
#include "http_protocol.h"
#include "record.h"
#include "request.h"
#include "util_filter.h"

#define FILTER_NAME "CROSSTOWN_BROKEN_OFF"

/* Behind the filters that write the head and see to errors before it, above
 * the one that makes chunks. */
#define FILTER_TYPE ((ap_filter_type)(AP_FTYPE_PROTOCOL + 1))

static ap_filter_rec_t *filter;      /* set at start-up */

static int breaks_off(const apr_bucket *b, const request_rec *r)
{
    return AP_BUCKET_IS_ERROR(b) || (AP_BUCKET_IS_EOC(b) && !r->sent_bodyct);
}

static apr_status_t watch(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    ct_ledger_t *ledger = f->ctx;
    const apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(brigade); b != APR_BRIGADE_SENTINEL(brigade);
         b = APR_BUCKET_NEXT(b)) {
        if (APR_BUCKET_IS_METADATA(b) && breaks_off(b, f->r)) {
            ledger->broken_off = 1;
        }
    }
    return ap_pass_brigade(f->next, brigade);
}

/* The filters of a chain of internal redirects are those of its last request.
 */
void ct_broken_off_watch(request_rec *root, ct_ledger_t *ledger)
{
    request_rec *last = ct_request_last(root);

    ap_add_output_filter_handle(filter, ledger, last, root->connection);
}

/* All that httpd counts has come as far as the head's filters. What the server
 * has announced itself need not be looked up in the header; a back end's has
 * to be. */
static int is_short(const request_rec *last)
{
    const char *length;

    if (last->bytes_sent == last->clength || last->chunked
        || last->header_only || AP_STATUS_IS_HEADER_ONLY(last->status)) {
        return 0;
    }
    length = apr_table_get(last->headers_out, "Content-Length");
    return length && last->bytes_sent < apr_atoi64(length);
}

int ct_broken_off(const request_rec *root)
{
    const ct_ledger_t *ledger = ct_record_ledger(root);

    return (ledger && ledger->broken_off)
           || is_short(ct_request_last((request_rec *)root));
}

void ct_broken_off_register(void)
{
    filter = ap_register_output_filter(FILTER_NAME, watch, NULL, FILTER_TYPE);
}
