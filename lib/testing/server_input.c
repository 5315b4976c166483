/* SPDX-License-Identifier: Apache-2.0 */
/* server_input: what the client has sent behind its headers: a brigade that
 * the last input filter of the request gives away, ended by EOS.
 * Thread: the test's.
 * Lifetime: the request's. */
#include "stage.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "util_filter.h"
#include "weak.h"

CT_WEAK(ap_setup_client_block)
CT_WEAK(ap_should_client_block)
CT_WEAK(ap_get_client_block)
CT_WEAK(ap_discard_request_body)

#define NAME "CROSSTOWN_TEST_SENT"
#define CHUNK 8192

static apr_status_t give(ap_filter_t *filter, apr_bucket_brigade *brigade,
                         ap_input_mode_t mode, apr_read_type_e block,
                         apr_off_t length)
{
    apr_bucket_brigade *sent = filter->ctx;
    apr_bucket *rest = APR_BRIGADE_SENTINEL(sent);

    if (mode != AP_MODE_EXHAUSTIVE) {
        apr_status_t rv = mode == AP_MODE_READBYTES
                          ? apr_brigade_partition(sent, length, &rest)
                          : APR_ENOTIMPL;

        if (rv != APR_SUCCESS && rv != APR_INCOMPLETE) {
            return rv;
        }
    }
    while (APR_BRIGADE_FIRST(sent) != rest) {
        apr_bucket *b = APR_BRIGADE_FIRST(sent);

        APR_BUCKET_REMOVE(b);
        APR_BRIGADE_INSERT_TAIL(brigade, b);
    }
    return APR_SUCCESS;
}

void ct_input_register(void)
{
    ap_register_input_filter(NAME, give, NULL, AP_FTYPE_NETWORK);
}

void ct_input_attach(request_rec *r)
{
    apr_bucket_alloc_t *list = r->connection->bucket_alloc;
    apr_bucket_brigade *sent = apr_brigade_create(r->pool, list);

    APR_BRIGADE_INSERT_TAIL(sent, apr_bucket_eos_create(list));
    r->proto_input_filters = ap_add_input_filter(NAME, sent, r,
                                                 r->connection);
}

void crosstown_test_send(struct request_rec *r, const char *type,
                         const char *body)
{
    apr_bucket_brigade *sent = ct_visit_open(r)->proto_input_filters->ctx;
    apr_size_t length = strlen(body);

    if (type) {
        apr_table_set(r->headers_in, "Content-Type", type);
    }
    APR_BRIGADE_INSERT_HEAD(sent, apr_bucket_pool_create(
                                apr_pstrdup(r->pool, body), length, r->pool,
                                r->connection->bucket_alloc));
    r->remaining += (apr_off_t)length;
    apr_table_setn(r->headers_in, "Content-Length",
                   apr_off_t_toa(r->pool, r->remaining));
}

int ap_setup_client_block(request_rec *r, int policy)
{
    r->read_body = policy;
    return policy == REQUEST_NO_BODY && r->remaining > 0
           ? HTTP_REQUEST_ENTITY_TOO_LARGE : OK;
}

int ap_should_client_block(request_rec *r)
{
    return r->remaining > 0;
}

long ap_get_client_block(request_rec *r, char *buffer, apr_size_t size)
{
    apr_bucket_brigade *brigade =
        apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_status_t rv = ap_get_brigade(r->input_filters, brigade,
                                     AP_MODE_READBYTES, APR_BLOCK_READ,
                                     (apr_off_t)size);

    if (rv == APR_SUCCESS) {
        rv = apr_brigade_flatten(brigade, buffer, &size);
    }
    apr_brigade_destroy(brigade);
    if (rv != APR_SUCCESS) {
        return -1;
    }
    r->read_length += (apr_off_t)size;
    r->remaining -= (apr_off_t)size;
    return (long)size;
}

int ap_discard_request_body(request_rec *r)
{
    char nobody_reads[CHUNK];
    long length;

    do {
        length = ap_get_client_block(r, nobody_reads, sizeof(nobody_reads));
    } while (length > 0);
    return length == 0 ? OK : HTTP_BAD_REQUEST;
}
