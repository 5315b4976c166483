/* SPDX-License-Identifier: Apache-2.0 */
/* output_filter: a filter on the client's connection, above TLS, follows the
 * frames that go out. Behind a frame that ends a stream it puts a mark, a
 * metadata bucket that the core filter destroys once all bytes before it were
 * written. mod_http2 logs a stream's request when a bucket of its own is
 * destroyed, which it puts behind that frame as well: hence the mark has to
 * stand before any other metadata.
 *
 * A connection that does not speak HTTP/2 loses the filter with its first
 * output. */
#include "output_filter.h"

#include <string.h>

#include "apr_optional.h"
#include "apr_strings.h"
#include "connection.h"
#include "stream_ends.h"
#include "frames.h"
#include "http_connection.h"
#include "http_protocol.h"

/* How many streams may end before there has to be a mark. */
#define TOGETHER 16

#define FILTER_NAME "CROSSTOWN_HTTP2"

/* What mod_http2.h declares; not every server installs it. */
APR_DECLARE_OPTIONAL_FN(char *, http2_var_lookup,
                        (apr_pool_t *, server_rec *, conn_rec *,
                         request_rec *, char *));

typedef struct ct_output_t {
    conn_rec *connection;
    int leaving;                     /* what is destroyed now was not sent */
    ct_frames_t frames;
    unsigned int ended;              /* streams without a mark, so far */
    apr_uint32_t streams[TOGETHER];  /* these */
    ct_stream_ends_t ends;
} ct_output_t;

/* Lies in the memory of the bucket. */
typedef struct {
    apr_bucket_refcount refcount;
    ct_output_t *output;
    unsigned int count;
    apr_uint32_t streams[TOGETHER];
} mark_t;

static ap_filter_rec_t *filter;      /* set at start-up */
static APR_OPTIONAL_FN_TYPE(http2_var_lookup) *lookup;   /* set once */

static void mark_destroy(void *data)
{
    mark_t *mark = data;
    ct_output_t *output = mark->output;
    unsigned int i;

    if (!apr_bucket_shared_destroy(mark)) {
        return;
    }
    if (!output->connection->aborted && !output->leaving) {
        for (i = 0; i < mark->count; ++i) {
            ct_stream_ends_note(&output->ends, mark->streams[i]);
        }
    }
    apr_bucket_free(mark);
}

static apr_status_t mark_read(apr_bucket *b, const char **bytes,
                              apr_size_t *length, apr_read_type_e block)
{
    *bytes = NULL;
    *length = 0;
    return APR_SUCCESS;
}

static const apr_bucket_type_t mark_type = {
    "CROSSTOWN_MARK", 5, APR_BUCKET_METADATA, mark_destroy, mark_read,
    apr_bucket_setaside_noop, apr_bucket_split_notimpl,
    apr_bucket_shared_copy
};

static void put_mark(ct_output_t *output, apr_bucket *before)
{
    apr_bucket_alloc_t *list = output->connection->bucket_alloc;
    mark_t *mark = apr_bucket_alloc(sizeof(*mark), list);
    apr_bucket *b = apr_bucket_alloc(sizeof(*b), list);

    mark->output = output;
    mark->count = output->ended;
    memcpy(mark->streams, output->streams, sizeof(mark->streams));
    output->ended = 0;
    APR_BUCKET_INIT(b);
    b->free = apr_bucket_free;
    b->list = list;
    b = apr_bucket_shared_make(b, mark, 0, 0);
    b->type = &mark_type;
    APR_BUCKET_INSERT_BEFORE(before, b);
}

static void note_end(ct_output_t *output, apr_uint32_t stream)
{
    output->streams[output->ended++] = stream;
}

/* Past one bucket of data, or its first part if there is no room to note
 * more; then it is split behind that. */
static apr_status_t follow(ct_output_t *output, apr_bucket *b)
{
    const char *bytes;
    apr_size_t length;
    apr_size_t at = 0;
    apr_status_t rv;

    if (b->length <= ct_frames_skippable(&output->frames)) {
        apr_uint32_t stream = ct_frames_skip(&output->frames, b->length);

        if (stream) {
            note_end(output, stream);
        }
        return APR_SUCCESS;
    }
    rv = apr_bucket_read(b, &bytes, &length, APR_BLOCK_READ);
    while (rv == APR_SUCCESS && at < length) {
        apr_size_t used;
        apr_uint32_t stream = ct_frames_look(&output->frames, bytes + at,
                                             length - at, &used);

        at += used;
        if (stream) {
            note_end(output, stream);
        }
        if (output->ended == TOGETHER) {
            return at < length ? apr_bucket_split(b, at) : APR_SUCCESS;
        }
    }
    return rv;
}

