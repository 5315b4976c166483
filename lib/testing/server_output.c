/* SPDX-License-Identifier: Apache-2.0 */
/* server_output: what a handler writes goes along the request's filters; the
 * last one keeps it as text.
 * Thread: the test's.
 * Lifetime: the request's. */
#include "stage.h"

#include "apr_strings.h"
#include "guarded.h"
#include "http_protocol.h"
#include "util_filter.h"
#include "weak.h"

CT_WEAK(ap_rwrite)
CT_WEAK(ap_rputc)
CT_WEAK(ap_vrprintf)
CT_WEAK(ap_rprintf)
CT_WEAK(ap_rvputs)
CT_WEAK(ap_rflush)
CT_WEAK(ap_set_content_type)
CT_WEAK(ap_set_content_length)

#define NAME "CROSSTOWN_TEST_BODY"

typedef struct {
    char *text;                      /* room bytes, ended by a NUL */
    apr_size_t length;
    apr_size_t room;
} body_t;

static void append(ap_filter_t *filter, const char *bytes, apr_size_t length)
{
    body_t *body = filter->ctx;

    if (body->length + length >= body->room) {
        char *text;

        body->room = 2 * (body->length + length) + 256;
        text = apr_palloc(filter->r->pool, body->room);
        memcpy(text, body->text, body->length);
        body->text = text;
    }
    memcpy(body->text + body->length, bytes, length);
    body->length += length;
    body->text[body->length] = '\0';
    filter->r->sent_bodyct = 1;
    filter->r->bytes_sent += (apr_off_t)length;
}

static apr_status_t keep(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    apr_status_t rv = APR_SUCCESS;
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(brigade);
         b != APR_BRIGADE_SENTINEL(brigade) && rv == APR_SUCCESS;
         b = APR_BUCKET_NEXT(b)) {
        const char *bytes;
        apr_size_t length;

        rv = apr_bucket_read(b, &bytes, &length, APR_BLOCK_READ);
        if (rv == APR_SUCCESS && length > 0) {
            append(filter, bytes, length);
        }
    }
    apr_brigade_cleanup(brigade);
    return rv;
}

void ct_output_register(void)
{
    ap_register_output_filter(NAME, keep, NULL, AP_FTYPE_NETWORK);
}

void ct_output_attach(request_rec *r)
{
    body_t *body = apr_pcalloc(r->pool, sizeof(*body));

    body->text = apr_pstrdup(r->pool, "");
    r->proto_output_filters = ap_add_output_filter(NAME, body, r,
                                                   r->connection);
}

const char *crosstown_test_body(struct request_rec *r)
{
    const body_t *body = ct_visit_open(r)->proto_output_filters->ctx;

    return body->text;
}

static apr_status_t pass(request_rec *r, apr_bucket *b)
{
    apr_bucket_brigade *brigade =
        apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_status_t rv;

    APR_BRIGADE_INSERT_TAIL(brigade, b);
    rv = ap_pass_brigade(r->output_filters, brigade);
    apr_brigade_cleanup(brigade);
    return rv;
}

void ct_output_end(request_rec *r)
{
    if (!r->eos_sent) {
        r->eos_sent = 1;
        (void)pass(r, apr_bucket_eos_create(r->connection->bucket_alloc));
    }
}

int ap_rwrite(const void *bytes, int length, request_rec *r)
{
    apr_bucket *b = apr_bucket_transient_create(bytes, (apr_size_t)length,
                                                r->connection->bucket_alloc);

    return pass(r, b) == APR_SUCCESS ? length : -1;
}

int ap_rputc(int c, request_rec *r)
{
    char byte = (char)c;

    return ap_rwrite(&byte, 1, r) == 1 ? c : -1;
}

int ap_vrprintf(request_rec *r, const char *format, va_list arguments)
{
    const char *text = apr_pvsprintf(r->pool, format, arguments);

    return ap_rwrite(text, (int)strlen(text), r);
}

int ap_rprintf(request_rec *r, const char *format, ...)
{
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = ap_vrprintf(r, format, arguments);
    va_end(arguments);
    return written;
}

int ap_rvputs(request_rec *r, ...)
{
    va_list arguments;
    const char *text;
    int written = 0;

    ct_guarded_touch(r);
    va_start(arguments, r);
    while ((text = va_arg(arguments, const char *)) != NULL) {
        written += ap_rputs(text, r);
    }
    va_end(arguments);
    return written;
}

int ap_rflush(request_rec *r)
{
    apr_bucket *b = apr_bucket_flush_create(r->connection->bucket_alloc);

    return pass(r, b) == APR_SUCCESS ? 0 : -1;
}

void ap_set_content_type(request_rec *r, const char *type)
{
    r->content_type = type;
}

void ap_set_content_length(request_rec *r, apr_off_t length)
{
    r->clength = length;
    apr_table_setn(r->headers_out, "Content-Length",
                   apr_off_t_toa(r->pool, length));
}
