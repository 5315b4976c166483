/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the handler answers: "probe <tag>", then dots up to the size. Where the
 * script says so the length is not declared, or not the right one, or the body
 * ends with the bucket by which a handler says that it cannot go on.
 *
 * Thread: the request's.
 * Lifetime: the request's.
 */
#include "mod_probe.h"

#include <string.h>

#include "http_protocol.h"
#include "apr_buckets.h"

static char dots[65536];    /* set once: at start-up */

void probe_prepare_body(void)
{
    memset(dots, '.', sizeof(dots));
}

/* Pieces of one piece of memory. @return the length */
static apr_off_t fill(apr_bucket_brigade *brigade,
                      const probe_script_t *script)
{
    apr_off_t length, left;

    apr_brigade_printf(brigade, NULL, NULL, "probe %s\n", script->order.tag);
    apr_brigade_length(brigade, 1, &length);
    left = script->size > length ? script->size - length : 0;
    length += left;
    while (left > 0) {
        apr_size_t size = left > (apr_off_t)sizeof(dots) ? sizeof(dots)
                                                         : (apr_size_t)left;

        APR_BRIGADE_INSERT_TAIL(
            brigade, apr_bucket_immortal_create(dots, size,
                                                brigade->bucket_alloc));
        left -= (apr_off_t)size;
    }
    return length;
}

int probe_send_body(request_rec *r, probe_script_t *script)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, alloc);
    apr_off_t length = fill(brigade, script);

    ap_set_content_type(r, "text/plain");
    if (script->declares >= 0) {
        ap_set_content_length(r, script->declares ? script->declares
                                                  : length);
    }
    if (script->declares || script->breaks) {
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(alloc));
        (void)ap_pass_brigade(r->output_filters, brigade);
        apr_brigade_cleanup(brigade);
    }
    if (script->then) {
        probe_do_defer(script, script->then);
    }
    if (script->breaks) {
        APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_error_create(
            script->breaks, NULL, r->pool, alloc));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    (void)ap_pass_brigade(r->output_filters, brigade);
    return OK;
}
