/* SPDX-License-Identifier: Apache-2.0 */
/* Named tasks and time: further attempts, delays, and when a task expires. */
#include "support_named.h"

#define SECOND APR_USEC_PER_SEC

/* The schedule is within 10 %. */
static void attempt_after(apr_interval_time_t wait, int calls)
{
    assert_int_equal(crosstown_test_waiting(), 0);
    assert_int_equal(crosstown_test_scheduled(), 1);
    crosstown_test_advance(wait * 89 / 100);
    assert_int_equal(crosstown_test_run_all(), 0);
    crosstown_test_advance(wait * 22 / 100);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(job.calls, calls);
}

static void a_failure_is_tried_again_by_the_schedule(void **state)
{
    (void)state;
    begin_as("letter", "retries=4");
    job.result = APR_ENOENT;
    job.said = "no such letter";
    assert_int_equal(ask(NULL, "x", NULL, NULL), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    attempt_after(SECOND, 2);
    attempt_after(16 * SECOND, 3);
    assert_string_equal(ends(), "");
    attempt_after(81 * SECOND, 4);
    attempt_after(256 * SECOND, 5);
    assert_string_equal(ends(), "letter=ran");
    assert_int_equal(crosstown_test_scheduled(), 0);
    assert_non_null(crosstown_test_logged("failed at attempt 5: no such "
                                          "letter"));
}

static void success_ends_it(void **state)
{
    const crosstown_test_result_t *results;

    (void)state;
    begin("retries=100 backoff=fixed:1h");
    job.result = APR_EGENERAL;
    assert_int_equal(ask(NULL, "x", NULL, NULL), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    job.result = APR_SUCCESS;
    attempt_after(3600 * SECOND, 2);
    assert_int_equal(crosstown_test_results(&results), 1);
    assert_int_equal(results[0].result, 0);
    assert_int_equal(crosstown_test_scheduled(), 0);
}

static void giving_up_ends_it(void **state)
{
    const crosstown_test_result_t *results;

    (void)state;
    begin("retries=100");
    job.result = CROSSTOWN_GIVE_UP;
    assert_int_equal(ask(NULL, "x", NULL, NULL), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(crosstown_test_results(&results), 1);
    assert_int_equal(results[0].result, CROSSTOWN_GIVE_UP);
    assert_int_equal(crosstown_test_scheduled(), 0);
}

static void without_retries_there_is_one_attempt(void **state)
{
    const crosstown_test_result_t *results;

    (void)state;
    begin("");
    job.result = APR_ENOENT;
    assert_int_equal(ask(NULL, "x", NULL, NULL), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(crosstown_test_results(&results), 1);
    assert_int_equal(results[0].result, APR_ENOENT);
    assert_int_equal(crosstown_test_scheduled(), 0);
}

/* Its function says when, but not how often. */
static apr_status_t do_later(const crosstown_task_t *task,
                             const crosstown_payload_t *payload, void *data)
{
    (void)payload;
    (void)data;
    ++job.calls;
    return crosstown_client_fail(
        &crosstown, task, crosstown_client_retry_at(
            &crosstown, task, apr_time_now() + 500 * SECOND), "not yet");
}

static void the_function_says_when(void **state)
{
    const crosstown_test_result_t *results;

    (void)state;
    configure("CrosstownTask later module retries=1");
    crosstown_tasks_load(&tasks);
    assert_int_equal(crosstown_tasks_provide(&tasks, "later", do_later, NULL),
                     0);
    assert_int_equal(crosstown_test_start(), 0);
    assert_int_equal(crosstown_tasks_submit(&tasks, crosstown_test_server(),
                                            "later", NULL, NULL), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    attempt_after(500 * SECOND, 2);
    assert_int_equal(crosstown_test_results(&results), 1);
    assert_int_equal(results[0].result, CROSSTOWN_GIVE_UP);
    assert_non_null(crosstown_test_logged("failed at attempt 2: not yet"));
}

static void a_delay_passes(void **state)
{
    crosstown_named_opts_t opts = CROSSTOWN_NAMED_OPTS_INIT;

    (void)state;
    begin("delay=2min unique=id");
    assert_int_equal(ask(NULL, "1", "id=1\0", NULL), 0);
    assert_int_equal(ask(NULL, "2", "id=1\0", NULL), 0);
    opts.delay = 5 * SECOND;
    assert_int_equal(ask(NULL, "3", "id=2\0", &opts), 0);
    assert_int_equal(crosstown_test_scheduled(), 2);
    crosstown_test_advance(5 * SECOND);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_string_equal(job.text, "3");
    crosstown_test_advance(114 * SECOND);
    assert_int_equal(crosstown_test_run_all(), 0);
    crosstown_test_advance(SECOND);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_string_equal(job.text, "1");
}

static void what_waits_for_its_time_is_stopped(void **state)
{
    (void)state;
    begin("retries=5 unique=id");
    job.result = APR_EGENERAL;
    assert_int_equal(ask(NULL, "1", "id=1\0", NULL), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(ask(NULL, "2", "id=1\0", NULL), 0);
    assert_int_equal(crosstown_test_waiting(), 0);
    crosstown_test_stop();
    assert_string_equal(ends(), "job=stopped");
    assert_int_equal(crosstown_test_scheduled(), 0);
}

static void nor_is_it_tried_again(void **state)
{
    const crosstown_test_result_t *results;

    (void)state;
    begin_as("rare", "retries=5 backoff=fixed:1h expires=30min");
    job.result = APR_EGENERAL;
    assert_int_equal(ask(NULL, "x", NULL, NULL), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(crosstown_test_scheduled(), 0);
    assert_int_equal(crosstown_test_results(&results), 1);
    assert_int_equal(results[0].result, APR_EGENERAL);
    assert_non_null(crosstown_test_logged("expired (expires=) after 1 "
                                          "attempt"));
}

static void what_has_expired_is_not_called(void **state)
{
    const crosstown_test_result_t *results;
    apr_time_t asked;

    (void)state;
    begin_as("short", "expires=1ms");
    assert_int_equal(ask(NULL, "x", NULL, NULL), 0);
    asked = apr_time_now();
    while (apr_time_now() <= asked + 1000) {
        continue;
    }
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(job.calls, 0);
    assert_int_equal(crosstown_test_results(&results), 1);
    assert_int_equal(results[0].outcome, CROSSTOWN_RAN);
    assert_int_not_equal(results[0].result, 0);
    assert_non_null(crosstown_test_logged("expired (expires=)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        naming(a_failure_is_tried_again_by_the_schedule),
        naming(success_ends_it),
        naming(giving_up_ends_it),
        naming(without_retries_there_is_one_attempt),
        naming(the_function_says_when),
        naming(a_delay_passes),
        naming(what_waits_for_its_time_is_stopped),
        naming(what_has_expired_is_not_called),
        naming(nor_is_it_tried_again),
    };

    return cmocka_run_group_tests_name("named: retries", tests, NULL, NULL);
}
