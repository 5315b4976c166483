/* SPDX-License-Identifier: Apache-2.0 */
/* Which tasks run after which ending, judged by the module's own rules. */
#include "support.h"

#include "http_protocol.h"

static void a_good_status_lets_run(void **state)
{
    request_rec *r = get("/", NULL);

    record(r, "a", NULL);
    record(r, "b", NULL);
    assert_int_equal(crosstown_test_recorded(r), 2);
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_waiting(), 2);
    assert_string_equal(ends(), "");
    assert_int_equal(crosstown_test_run_all(), 2);
    assert_string_equal(ends(), "a=ran b=ran");
}

static void the_default_refuses_errors(void **state)
{
    static const int refused[] = { 400, 404, 499, 500, 599 };
    unsigned int i;

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); ++i) {
        request_rec *r = get("/", NULL);

        record(r, "a", NULL);
        assert_false(crosstown_test_allows(r, 0, refused[i]));
        crosstown_test_finish(r, refused[i]);
        assert_int_equal(crosstown_test_run_all(), 0);
    }
    assert_string_equal(ends(), "a=no_go a=no_go a=no_go a=no_go a=no_go");
}

static void a_task_has_words_of_its_own(void **state)
{
    request_rec *r = get("/", NULL);

    record(r, "default", NULL);
    record(r, "own", "5xx 302");
    record(r, "none", "none");
    assert_true(crosstown_test_allows(r, 1, 404));
    assert_false(crosstown_test_allows(r, 1, 302));
    assert_true(crosstown_test_allows(r, 2, 599));
    assert_false(crosstown_test_allows(r, 3, 200));
    crosstown_test_finish(r, 302);
    crosstown_test_run_all();
    assert_string_equal(ends(), "own=no_go default=ran none=ran");
}

static void wrong_words_are_refused_and_logged(void **state)
{
    request_rec *r = get("/", NULL);
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.no_go = "6xx";
    assert_int_equal(crosstown_test_defer(r, deed, NULL, &opts), APR_EINVAL);
    assert_non_null(crosstown_test_logged("6xx"));
    assert_int_equal(crosstown_test_recorded(r), 0);
    assert_non_null(crosstown.check_statuses(crosstown_test_pool(), "6xx"));
    assert_null(crosstown.check_statuses(crosstown_test_pool(), "5xx"));
    assert_null(crosstown.check_statuses(crosstown_test_pool(), NULL));
}

/* As a directive handler does: nothing is loaded yet. */
static void words_can_be_checked_before_anything_is_loaded(void **state)
{
    static const crosstown_client_t blank;
    apr_pool_t *p = crosstown_test_pool();

    assert_non_null(crosstown_client_check_statuses(&blank, p, "6xx"));
    assert_non_null(crosstown_client_check_statuses(NULL, p, "6xx"));
    assert_null(crosstown_client_check_statuses(NULL, p, "5xx"));
    assert_null(crosstown_client_check_statuses(NULL, p, NULL));
}

static void directives_hold_for_what_is_recorded_next(void **state)
{
    request_rec *r;

    assert_null(crosstown_test_configure("CrosstownNoGo 201 \"5xx\""));
    r = get("/", NULL);
    record(r, "a", NULL);
    crosstown_test_finish(r, 201);
    assert_null(crosstown_test_configure("CrosstownNoGo none"));
    r = get("/", NULL);
    record(r, "b", NULL);
    crosstown_test_finish(r, 500);
    assert_null(crosstown_test_configure("Crosstown Off"));
    r = get("/", NULL);
    record(r, "c", NULL);
    assert_false(crosstown_test_allows(r, 0, 200));
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
    assert_string_equal(ends(), "a=no_go c=no_go b=ran");
}

static void an_aborted_response_is_judged_by_the_location(void **state)
{
    request_rec *r = get("/", NULL);

    record(r, "a", NULL);
    crosstown_test_finish_aborted(r, 200);
    assert_null(crosstown_test_configure("CrosstownOnAbort skip"));
    r = get("/", NULL);
    record(r, "b", NULL);
    crosstown_test_finish_aborted(r, 200);
    r = get("/", NULL);
    record(r, "c", NULL);
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
    assert_string_equal(ends(), "b=no_go a=ran c=ran");
}

