/* SPDX-License-Identifier: Apache-2.0 */
/* What a test sees of what was recorded and of what became of it, and that
 * one test leaves nothing to the next. */
#include "support.h"

static void *carry_nothing(request_rec *r, void *data, apr_pool_t *p)
{
    return NULL;
}

static void note_over(const crosstown_task_t *task,
                      crosstown_outcome_e outcome, apr_status_t result,
                      void *data)
{
    int *told = data;

    *told += outcome == CROSSTOWN_STOPPED ? 1 : 100;
}

static void options_are_shown(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/");
    crosstown_test_record_t shown;
    int number = 42;

    assert_false(crosstown_test_look(r, 0, &shown));
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, deed, &number,
                                       .name = "a", .same_thread = 1,
                                       .data_size = sizeof(number),
                                       .over = note_over), APR_SUCCESS);
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, deed, &number,
                                       .carry = carry_nothing), APR_SUCCESS);
    assert_true(crosstown_test_look(r, 0, &shown));
    assert_string_equal(shown.name, "a");
    assert_ptr_equal(shown.fn, deed);
    assert_ptr_equal(shown.over, note_over);
    assert_null(shown.carry);
    assert_true(shown.same_thread);
    assert_int_equal(shown.data_size, sizeof(number));
    assert_ptr_not_equal(shown.data, &number);
    assert_int_equal(*(int *)shown.data, 42);
    assert_true(crosstown_test_look(r, 1, &shown));
    assert_string_equal(shown.name, "-");
    assert_ptr_equal(shown.carry, carry_nothing);
    assert_ptr_equal(shown.data, &number);
    assert_false(shown.same_thread);
    assert_false(crosstown_test_look(r, 2, &shown));
    assert_false(crosstown_test_look(r, -1, &shown));
}

static void tasks_run_one_by_one_in_order(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/");
    request_rec *other = crosstown_test_request("GET", "/other");

    record(r, "a", NULL);
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, deed, NULL,
                                       .name = "b", .same_thread = 1),
                     APR_SUCCESS);
    record(other, "c", NULL);
    crosstown_test_finish(other, 200);
    crosstown_test_finish(r, 200);
    assert_true(crosstown_test_run_next());
    assert_string_equal(ends(), "c=ran");
    assert_true(crosstown_test_run_next());
    assert_true(crosstown_test_run_next());
    assert_string_equal(ends(), "c=ran a=ran b=ran");
    assert_false(crosstown_test_run_next());
}

static apr_status_t check_response(const crosstown_task_t *task, void *data)
{
    const crosstown_response_t *response = task->response;

    assert_int_equal(response->status, 404);
    assert_int_equal(response->bytes_sent, 5);
    assert_string_equal(response->method, "POST");
    assert_string_equal(response->uri, "/a page");
    assert_string_equal(response->args, "x=1%202");
    assert_string_equal(response->client_ip, "127.0.0.1");
    assert_string_equal(response->hostname, "localhost");
    assert_ptr_equal(response->server, crosstown_test_server());
    assert_true(response->sent >= response->received);
    return APR_SUCCESS;
}

static void the_response_is_a_snapshot(void **state)
{
    request_rec *r = crosstown_test_request("POST", "/a%20page?x=1%202");

    r->sent_bodyct = 1;
    r->bytes_sent = 5;
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, check_response, NULL,
                                       .no_go = "none"), APR_SUCCESS);
    crosstown_test_finish(r, 404);
    assert_int_equal(crosstown_test_run_all(), 1);
}

static void the_queue_is_bounded(void **state)
{
    request_rec *r;

    assert_null(crosstown_test_configure("CrosstownQueue 1"));
    r = crosstown_test_request("GET", "/");
    record(r, "a", NULL);
    record(r, "b", NULL);
    crosstown_test_finish(r, 200);
    assert_string_equal(ends(), "b=rejected");
    assert_int_equal(crosstown.submit(NULL, deed, NULL, NULL), APR_EAGAIN);
    assert_true(crosstown_test_run_next());
    assert_int_equal(crosstown.submit(NULL, deed, NULL, NULL), APR_SUCCESS);
}

static void a_stop_ends_what_waits(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/");
    request_rec *late = crosstown_test_request("GET", "/late");
    int told = 0;

    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, deed, &told,
                                       .name = "a", .over = note_over),
                     APR_SUCCESS);
    record(late, "b", NULL);
    crosstown_test_finish(r, 200);
    crosstown_test_stop();
    assert_int_equal(told, 1);
    crosstown_test_finish(late, 200);
    assert_int_equal(crosstown_test_run_all(), 0);
    assert_string_equal(ends(), "a=stopped b=stopped");
    assert_int_equal(crosstown.submit(NULL, deed, NULL, NULL), APR_EOF);
}

static void the_end_tells_who_was_not_finished(void **state)
{
    int told = 0;
    request_rec *r;

    record_setup(state);
    r = crosstown_test_request("GET", "/");
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, deed, &told,
                                       .over = note_over), APR_SUCCESS);
    crosstown_test_finish(r, 200);
    r = crosstown_test_request("GET", "/");
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, deed, &told,
                                       .over = note_over), APR_SUCCESS);
    end_teardown(state);
    assert_int_equal(told, 2);
}

static void the_tally_counts_this_test(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/");
    apr_status_t failure = APR_EGENERAL;
    crosstown_tally_t tally;

    tally.size = sizeof(tally);
    record(r, "a", "200");
    assert_int_equal(crosstown_test_defer(r, deed, &failure, NULL),
                     APR_SUCCESS);
    record(r, "b", NULL);
    crosstown_test_finish(r, 200);
    assert_true(crosstown_test_run_next());
    assert_int_equal(crosstown.tally(&tally), APR_SUCCESS);
    assert_int_equal(tally.recorded, 3);
    assert_int_equal(tally.ran, 1);
    assert_int_equal(tally.failed, 1);
    assert_int_equal(tally.no_go, 1);
    assert_int_equal(tally.open, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(options_are_shown),
        recording(tasks_run_one_by_one_in_order),
        recording(the_response_is_a_snapshot),
        recording(the_queue_is_bounded),
        recording(a_stop_ends_what_waits),
        cmocka_unit_test(the_end_tells_who_was_not_finished),
        recording(the_tally_counts_this_test),
        recording(the_tally_counts_this_test),
    };

    return cmocka_run_group_tests_name("testing: record", tests, NULL, NULL);
}
