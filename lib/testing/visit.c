/* SPDX-License-Identifier: Apache-2.0 */
/* visit: a client's request from its making to its end. It ends as in the
 * server: the hooks of log_transaction, mod_crosstown's among them, then the
 * pools of the request and of its connection go, and their addresses with
 * them.
 * Thread: the test's.
 * Lifetime: a request lies in memory of its own, see guarded.h. */
#include "stage.h"

#include "apr_strings.h"
#include "guarded.h"
#include "http_protocol.h"
#include "http_request.h"
#include "request.h"

static conn_rec *make_connection(apr_pool_t *p, server_rec *s)
{
    conn_rec *c = apr_pcalloc(p, sizeof(*c));

    c->pool = p;
    c->base_server = s;
    c->bucket_alloc = apr_bucket_alloc_create(p);
    c->conn_config = ct_stage_make_vector(p);
    c->notes = apr_table_make(p, 2);
    c->client_ip = apr_pstrdup(p, "127.0.0.1");
    c->local_ip = apr_pstrdup(p, "127.0.0.1");
    c->id = 1;
    c->keepalive = AP_CONN_KEEPALIVE;
    apr_sockaddr_info_get(&c->client_addr, c->client_ip, APR_INET, 40000, 0,
                          p);
    apr_sockaddr_info_get(&c->local_addr, c->local_ip, APR_INET, s->port, 0,
                          p);
    return c;
}

static void read_target(request_rec *r, const char *target)
{
    r->unparsed_uri = apr_pstrdup(r->pool, target);
    if (apr_uri_parse(r->pool, target, &r->parsed_uri) != APR_SUCCESS
        || !r->parsed_uri.path) {
        ct_stage_misused("a request needs a target such as \"/path?args\"");
    }
    r->uri = r->parsed_uri.path = apr_pstrdup(r->pool, r->parsed_uri.path);
    (void)ap_unescape_url(r->uri);
    r->args = apr_pstrdup(r->pool, r->parsed_uri.query);
    r->filename = apr_pstrdup(r->pool, r->uri);
}

static void make_tables(request_rec *r)
{
    r->headers_in = apr_table_make(r->pool, 8);
    r->headers_out = apr_table_make(r->pool, 8);
    r->err_headers_out = apr_table_make(r->pool, 4);
    r->subprocess_env = apr_table_make(r->pool, 8);
    r->notes = apr_table_make(r->pool, 4);
    r->trailers_in = apr_table_make(r->pool, 2);
    r->trailers_out = apr_table_make(r->pool, 2);
    r->request_config = ct_stage_make_vector(r->pool);
    r->per_dir_config = r->server->lookup_defaults;
}

/* A client's request, or one that comes from another: that one's method and
 * connection. */
static request_rec *make_request(conn_rec *c, const char *method,
                                 const char *target)
{
    request_rec *r;
    apr_pool_t *p;

    apr_pool_create(&p, c->pool);
    r = apr_pcalloc(p, sizeof(*r));
    r->pool = p;
    r->connection = c;
    r->server = c->base_server;
    r->request_time = apr_time_now();
    r->method = apr_pstrdup(p, method);
    r->method_number = ap_method_number_of(method);
    r->header_only = !strcmp(method, "HEAD");
    r->protocol = apr_pstrdup(p, "HTTP/1.1");
    r->proto_num = HTTP_VERSION(1, 1);
    r->the_request = apr_pstrcat(p, method, " ", target, " HTTP/1.1", NULL);
    r->hostname = apr_pstrdup(p, r->server->server_hostname);
    r->status = HTTP_OK;
    r->useragent_ip = c->client_ip;
    r->useragent_addr = c->client_addr;
    r->log_id = apr_pstrdup(p, "test");
    r->used_path_info = AP_REQ_DEFAULT_PATH_INFO;
    r->allowed_methods = apr_pcalloc(p, sizeof(*r->allowed_methods));
    r->allowed_methods->method_list = apr_array_make(p, 1, sizeof(char *));
    make_tables(r);
    read_target(r, target);
    return r;
}

request_rec *ct_visit_open(request_rec *r)
{
    (void)ct_stage();
    if (ct_guarded_whose(r)) {
        ct_stage_misused("this request was finished already");
    }
    return r;
}

struct request_rec *crosstown_test_request(const char *method,
                                           const char *target)
{
    ct_stage_t *stage = ct_stage();
    request_rec *r;

    (void)crosstown_test_start();
    if (!stage->child) {
        ct_stage_misused("a post_config hook has failed: no requests");
    }
    r = make_request(make_connection(ct_guarded_make(stage->pool),
                                     stage->server), method, target);
    apr_table_setn(r->headers_in, "Host", r->hostname);
    ct_output_attach(r);
    ct_input_attach(r);
    APR_ARRAY_PUSH(stage->visits, request_rec *) = r;
    return r;
}

