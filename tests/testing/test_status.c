/* SPDX-License-Identifier: Apache-2.0 */
/* The status page of a process that shares no memory with others: its own
 * numbers, and it says so. */
#include "support.h"

static const char *status_page(const char *target)
{
    request_rec *r = crosstown_test_request("GET", target);

    r->handler = "crosstown-status";
    assert_int_equal(crosstown_test_serve(r), HTTP_OK);
    return crosstown_test_body(r);
}

static void assert_says(const char *page, const char *text)
{
    if (!strstr(page, text)) {
        fail_msg("\"%s\" is not in: %s", text, page);
    }
}

/* One that runs, one that does not. */
static void run_some(void)
{
    request_rec *r = crosstown_test_request("GET", "/");

    record(r, "a", NULL);
    record(r, "<b>", "200");
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_run_all(), 1);
}

static void a_process_alone_says_so(void **state)
{
    const char *page;

    run_some();
    page = status_page("/status");
    assert_says(page, "of the one process that has answered");
    assert_says(page, "A single process keeps no history.");
    assert_says(page, "<dt>recorded</dt><dd>2</dd>");
    assert_says(page, "<bdi>&lt;b&gt;</bdi>");
    assert_null(strstr(page, "<b>"));
    page = status_page("/status?format=json");
    assert_says(page, "\"shared\":false");
    assert_says(page, "\"samples\":[]");
    assert_says(page, "{\"name\":\"<b>\",\"recorded\":1,\"ran\":0,"
                "\"failed\":0,\"retries\":0,\"no_go\":1,");
    page = status_page("/status?format=prometheus");
    assert_says(page, "crosstown_tasks_ended_total{name=\"a\","
                "outcome=\"ran\"} 1\n");
}

static void a_process_that_has_done_nothing(void **state)
{
    const char *page = status_page("/status?format=json");

    assert_says(page, "\"total\":{\"recorded\":0,\"ran\":0,");
    assert_says(page, "\"names\":[],");
    assert_says(page, "\"tasks\":[],");
}

static void words_that_are_not_known_are_named(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/status?format=xml");

    r->handler = "crosstown-status";
    assert_int_equal(crosstown_test_serve(r), HTTP_BAD_REQUEST);
    assert_says(crosstown_test_body(r), "\"xml\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(a_process_alone_says_so),
        recording(a_process_that_has_done_nothing),
        recording(words_that_are_not_known_are_named),
    };

    return cmocka_run_group_tests_name("testing: status", tests, NULL, NULL);
}
