/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer whose tasks are over later: its test finishes them, or what it
 * tests does, and sees what became of them. */
#include "support.h"

static crosstown_held_t *held;
static int finishes;                 /* before the function returns */
static apr_status_t returns;
static int told;                     /* to `over` */

static apr_status_t hold(const crosstown_task_t *task, void *data)
{
    held = crosstown_client_hold(&crosstown, task);
    assert_non_null(held);
    assert_ptr_equal(crosstown_client_hold(&crosstown, task), held);
    if (finishes) {
        crosstown_client_finish(&crosstown, held, APR_EGENERAL, "early");
    }
    return returns;
}

static void over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    ++told;
    assert_null(crosstown_client_hold(&crosstown, task));
}

/* Let a request leave one, and run it. */
static void run_one(apr_status_t status, int early)
{
    request_rec *r = crosstown_test_request("GET", "/");

    told = 0;
    returns = status;
    finishes = early;
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, hold, NULL,
                                       .name = "held", .over = over),
                     APR_SUCCESS);
    crosstown_test_finish(r, 200);
    assert_true(crosstown_test_run_next());
}

static void finished_later(void **state)
{
    const crosstown_task_t *task;

    run_one(CROSSTOWN_HELD, 0);
    assert_string_equal(ends(), "");
    assert_int_equal(told, 0);
    task = crosstown_client_held_task(&crosstown, held);
    assert_string_equal(task->name, "held");
    assert_string_equal(task->response->uri, "/");
    assert_non_null(apr_pstrdup(task->pool, "scratch"));
    crosstown_client_finish(&crosstown, held, APR_SUCCESS, NULL);
    assert_string_equal(ends(), "held=ran");
    assert_int_equal(told, 1);
    assert_null(crosstown_client_held_task(&crosstown, held));
}

static void finished_before_it_returns(void **state)
{
    run_one(CROSSTOWN_HELD, 1);
    assert_string_equal(ends(), "held=ran");
    assert_int_equal(told, 1);
    assert_non_null(crosstown_test_logged("early"));
}

static void finished_twice(void **state)
{
    run_one(CROSSTOWN_HELD, 0);
    crosstown_client_finish(&crosstown, held, APR_SUCCESS, NULL);
    crosstown_client_finish(&crosstown, held, APR_SUCCESS, NULL);
    assert_string_equal(ends(), "held=ran");
    assert_non_null(crosstown_test_logged("crosstown_finish: the task is "
                                          "over"));
}

static void another_status_ends_it(void **state)
{
    run_one(APR_SUCCESS, 0);
    assert_string_equal(ends(), "held=ran");
    crosstown_client_finish(&crosstown, held, APR_EGENERAL, NULL);
    assert_string_equal(ends(), "held=ran");
    assert_int_equal(told, 1);
}

static void a_stop_ends_it(void **state)
{
    run_one(CROSSTOWN_HELD, 0);
    crosstown_test_stop();
    assert_string_equal(ends(), "held=stopped");
    assert_int_equal(told, 0);
    crosstown_client_finish(&crosstown, held, APR_SUCCESS, NULL);
    assert_string_equal(ends(), "held=stopped");
    assert_int_equal(told, 1);
}

/* What is never finished is nobody's any more in the next test. */
static void never_finished(void **state)
{
    run_one(CROSSTOWN_HELD, 0);
    assert_string_equal(ends(), "");
}

static void without_the_module(void **state)
{
    crosstown_client_t none;

    memset(&none, 0, sizeof(none));
    assert_null(crosstown_client_hold(&none, NULL));
    assert_null(crosstown_client_held_task(&none, NULL));
    crosstown_client_finish(&none, NULL, APR_SUCCESS, NULL);
    crosstown_client_finish(&crosstown, NULL, APR_SUCCESS, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(finished_later),
        recording(finished_before_it_returns),
        recording(finished_twice),
        recording(another_status_ends_it),
        recording(a_stop_ends_it),
        recording(never_finished),
        recording(finished_later),
        recording(without_the_module),
    };

    return cmocka_run_group_tests_name("testing: held", tests, NULL, NULL);
}
