/* SPDX-License-Identifier: Apache-2.0 */
/* The unit test of conf-examples/mod_phone_calls.c. The calls are real: they
 * go to a port of this machine where nobody listens. */
#include "support.h"

#include <stdlib.h>

extern module phone_calls_module;

static int load(void **state)
{
    record_setup(state);
    crosstown_test_load(&phone_calls_module);
    return crosstown_test_configure(apr_pstrcat(
               crosstown_test_pool(), "PhoneCallsEndpoint ", nobody(),
               NULL)) != NULL;
}

/* What the bill of this process says so far. */
static int bill(const char *what)
{
    request_rec *r = get("/bill", "phone-bill");
    const char *found;
    int number;

    assert_int_equal(crosstown_test_serve(r), 200);
    assert_string_equal(r->content_type, "application/json");
    found = strstr(crosstown_test_body(r), what);
    assert_non_null(found);
    number = atoi(found + strlen(what) + 2);
    crosstown_test_finish(r, 200);
    return number;
}

static void calls_are_recorded_and_placed_in_order(void **state)
{
    request_rec *r = get("/?calls=3", "phone-calls");
    const crosstown_test_result_t *results;
    crosstown_test_record_t call;
    int ran = bill("\"ran\"");
    int failed = bill("\"failed\"");
    int i;

    assert_int_equal(crosstown_test_serve(r), 200);
    assert_string_equal(crosstown_test_body(r), "3 calls recorded\n");
    assert_int_equal(crosstown_test_recorded(r), 3);
    for (i = 0; i < 3; ++i) {
        assert_true(crosstown_test_look(r, i, &call));
        assert_string_equal(call.name, "phone call");
        assert_int_equal(*(const int *)call.data, i + 1);
        assert_false(call.same_thread);
    }
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_run_all(), 3);
    assert_int_equal(crosstown_test_results(&results), 3);
    for (i = 0; i < 3; ++i) {
        assert_int_equal(results[i].outcome, CROSSTOWN_RAN);
        assert_int_equal(results[i].result, APR_ECONNREFUSED);
        assert_int_equal(results[i].order, i + 1);
    }
    assert_non_null(crosstown_test_logged("warning: call 3: "));
    assert_int_equal(bill("\"ran\"") - ran, 3);
    assert_int_equal(bill("\"failed\"") - failed, 3);
}

static void options_come_from_the_wish(void **state)
{
    request_rec *r = get("/?calls=1&no_go=1&same_thread=1&status=302",
                         "phone-calls");
    crosstown_test_record_t call;
    int refused = bill("\"no_go\"");

    assert_int_equal(crosstown_test_serve(r), 302);
    assert_non_null(apr_table_get(r->err_headers_out, "Location"));
    assert_true(crosstown_test_look(r, 0, &call));
    assert_true(call.same_thread);
    assert_false(crosstown_test_allows(r, 0, 302));
    assert_false(crosstown_test_allows(r, 0, 404));
    assert_true(crosstown_test_allows(r, 0, 410));
    crosstown_test_finish(r, 302);
    assert_int_equal(crosstown_test_waiting(), 0);
    assert_int_equal(bill("\"no_go\"") - refused, 1);
}

static void odd_wishes_are_answered_with_400(void **state)
{
    static const char *const odd[] = {
        "/?calls=1001", "/?calls=-1", "/?calls=many", "/?calls=",
        "/?status=199", "/?status=499", "/?no_go=2"
    };
    unsigned int i;

    for (i = 0; i < sizeof(odd) / sizeof(odd[0]); ++i) {
        request_rec *r = get(odd[i], "phone-calls");

        assert_int_equal(crosstown_test_serve(r), 400);
        assert_string_not_equal(crosstown_test_body(r), "");
        assert_int_equal(crosstown_test_recorded(r), 0);
        crosstown_test_finish(r, 400);
    }
}

static void others_are_left_alone(void **state)
{
    request_rec *r = crosstown_test_request("POST", "/");

    assert_int_equal(crosstown_test_serve(get("/", NULL)), 404);
    r->handler = "phone-calls";
    assert_int_equal(crosstown_test_serve(r), 405);
}

static void a_stop_is_on_the_bill(void **state)
{
    request_rec *r = get("/?calls=2", "phone-calls");
    int stopped = bill("\"stopped\"");

    assert_int_equal(crosstown_test_serve(r), 200);
    crosstown_test_finish(r, 200);
    crosstown_test_stop();
    assert_int_equal(bill("\"stopped\"") - stopped, 2);
}

static void the_endpoint_is_a_url(void **state)
{
    assert_non_null(crosstown_test_configure("PhoneCallsEndpoint ftp://x/"));
    assert_non_null(crosstown_test_configure("PhoneCallsEndpoint"));
}

#define loaded(test) \
    cmocka_unit_test_setup_teardown(test, load, end_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loaded(calls_are_recorded_and_placed_in_order),
        loaded(options_come_from_the_wish),
        loaded(odd_wishes_are_answered_with_400),
        loaded(others_are_left_alone),
        loaded(a_stop_is_on_the_bill),
        loaded(the_endpoint_is_a_url),
    };

    return cmocka_run_group_tests_name("mod_phone_calls", tests, NULL, NULL);
}