static apr_status_t mark_ends(ct_output_t *output, apr_bucket_brigade *brigade)
{
    apr_status_t rv = APR_SUCCESS;
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(brigade);
         b != APR_BRIGADE_SENTINEL(brigade) && rv == APR_SUCCESS;
         b = APR_BUCKET_NEXT(b)) {
        int metadata = APR_BUCKET_IS_METADATA(b) != 0;

        if (output->ended == TOGETHER || (output->ended && metadata)) {
            put_mark(output, b);
        }
        if (!metadata) {
            rv = follow(output, b);
        }
    }
    if (output->ended) {
        put_mark(output, APR_BRIGADE_SENTINEL(brigade));
    }
    return rv;
}

static apr_status_t leave(void *data)
{
    ct_output_t *output = data;

    output->leaving = 1;
    return APR_SUCCESS;
}

static ct_output_t *output_of(const conn_rec *c)
{
    const ct_connection_t *kept = ct_connection_of(c);

    return kept ? kept->output : NULL;
}

static ct_output_t *make_output(conn_rec *c)
{
    ct_output_t *output = apr_pcalloc(c->pool, sizeof(*output));

    output->connection = c;
    apr_pool_pre_cleanup_register(c->pool, output, leave);
    ct_connection_have(c)->output = output;
    return output;
}

static apr_status_t filter_output(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    ct_output_t *output;
    apr_status_t rv;

    if (!f->ctx) {
        if (strncmp(ap_get_protocol(f->c), "h2", 2) != 0) {
            ap_remove_output_filter(f);
            return ap_pass_brigade(f->next, brigade);
        }
        /* It was removed and is called once more: an upgraded request still
         * has it in its own chain. */
        if (output_of(f->c)) {
            return ap_pass_brigade(f->next, brigade);
        }
        f->ctx = make_output(f->c);
    }
    output = f->ctx;
    rv = mark_ends(output, brigade);
    if (rv == APR_SUCCESS) {
        rv = ap_pass_brigade(f->next, brigade);
    }
    if (rv != APR_SUCCESS) {
        output->leaving = 1;
    }
    return rv;
}

static void insert(conn_rec *c)
{
    if (lookup && !c->master && !c->outgoing) {
        ap_add_output_filter_handle(filter, NULL, NULL, c);
    }
}

static int pre_connection(conn_rec *c, void *csd)
{
    insert(c);
    return DECLINED;
}

/* An upgrade in the middle of a request: its 101 went out as HTTP/1.1. */
static int protocol_switch(conn_rec *c, request_rec *r, server_rec *s,
                           const char *protocol)
{
    if (r && !strncmp(protocol, "h2", 2)) {
        insert(c);
    }
    return DECLINED;
}

int ct_output_filter_answered(const request_rec *r)
{
    conn_rec *c = r->connection;
    ct_output_t *output = c->master ? output_of(c->master) : NULL;
    const char *name;
    apr_uint32_t stream;

    if (!output || !lookup) {
        return -1;
    }
    name = lookup(r->pool, r->server, c, (request_rec *)r, "H2_STREAM_ID");
    stream = name ? (apr_uint32_t)apr_atoi64(name) : 0;
    return stream ? ct_stream_ends_ask(&output->ends, stream) : -1;
}

void ct_output_filter_look_up(void)
{
    lookup = APR_RETRIEVE_OPTIONAL_FN(http2_var_lookup);
}

void ct_output_filter_register(void)
{
    static const char *const before_http2[] = { "mod_http2.c", NULL };

    filter = ap_register_output_filter(FILTER_NAME, filter_output, NULL,
                                       AP_FTYPE_CONNECTION);
    ap_hook_pre_connection(pre_connection, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_protocol_switch(protocol_switch, NULL, before_http2,
                            APR_HOOK_FIRST);
}
