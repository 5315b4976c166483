/* SPDX-License-Identifier: Apache-2.0 */
/* request: a response to a client can be made by a chain of request_recs, and
 * what tells how it went is spread over them: the first has what the client
 * asked, the last has status, length and headers of the answer. Whoever needs
 * one of these asks here instead of walking the chain. */
#include "request.h"

#include <string.h>

#include "apr_portable.h"
#include "apr_strings.h"
#include "broken_off.h"
#include "child.h"
#include "traceparent.h"
#include "output_filter.h"

/* A sub-request may have been redirected, a redirected request may have
 * sub-requests. */
request_rec *ct_request_root(request_rec *r)
{
    while (r->main || r->prev) {
        r = r->main ? r->main : r->prev;
    }
    return r;
}

request_rec *ct_request_last(request_rec *root)
{
    while (root->next) {
        root = root->next;
    }
    return root;
}

static const request_rec *last_of(const request_rec *root)
{
    return ct_request_last((request_rec *)root);
}

int ct_request_status(const request_rec *root)
{
    return last_of(root)->status;
}

/* HTTP/2: what a stream's connection says of itself cannot be believed, see
 * output_filter.h. */
static int is_stream_aborted(const request_rec *root, int logged)
{
    int answered = logged ? ct_output_filter_answered(root) : -1;

    return answered >= 0 ? !answered : root->connection->master->aborted != 0;
}

static inline int is_aborted(const request_rec *root, int logged)
{
    const conn_rec *c = root->connection;

    int lost = c->master ? is_stream_aborted(root, logged)
                         : c->aborted != 0;

    return lost || (logged && ct_broken_off(root));
}

int ct_request_is_aborted(const request_rec *root)
{
    return is_aborted(root, 1);
}

int ct_request_may_run_inline(const request_rec *root)
{
    conn_rec *c = root->connection;
    apr_os_thread_t *owner;

    if (c->master) {
        return 0;
    }
    if (!ct_child_is_threaded()) {
        return 1;
    }
    return c->current_thread
           && apr_os_thread_get(&owner, c->current_thread) == APR_SUCCESS
           && apr_os_thread_equal(*owner, apr_os_thread_current());
}

int ct_request_ends_with_connection(const request_rec *root)
{
    const request_rec *last = last_of(root);

    return root->connection->keepalive == AP_CONN_CLOSE && !last->chunked
           && !last->header_only && !AP_STATUS_IS_HEADER_ONLY(last->status)
           && !apr_table_get(last->headers_out, "Content-Length");
}

/* Where the server looks for the answer elsewhere (DirectoryIndex, MultiViews,
 * a rewritten path) it puts other words into the request itself; what was
 * parsed of the request line stays. */
static void add_target(crosstown_response_t *response,
                       const request_rec *root)
{
    const apr_uri_t *parsed = &root->parsed_uri;

    if (parsed->path) {
        response->uri = parsed->path;
        response->args = parsed->query;
    }
    else {
        response->uri = root->uri ? root->uri : "-";
        response->args = root->args;
    }
}

/* An ErrorDocument makes the client's own request a GET on its way; the
 * request line still knows better. */
static const char *method_of(const request_rec *root)
{
    if (root->next && root->the_request) {
        apr_size_t length = strcspn(root->the_request, " ");

        if (length > 0) {
            return apr_pstrmemdup(root->pool, root->the_request, length);
        }
    }
    return root->method ? root->method : "-";
}

/* By which others know this request. */
static void add_identities(crosstown_response_t *response,
                           const request_rec *root)
{
    const char *traceparent = apr_table_get(root->headers_in, "traceparent");

    response->log_id = root->log_id;
    if (traceparent && ct_traceparent_is_valid(traceparent)) {
        response->traceparent = traceparent;
    }
    response->unique_id = apr_table_get(root->subprocess_env, "UNIQUE_ID");
}

void ct_request_snapshot(crosstown_response_t *response,
                         const request_rec *root, apr_time_t sent)
{
    const request_rec *last = last_of(root);

    memset(response, 0, sizeof(*response));
    response->size = sizeof(*response);
    response->server = root->server;
    response->status = last->status;
    response->aborted = is_aborted(root, sent != 0);
    response->bytes_sent = last->sent_bodyct ? last->bytes_sent : 0;
    response->received = root->request_time;
    response->sent = sent;
    response->method = method_of(root);
    add_target(response, root);
    response->hostname = root->hostname;
    response->client_ip = root->useragent_ip ? root->useragent_ip
                                             : root->connection->client_ip;
    response->user = root->user ? root->user : last->user;
    add_identities(response, root);
    if (!response->client_ip) {
        response->client_ip = "-";
    }
}
