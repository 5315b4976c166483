/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that wait for their time: with a delay, or to be tried again. The test
 * brings it. */
#include "support.h"

#define MINUTE apr_time_from_sec(60)

static int calls;
static unsigned int last_attempt;

/* Asks for another attempt as often as data says. */
static apr_status_t try_again(const crosstown_task_t *task, void *data)
{
    ++calls;
    last_attempt = task->attempt;
    return calls <= *(const int *)data
        ? crosstown_client_retry_at(&crosstown, task,
                                    apr_time_now() + MINUTE) : APR_SUCCESS;
}

static void record_retries(request_rec *r, int retries)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    calls = 0;
    opts.name = "again";
    opts.data_size = sizeof(retries);
    assert_int_equal(crosstown_test_defer(r, try_again, &retries, &opts), 0);
}

static void record_delayed(request_rec *r, const char *name,
                           apr_interval_time_t delay)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.name = name;
    opts.delay = delay;
    assert_int_equal(crosstown_test_defer(r, deed, NULL, &opts), 0);
}

static void each_attempt_when_its_time_has_come(void **state)
{
    request_rec *r = get("/", NULL);

    (void)state;
    record_retries(r, 2);
    record(r, "behind", NULL);
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_run_all(), 2);
    assert_string_equal(ends(), "behind=ran");
    crosstown_test_advance(MINUTE / 2);
    assert_int_equal(crosstown_test_waiting(), 0);
    crosstown_test_advance(MINUTE / 2);
    assert_int_equal(crosstown_test_waiting(), 1);
    assert_int_equal(crosstown_test_run_all(), 1);
    crosstown_test_advance(MINUTE);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(last_attempt, 3);
    assert_string_equal(ends(), "behind=ran again=ran");
    assert_int_equal(crosstown_test_scheduled(), 0);
}

static void a_delay_lets_others_pass(void **state)
{
    request_rec *r = get("/", NULL);

    (void)state;
    record_delayed(r, "late", 2 * MINUTE);
    record_delayed(r, "soon", MINUTE);
    record(r, "now", NULL);
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_scheduled(), 2);
    assert_int_equal(crosstown_test_run_all(), 1);
    crosstown_test_advance(2 * MINUTE);
    assert_int_equal(crosstown_test_run_all(), 2);
    assert_string_equal(ends(), "now=ran soon=ran late=ran");
}

static void eager_ones_run_when_time_has_gone_by(void **state)
{
    request_rec *r = get("/", NULL);

    (void)state;
    record_retries(r, 1);
    record_delayed(r, "late", 2 * MINUTE);
    crosstown_test_finish(r, 200);
    assert_int_equal(calls, 1);
    crosstown_test_advance(MINUTE);
    assert_string_equal(ends(), "again=ran");
    crosstown_test_advance(MINUTE);
    assert_string_equal(ends(), "again=ran late=ran");
}

static void they_hold_their_places(void **state)
{
    request_rec *r;

    (void)state;
    assert_null(crosstown_test_configure("CrosstownQueue 2"));
    r = get("/", NULL);
    record_retries(r, 1);
    record_delayed(r, "late", MINUTE);
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(crosstown_client_submit(&crosstown, NULL, deed, NULL,
                                             NULL), APR_EAGAIN);
    crosstown_test_advance(MINUTE);
    assert_int_equal(crosstown_test_run_all(), 2);
    assert_int_equal(crosstown_client_submit(&crosstown, NULL, deed, NULL,
                                             NULL), APR_SUCCESS);
}

static void a_stop_does_not_wait(void **state)
{
    request_rec *r = get("/", NULL);

    (void)state;
    record_retries(r, 5);
    record_delayed(r, "late", MINUTE);
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_run_all(), 1);
    crosstown_test_stop();
    assert_non_null(strstr(ends(), "again=stopped"));
    assert_non_null(strstr(ends(), "late=stopped"));
    assert_int_equal(crosstown_test_results(NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(each_attempt_when_its_time_has_come),
        recording(a_delay_lets_others_pass),
        eagerly(eager_ones_run_when_time_has_gone_by),
        recording(they_hold_their_places),
        recording(a_stop_does_not_wait),
    };

    return cmocka_run_group_tests_name("scheduled", tests, NULL, NULL);
}
