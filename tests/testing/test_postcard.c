/* SPDX-License-Identifier: Apache-2.0 */
/* The unit test of conf-examples/mod_postcard.c. */
#include "support.h"

extern module postcard_module;

static request_rec *visit(const char *browser)
{
    request_rec *r = crosstown_test_request("GET", "/page");

    if (browser) {
        apr_table_setn(r->headers_in, "User-Agent", browser);
    }
    return r;
}

static int load(void **state)
{
    record_setup(state);
    crosstown_test_load(&postcard_module);
    return 0;
}

static void each_page_sends_one(void **state)
{
    request_rec *r = visit("Lynx");

    crosstown_test_serve(r);
    assert_int_equal(crosstown_test_recorded(r), 1);
    crosstown_test_finish(r, 404);
    assert_null(crosstown_test_logged("postcard"));
    assert_true(crosstown_test_run_next());
    assert_non_null(crosstown_test_logged("notice: postcard: /page, status "
                                          "404, was read by Lynx"));
}

static void a_browser_may_be_nameless(void **state)
{
    request_rec *r = visit(NULL);

    crosstown_test_serve(r);
    crosstown_test_finish(r, 200);
    assert_true(crosstown_test_run_next());
    assert_non_null(crosstown_test_logged("by a nameless browser"));
}

static void an_error_of_ours_sends_none(void **state)
{
    request_rec *r = visit("Lynx");

    crosstown_test_serve(r);
    assert_true(crosstown_test_allows(r, 0, 404));
    crosstown_test_finish(r, 503);
    assert_false(crosstown_test_run_next());
    assert_string_equal(ends(), "-=no_go");
}

static void parts_of_a_page_send_none(void **state)
{
    request_rec *r = visit("Lynx");

    crosstown_test_serve(crosstown_test_subrequest(r, "/part"));
    crosstown_test_serve(crosstown_test_redirect(r, "/next"));
    assert_int_equal(crosstown_test_recorded(r), 0);
}

#define loaded(test) cmocka_unit_test_setup_teardown(test, load, end_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loaded(each_page_sends_one),
        loaded(a_browser_may_be_nameless),
        loaded(an_error_of_ours_sends_none),
        loaded(parts_of_a_page_send_none),
    };

    return cmocka_run_group_tests_name("mod_postcard", tests, NULL, NULL);
}
