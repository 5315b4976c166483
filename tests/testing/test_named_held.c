/* SPDX-License-Identifier: Apache-2.0 */
/* Named tasks that are over later: what they are finished with means what it
 * would have meant if their function had returned it. */
#include "support.h"

#define SECOND APR_USEC_PER_SEC

static crosstown_tasks_t tasks;
static crosstown_held_t *held;       /* the latest attempt */
static const char *name;             /* of its own where a line is looked for:
                                        there are few a second of one name */
static int calls;
static int finishes;                 /* before the function returns */

static apr_status_t hold(const crosstown_task_t *task,
                         const crosstown_payload_t *payload, void *data)
{
    (void)payload;
    (void)data;
    ++calls;
    held = crosstown_client_hold(&crosstown, task);
    assert_non_null(held);
    if (finishes) {
        crosstown_client_finish(&crosstown, held, APR_ENOENT, "early");
    }
    return CROSSTOWN_HELD;
}

static int setup(void **state)
{
    record_setup(state);
    crosstown_test_load_tasks();
    calls = finishes = 0;
    return 0;
}

static void ask(void)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;

    payload.fields = "id=7\0";
    assert_int_equal(crosstown_tasks_submit(&tasks, crosstown_test_server(),
                                            name, &payload, NULL), 0);
}

/* One of it has been called. */
static void begin_as(const char *its_name, const char *keys)
{
    name = its_name;
    assert_null(crosstown_test_configure(apr_pstrcat(
        crosstown_test_pool(), "CrosstownTask ", name, " module ", keys,
        NULL)));
    crosstown_tasks_load(&tasks);
    assert_int_equal(crosstown_tasks_provide(&tasks, name, hold, NULL), 0);
    assert_int_equal(crosstown_test_start(), 0);
    ask();
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(crosstown_test_scheduled(), finishes);
}

static void begin(const char *keys)
{
    begin_as("slow", keys);
}

static void finish(apr_status_t result, const char *words)
{
    crosstown_client_finish(&crosstown, held, result, words);
}

/* Another attempt is made behind that time, give or take 10 %. */
static void attempt_after(apr_interval_time_t wait)
{
    int before = calls;

    assert_string_equal(ends(), "");
    assert_int_equal(crosstown_test_scheduled(), 1);
    crosstown_test_advance(wait * 89 / 100);
    assert_int_equal(crosstown_test_run_all(), 0);
    crosstown_test_advance(wait * 22 / 100);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(calls, before + 1);
}

static void ended_with(apr_status_t result)
{
    const crosstown_test_result_t *results;

    assert_int_equal(crosstown_test_scheduled(), 0);
    assert_int_equal(crosstown_test_waiting(), 0);
    assert_int_equal(crosstown_test_results(&results), 1);
    assert_int_equal(results[0].outcome, CROSSTOWN_RAN);
    assert_int_equal(results[0].result, result);
}

static void a_failure_is_tried_again_by_the_schedule(void **state)
{
    (void)state;
    begin_as("letter", "retries=2");
    finish(APR_ENOENT, "no answer");
    attempt_after(SECOND);
    finish(APR_ENOENT, "no answer");
    attempt_after(16 * SECOND);
    finish(APR_ENOENT, "no answer");
    ended_with(APR_ENOENT);
    assert_non_null(crosstown_test_logged("failed at attempt 3: no answer"));
}

static void also_if_it_is_finished_before_it_returns(void **state)
{
    (void)state;
    finishes = 1;
    begin("retries=1");
    attempt_after(SECOND);
    ended_with(APR_ENOENT);
}

static void success_ends_it(void **state)
{
    (void)state;
    begin("retries=9");
    finish(APR_SUCCESS, NULL);
    ended_with(APR_SUCCESS);
}

static void giving_up_ends_it(void **state)
{
    (void)state;
    begin("retries=9");
    finish(CROSSTOWN_GIVE_UP, NULL);
    ended_with(CROSSTOWN_GIVE_UP);
}

static void without_retries_there_is_one_attempt(void **state)
{
    (void)state;
    begin("");
    finish(APR_ENOENT, NULL);
    ended_with(APR_ENOENT);
}

static void what_has_expired_is_not_tried_again(void **state)
{
    (void)state;
    begin_as("rare", "retries=9 backoff=fixed:1h expires=30min");
    finish(APR_ENOENT, NULL);
    ended_with(APR_ENOENT);
    assert_non_null(crosstown_test_logged("expired (expires=) after 1 "
                                          "attempt"));
}

static void not_yet(void)
{
    finish(crosstown_client_retry_at(
        &crosstown, crosstown_client_held_task(&crosstown, held),
        apr_time_now() + 500 * SECOND), "not yet");
}

/* But not how often. */
static void who_finishes_it_says_when(void **state)
{
    (void)state;
    begin_as("busy", "retries=1");
    not_yet();
    attempt_after(500 * SECOND);
    not_yet();
    ended_with(CROSSTOWN_GIVE_UP);
    assert_non_null(crosstown_test_logged("failed at attempt 2: not yet"));
}

static void its_key_is_held_until_it_is_over(void **state)
{
    (void)state;
    begin("retries=1 unique=id");
    ask();
    assert_int_equal(crosstown_test_waiting(), 0);
    finish(APR_ENOENT, NULL);
    ask();
    assert_int_equal(crosstown_test_waiting(), 0);
    attempt_after(SECOND);
    finish(APR_SUCCESS, NULL);
    ended_with(APR_SUCCESS);
    ask();
    assert_int_equal(crosstown_test_waiting(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, end_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failure_is_tried_again_by_the_schedule),
        TEST(also_if_it_is_finished_before_it_returns),
        TEST(success_ends_it),
        TEST(giving_up_ends_it),
        TEST(without_retries_there_is_one_attempt),
        TEST(what_has_expired_is_not_tried_again),
        TEST(who_finishes_it_says_when),
        TEST(its_key_is_held_until_it_is_over),
    };

    return cmocka_run_group_tests_name("named_held", tests, NULL, NULL);
}