static request_rec *make_follower(request_rec *r, const char *target)
{
    request_rec *follower;

    (void)ct_visit_open(r);
    follower = make_request(r->connection, r->method, target);
    follower->headers_in = r->headers_in;
    follower->user = r->user;
    follower->output_filters = r->output_filters;
    follower->proto_output_filters = r->proto_output_filters;
    follower->input_filters = r->input_filters;
    follower->proto_input_filters = r->proto_input_filters;
    return follower;
}

struct request_rec *crosstown_test_subrequest(struct request_rec *r,
                                              const char *target)
{
    request_rec *follower = make_follower(r, target);

    follower->main = r;
    return follower;
}

struct request_rec *crosstown_test_redirect(struct request_rec *r,
                                            const char *target)
{
    request_rec *follower = make_follower(r, target);

    follower->prev = r;
    follower->main = r->main;
    r->next = follower;
    return follower;
}

/* Without a handler's name, that of the content; the log is to show what was
 * there before. */
static int run_handler(request_rec *r)
{
    const char *before = r->handler;
    int answer;

    if (!before && r->content_type) {
        r->handler = apr_pstrmemdup(r->pool, r->content_type,
                                    strcspn(r->content_type, "; \t"));
    }
    else if (!before) {
        r->handler = AP_DEFAULT_HANDLER_NAME;
    }
    answer = ap_run_handler(r);
    r->handler = before;
    return answer;
}

int crosstown_test_serve(struct request_rec *r)
{
    static int (*const phases[])(request_rec *r) = {
        ap_run_post_read_request, ap_run_translate_name,
        ap_run_header_parser, ap_run_access_checker, ap_run_type_checker,
        ap_run_fixups
    };
    unsigned int i;
    int answer;

    (void)ct_visit_open(r);
    for (i = 0; i < sizeof(phases) / sizeof(phases[0]); ++i) {
        answer = phases[i](r);
        if (answer != OK && answer != DECLINED) {
            return answer == DONE ? r->status : answer;
        }
    }
    ap_run_insert_filter(r);
    answer = run_handler(r);
    if (answer != OK && answer != DONE) {
        return answer == DECLINED ? HTTP_NOT_FOUND : answer;
    }
    if (!r->main) {
        ct_output_end(r);
    }
    return r->status;
}

static void leave(request_rec *root)
{
    apr_array_header_t *visits = ct_stage()->visits;
    int i;

    for (i = 0; i < visits->nelts; ++i) {
        request_rec **visit = &APR_ARRAY_IDX(visits, i, request_rec *);

        if (*visit == root) {
            *visit = *(request_rec **)apr_array_pop(visits);
            return;
        }
    }
    ct_stage_misused("this request is not one of crosstown_test_request()");
}

/* First the request's own pool, as the server does. */
static void destroy(request_rec *root)
{
    apr_pool_t *connections = root->connection->pool;
    char whose[200];

    apr_snprintf(whose, sizeof(whose), "%.8s %.100s, which is finished (never "
                 "keep r; copy with data_size or carry)", root->method,
                 root->uri);
    apr_pool_destroy(root->pool);
    ct_guarded_destroy(connections, whose);
}

static void finish(request_rec *r, int status, int aborted)
{
    ct_stage_t *stage = ct_stage();
    request_rec *root = ct_request_root(ct_visit_open(r));
    request_rec *last = root;
    int busy = stage->busy;

    leave(root);
    stage->busy = 1;
    while (last->next) {
        last = last->next;
    }
    last->status = status;
    root->connection->aborted |= aborted != 0;
    (void)ap_run_log_transaction(root);
    destroy(root);
    stage->busy = busy;
    ct_results_run_eager();
}

void crosstown_test_finish(struct request_rec *r, int status)
{
    finish(r, status, 0);
}

void crosstown_test_finish_aborted(struct request_rec *r, int status)
{
    finish(r, status, 1);
}

void crosstown_test_drop(struct request_rec *r)
{
    request_rec *root = ct_request_root(ct_visit_open(r));

    leave(root);
    destroy(root);
}

void ct_visit_drop_all(void)
{
    apr_array_header_t *visits = ct_stage()->visits;

    while (visits->nelts > 0) {
        destroy(*(request_rec **)apr_array_pop(visits));
    }
}
