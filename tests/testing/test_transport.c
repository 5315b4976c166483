/* SPDX-License-Identifier: Apache-2.0 */
/* What goes in and out of a handler: the client's body, filters, parts made
 * by sub-requests; and a server function that a test defines itself. */
#include "support.h"

#include "apr_buckets.h"
#include "apr_lib.h"
#include "http_protocol.h"
#include "http_request.h"
#include "util_filter.h"

extern module echo_module;

/* Ours, and not the library's. */
const char *ap_get_server_banner(void)
{
    return "a server of our own";
}

static int echo(request_rec *r)
{
    char piece[4];
    long length;

    if (strcmp(r->uri, "/echo") != 0
        || ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK) != OK) {
        return DECLINED;
    }
    while (ap_should_client_block(r)
           && (length = ap_get_client_block(r, piece, sizeof(piece))) > 0) {
        ap_rwrite(piece, (int)length, r);
        ap_rputs("|", r);
    }
    return OK;
}

static int page(request_rec *r)
{
    request_rec *sub;

    if (strcmp(r->uri, "/page") != 0) {
        return DECLINED;
    }
    ap_rvputs(r, "<", ap_get_server_banner(), ">", NULL);
    sub = ap_sub_req_lookup_uri("/part", r, NULL);
    assert_false(ap_is_initial_req(sub));
    assert_int_equal(ap_run_sub_req(sub), OK);
    ap_destroy_sub_req(sub);
    ap_rputs("</>", r);
    return OK;
}

static int part(request_rec *r)
{
    if (strcmp(r->uri, "/part") != 0) {
        return DECLINED;
    }
    record(r, "part", NULL);
    ap_rflush(r);
    ap_rputs("part", r);
    return OK;
}

static int elsewhere(request_rec *r)
{
    if (strcmp(r->uri, "/moved") != 0) {
        return DECLINED;
    }
    ap_internal_redirect("/part", r);
    return OK;
}

static apr_bucket *louder(apr_bucket *b, apr_pool_t *p)
{
    const char *bytes = "";
    apr_size_t length = 0;
    apr_size_t i;
    char *loud;

    apr_bucket_read(b, &bytes, &length, APR_BLOCK_READ);
    loud = apr_pstrmemdup(p, bytes, length);
    for (i = 0; i < length; ++i) {
        loud[i] = (char)apr_toupper(loud[i]);
    }
    return apr_bucket_pool_create(loud, length, p, b->list);
}

/* Upper case; its context counts the ends. */
static apr_status_t shout(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    apr_bucket *b = APR_BRIGADE_FIRST(brigade);

    while (b != APR_BRIGADE_SENTINEL(brigade)) {
        apr_bucket *next = APR_BUCKET_NEXT(b);

        if (!APR_BUCKET_IS_METADATA(b)) {
            APR_BUCKET_INSERT_BEFORE(b, louder(b, filter->r->pool));
            apr_bucket_delete(b);
        }
        else if (APR_BUCKET_IS_EOS(b)) {
            ++*(int *)filter->ctx;
        }
        b = next;
    }
    return ap_pass_brigade(filter->next, brigade);
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_handler(echo, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(page, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(part, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(elsewhere, NULL, NULL, APR_HOOK_MIDDLE);
    ap_register_output_filter("shout", shout, NULL, AP_FTYPE_RESOURCE);
}

module echo_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};

static int load(void **state)
{
    record_setup(state);
    crosstown_test_load(&echo_module);
    return 0;
}

static void a_body_is_read_in_pieces(void **state)
{
    request_rec *r = crosstown_test_request("POST", "/echo");

    crosstown_test_send(r, "text/plain", "0123456789");
    assert_string_equal(apr_table_get(r->headers_in, "Content-Length"), "10");
    assert_int_equal(crosstown_test_serve(r), 200);
    assert_string_equal(crosstown_test_body(r), "0123|4567|89|");
    crosstown_test_finish(r, 200);
}

static void a_body_may_be_left_alone(void **state)
{
    request_rec *r = crosstown_test_request("POST", "/nowhere");
    char byte;

    assert_false(ap_should_client_block(r));
    crosstown_test_send(r, NULL, "0123456789");
    assert_int_equal(ap_discard_request_body(r), OK);
    assert_int_equal(ap_get_client_block(r, &byte, 1), 0);
}

static void parts_are_made_by_others(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/page");

    assert_int_equal(crosstown_test_serve(r), 200);
    assert_string_equal(crosstown_test_body(r),
                        "<a server of our own>part</>");
    assert_int_equal(crosstown_test_recorded(r), 1);
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_run_all(), 1);
}

static void a_redirect_is_answered(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/moved");

    assert_int_equal(crosstown_test_serve(r), 200);
    assert_string_equal(crosstown_test_body(r), "part");
    assert_non_null(r->next);
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_run_all(), 1);
}

static void output_goes_along_the_filters(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/part");
    ap_filter_t *filter;
    int ends_seen = 0;

    filter = ap_add_output_filter("Shout", &ends_seen, r, r->connection);
    assert_non_null(filter);
    assert_null(ap_add_output_filter("whisper", NULL, r, r->connection));
    assert_int_equal(crosstown_test_serve(r), 200);
    assert_string_equal(crosstown_test_body(r), "PART");
    assert_int_equal(ends_seen, 1);
    ap_remove_output_filter(filter);
    ap_rputs(" of it", r);
    assert_string_equal(crosstown_test_body(r), "PART of it");
    crosstown_test_finish(r, 200);
}

#define loaded(test) cmocka_unit_test_setup_teardown(test, load, end_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loaded(a_body_is_read_in_pieces),
        loaded(a_body_may_be_left_alone),
        loaded(parts_are_made_by_others),
        loaded(a_redirect_is_answered),
        loaded(output_goes_along_the_filters),
    };

    return cmocka_run_group_tests_name("testing: transport", tests, NULL,
                                       NULL);
}
