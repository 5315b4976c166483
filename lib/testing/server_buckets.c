/* SPDX-License-Identifier: Apache-2.0 */
/* server_buckets: the server's own kinds of buckets, by which a handler says
 * that it cannot go on. Nobody here acts upon them but mod_crosstown's own
 * code, which takes such a response for one that is not all. */
#include "stage.h"

#include "apr_strings.h"
#include "http_connection.h"
#include "http_protocol.h"
#include "weak.h"

CT_WEAK(ap_bucket_type_error)
CT_WEAK(ap_bucket_type_eoc)
CT_WEAK(ap_bucket_error_make)
CT_WEAK(ap_bucket_error_create)
CT_WEAK(ap_bucket_eoc_make)
CT_WEAK(ap_bucket_eoc_create)

static apr_status_t read_nothing(apr_bucket *b, const char **bytes,
                                 apr_size_t *length, apr_read_type_e block)
{
    *bytes = NULL;
    *length = 0;
    return APR_SUCCESS;
}

static void destroy_error(void *data)
{
    if (apr_bucket_shared_destroy(data)) {
        apr_bucket_free(data);
    }
}

const apr_bucket_type_t ap_bucket_type_error = {
    "ERROR", 5, APR_BUCKET_METADATA, destroy_error, read_nothing,
    apr_bucket_setaside_noop, apr_bucket_split_notimpl,
    apr_bucket_shared_copy
};

const apr_bucket_type_t ap_bucket_type_eoc = {
    "EOC", 5, APR_BUCKET_METADATA, apr_bucket_destroy_noop, read_nothing,
    apr_bucket_setaside_noop, apr_bucket_split_notimpl,
    apr_bucket_simple_copy
};

static apr_bucket *make(apr_bucket_alloc_t *list)
{
    apr_bucket *b = apr_bucket_alloc(sizeof(*b), list);

    APR_BUCKET_INIT(b);
    b->free = apr_bucket_free;
    b->list = list;
    return b;
}

apr_bucket *ap_bucket_error_make(apr_bucket *b, int error, const char *text,
                                 apr_pool_t *p)
{
    ap_bucket_error *data = apr_bucket_alloc(sizeof(*data), b->list);

    data->status = error;
    data->data = apr_pstrdup(p, text);
    b = apr_bucket_shared_make(b, data, 0, 0);
    b->type = &ap_bucket_type_error;
    return b;
}

apr_bucket *ap_bucket_error_create(int error, const char *text, apr_pool_t *p,
                                   apr_bucket_alloc_t *list)
{
    return ap_bucket_error_make(make(list), error, text, p);
}

apr_bucket *ap_bucket_eoc_make(apr_bucket *b)
{
    b->type = &ap_bucket_type_eoc;
    b->length = 0;
    b->start = 0;
    b->data = NULL;
    return b;
}

apr_bucket *ap_bucket_eoc_create(apr_bucket_alloc_t *list)
{
    return ap_bucket_eoc_make(make(list));
}
