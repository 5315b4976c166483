/* SPDX-License-Identifier: Apache-2.0 */
/* Eager: tasks run by themselves, but never before their request is gone. */
#include "support.h"

static apr_status_t failure = APR_ENOENT;

static void finish_runs_all_in_order(void **state)
{
    const crosstown_test_result_t *results;
    request_rec *r = crosstown_test_request("GET", "/");

    record(r, "a", NULL);
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, deed, &failure,
                                       .name = "b"), APR_SUCCESS);
    record(r, "c", "200");
    assert_int_equal(crosstown_test_results(NULL), 0);
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_waiting(), 0);
    assert_int_equal(crosstown_test_results(&results), 3);
    assert_string_equal(ends(), "c=no_go a=ran b=ran");
    assert_int_equal(results[0].order, 0);
    assert_int_equal(results[1].order, 1);
    assert_int_equal(results[2].order, 2);
    assert_int_equal(results[2].result, APR_ENOENT);
    assert_non_null(crosstown_test_logged("task \"b\" failed"));
}

static void submitted_tasks_run_at_once(void **state)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.name = "a";
    crosstown_test_start();
    assert_int_equal(crosstown.submit(NULL, deed, NULL, &opts), APR_SUCCESS);
    assert_string_equal(ends(), "a=ran");
}

static apr_status_t submit_another(const crosstown_task_t *task, void *data)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    apr_status_t rv;

    opts.name = "inner";
    rv = crosstown.submit(task->response->server, deed, NULL, &opts);
    assert_int_equal(crosstown_test_results(NULL), 0);
    return rv;
}

static void what_a_task_submits_runs_behind_it(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/");

    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, submit_another, NULL,
                                       .name = "outer"), APR_SUCCESS);
    crosstown_test_finish(r, 200);
    assert_string_equal(ends(), "outer=ran inner=ran");
}

static int submit_at_the_end(request_rec *r, int status)
{
    return crosstown.submit(r->server, deed, NULL, NULL);
}

static void nothing_runs_while_a_request_ends(void **state)
{
    request_rec *r;

    APR_OPTIONAL_HOOK(crosstown, crosstown_collect, submit_at_the_end, NULL,
                      NULL, APR_HOOK_MIDDLE);
    r = crosstown_test_request("GET", "/");
    record(r, "a", NULL);
    crosstown_test_finish(r, 200);
    assert_string_equal(ends(), "-=ran a=ran");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        eagerly(finish_runs_all_in_order),
        eagerly(submitted_tasks_run_at_once),
        eagerly(what_a_task_submits_runs_behind_it),
        eagerly(nothing_runs_while_a_request_ends),
    };

    return cmocka_run_group_tests_name("testing: eager", tests, NULL, NULL);
}
