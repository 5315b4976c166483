/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi_bytes: all of it in one piece, which is sent with one call: each piece
 * would wake the other side. Heads of records are written with what httpd
 * exports for mod_proxy_fcgi. */
#include "fcgi.h"

#include "tasks_glue.h"
#include "util_fcgi.h"

#include <string.h>

#define REQUEST_ID 1

static char *put(char *to, const void *bytes, apr_size_t length)
{
    if (length > 0) {
        memcpy(to, bytes, length);
    }
    return to + length;
}

static char *put_record(char *to, unsigned char type, const void *content,
                        apr_size_t length)
{
    unsigned char head[AP_FCGI_HEADER_LEN];
    ap_fcgi_header header;

    ap_fcgi_fill_in_header(&header, type, REQUEST_ID, (apr_uint16_t)length, 0);
    ap_fcgi_header_to_array(&header, head);
    return put(put(to, head, sizeof(head)), content, length);
}

/* As many records as it takes, and an empty one. */
static char *put_stream(char *to, unsigned char type, const char *content,
                        apr_size_t length)
{
    while (length > 0) {
        apr_size_t part = length < AP_FCGI_MAX_CONTENT_LEN
            ? length : AP_FCGI_MAX_CONTENT_LEN;

        to = put_record(to, type, content, part);
        content += part;
        length -= part;
    }
    return put_record(to, type, NULL, 0);
}

/* With the heads of its records. */
static apr_size_t stream_size(apr_size_t length)
{
    return length + AP_FCGI_HEADER_LEN * (length / AP_FCGI_MAX_CONTENT_LEN
                                          + 2);
}

static char *put_length(char *to, apr_size_t length)
{
    if (length < 128) {
        *to++ = (char)length;
        return to;
    }
    *to++ = (char)(length >> 24 | 0x80);
    *to++ = (char)(length >> 16);
    *to++ = (char)(length >> 8);
    *to++ = (char)length;
    return to;
}

static char *make_parameters(const ct_fcgi_request_t *request,
                             apr_size_t *length)
{
    const apr_array_header_t *all = apr_table_elts(request->parameters);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)all->elts;
    apr_size_t size = 0;
    char *text;
    char *to;
    int i;

    for (i = 0; i < all->nelts; ++i) {
        size += 8 + strlen(entries[i].key) + strlen(entries[i].val);
    }
    to = text = apr_palloc(request->pool, size + 1);
    for (i = 0; i < all->nelts; ++i) {
        apr_size_t key = strlen(entries[i].key);
        apr_size_t value = strlen(entries[i].val);

        to = put_length(put_length(to, key), value);
        to = put(put(to, entries[i].key, key), entries[i].val, value);
    }
    *length = (apr_size_t)(to - text);
    return text;
}

const char *ct_fcgi_bytes(const ct_fcgi_request_t *request,
                          apr_size_t *length)
{
    unsigned char begin[AP_FCGI_HEADER_LEN];
    ap_fcgi_begin_request_body body;
    const char *parameters = make_parameters(request, length);
    char *bytes = apr_palloc(request->pool, AP_FCGI_HEADER_LEN + sizeof(begin)
                             + stream_size(*length)
                             + stream_size(request->length));
    char *to;

    ap_fcgi_fill_in_request_body(&body, AP_FCGI_RESPONDER, 0);
    ap_fcgi_begin_request_body_to_array(&body, begin);
    to = put_record(bytes, AP_FCGI_BEGIN_REQUEST, begin, sizeof(begin));
    to = put_stream(to, AP_FCGI_PARAMS, parameters, *length);
    to = put_stream(to, AP_FCGI_STDIN, request->body, request->length);
    *length = (apr_size_t)(to - bytes);
    return bytes;
}