/* A handler that has written a part of its answer, and cannot go on. */
static void a_response_that_is_broken_off_is_aborted(void **state)
{
    request_rec *r;
    apr_bucket_brigade *brigade;

    assert_null(crosstown_test_configure("CrosstownOnAbort skip"));
    r = get("/", NULL);
    record(r, "a", NULL);
    brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    ap_rputs("half of it", r);
    APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_error_create(
        HTTP_BAD_GATEWAY, NULL, r->pool, brigade->bucket_alloc));
    ap_pass_brigade(r->output_filters, brigade);
    crosstown_test_finish(r, 200);
    assert_string_equal(ends(), "a=no_go");

    r = get("/", NULL);
    record(r, "b", NULL);
    ap_set_content_length(r, 11);
    ap_rputs("half of it", r);
    crosstown_test_finish(r, 200);
    assert_string_equal(ends(), "a=no_go b=no_go");

    r = get("/", NULL);
    record(r, "c", NULL);
    ap_set_content_length(r, 9);
    ap_rputs("all of it", r);
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
    assert_string_equal(ends(), "a=no_go b=no_go c=ran");
}

static void the_last_redirect_has_the_final_status(void **state)
{
    request_rec *r = get("/", NULL);
    request_rec *sub = crosstown_test_subrequest(r, "/part");
    request_rec *next = crosstown_test_redirect(r, "/error");

    record(sub, "sub", "404");
    record(next, "next", "302");
    assert_int_equal(crosstown_test_recorded(r), 2);
    crosstown_test_finish(next, 404);
    crosstown_test_run_all();
    assert_string_equal(ends(), "sub=no_go next=ran");
}

static int admit_all_but_b(request_rec *r, const crosstown_task_t *task)
{
    return strcmp(task->name, "b") ? DECLINED : HTTP_FORBIDDEN;
}

static int collect_one_more(request_rec *r, int status)
{
    record(r, status == 200 ? "collected" : "elsewhere", NULL);
    return OK;
}

static void hooks_are_run(void **state)
{
    request_rec *r;

    APR_OPTIONAL_HOOK(crosstown, crosstown_admit, admit_all_but_b, NULL,
                      NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(crosstown, crosstown_collect, collect_one_more, NULL,
                      NULL, APR_HOOK_MIDDLE);
    r = get("/", NULL);
    record(r, "a", NULL);
    record(r, "b", NULL);
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
    assert_string_equal(ends(), "b=no_go a=ran collected=ran");
}

static void cancelled_tasks_do_not_run(void **state)
{
    request_rec *r = get("/", NULL);

    record(r, "a", NULL);
    record(r, "b", NULL);
    assert_int_equal(crosstown.cancel(r, "a"), 1);
    assert_int_equal(crosstown_test_recorded(r), 1);
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
    assert_string_equal(ends(), "a=cancelled b=ran");
}

static void a_request_that_is_dropped_stops_its_tasks(void **state)
{
    request_rec *r = get("/", NULL);

    record(r, "a", NULL);
    crosstown_test_drop(r);
    assert_int_equal(crosstown_test_run_all(), 0);
    assert_string_equal(ends(), "a=stopped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(a_good_status_lets_run),
        recording(the_default_refuses_errors),
        recording(a_task_has_words_of_its_own),
        recording(wrong_words_are_refused_and_logged),
        recording(words_can_be_checked_before_anything_is_loaded),
        recording(directives_hold_for_what_is_recorded_next),
        recording(an_aborted_response_is_judged_by_the_location),
        recording(a_response_that_is_broken_off_is_aborted),
        recording(the_last_redirect_has_the_final_status),
        recording(hooks_are_run),
        recording(cancelled_tasks_do_not_run),
        recording(a_request_that_is_dropped_stops_its_tasks),
    };

    return cmocka_run_group_tests_name("testing: filter", tests, NULL, NULL);
}
