/* SPDX-License-Identifier: Apache-2.0 */
/* refusal_log: counted without a lock; two threads that begin a second at once
 * may write a few lines more. */
#include "refusal_log.h"

#include <stdatomic.h>

#define LINES 20                     /* a second, in each child */

static atomic_uint second;
static atomic_uint lines;
static atomic_uint held_back;

static int may_write(void)
{
    unsigned int now = (unsigned int)apr_time_sec(apr_time_now());

    if (atomic_exchange(&second, now) != now) {
        atomic_store(&lines, 0);
    }
    if (atomic_fetch_add(&lines, 1) < LINES) {
        return 1;
    }
    atomic_fetch_add(&held_back, 1);
    return 0;
}

static void tell_rest(server_rec *s)
{
    unsigned int count = atomic_exchange(&held_back, 0);

    if (count > 0) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(02106)
                     "%u more header(s) or task(s) were refused; only %d "
                     "lines a second are written", count, LINES);
    }
}

void ct_refusal_log_field(request_rec *r, const char *error)
{
    if (may_write()) {
        tell_rest(r->server);
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, CTLOGNO(02101)
                      "the header Crosstown of %s is dropped: %s", r->uri,
                      error);
    }
}

void ct_refusal_log_task(request_rec *r, const char *name, const char *why)
{
    if (may_write()) {
        tell_rest(r->server);
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, CTLOGNO(02102)
                      "task \"%s\" of the header Crosstown of %s is refused: "
                      "%s", name, r->uri, why);
    }
}

static apr_status_t end_child(void *s)
{
    tell_rest(s);
    return APR_SUCCESS;
}

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    atomic_store(&held_back, 0);
    apr_pool_cleanup_register(pchild, s, end_child, apr_pool_cleanup_null);
}

void ct_refusal_log_register(void)
{
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
}
