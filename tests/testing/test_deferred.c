/* SPDX-License-Identifier: Apache-2.0 */
/* Deferreds in a consumer's unit test: call() waits like a task, wait() and
 * answer() never hang, time is the test's. */
#include "support.h"

static const crosstown_deferreds_t *deferreds;

static int deferred_setup(void **state)
{
    record_setup(state);
    crosstown_test_start();
    deferreds = crosstown.deferreds;
    return deferreds == NULL;
}

static apr_status_t say(crosstown_step_t *step, void *data)
{
    step->result = data;
    return APR_SUCCESS;
}

static apr_status_t refuse(crosstown_step_t *step, void *data)
{
    step->message = data;
    return APR_EGENERAL;
}

static apr_status_t make_reply(crosstown_step_t *step, void *data)
{
    step->result = deferreds->reply(step->deferred, 202, "text/plain",
                                    step->result);
    return APR_SUCCESS;
}

static apr_status_t note(crosstown_step_t *step, void *data)
{
    *(apr_status_t *)data = step->status;
    return step->status;
}

static crosstown_result_t look(crosstown_deferred_t *d)
{
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };

    assert_int_equal(deferreds->wait(d, 0, &result), APR_SUCCESS);
    return result;
}

static void a_call_waits_like_a_task(void **state)
{
    crosstown_deferred_t *d = deferreds->call(NULL, say, "done", NULL);
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };

    assert_int_equal(crosstown_test_waiting(), 1);
    assert_int_equal(deferreds->wait(d, 0, &result), APR_TIMEUP);
    assert_true(crosstown_test_run_next());
    assert_string_equal(look(d).result, "done");
    deferreds->release(d);
}

static void waiting_runs_what_waits(void **state)
{
    crosstown_deferred_t *first = deferreds->call(NULL, say, "first", NULL);
    crosstown_deferred_t *last = deferreds->call(NULL, refuse, "why", NULL);
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };

    assert_int_equal(deferreds->wait(first, 1, &result), APR_SUCCESS);
    assert_string_equal(result.result, "first");
    assert_int_equal(crosstown_test_waiting(), 1);
    assert_int_equal(deferreds->wait(last, 1, &result), APR_SUCCESS);
    assert_int_equal(result.status, APR_EGENERAL);
    assert_string_equal(result.message, "why");
    deferreds->release(first);
    deferreds->release(last);
}

static void waiting_in_vain_takes_no_time(void **state)
{
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };
    apr_time_t before = apr_time_now();

    assert_int_equal(deferreds->wait(d, apr_time_from_sec(3600), &result),
                     APR_TIMEUP);
    assert_true(apr_time_now() - before < apr_time_from_sec(600));
    deferreds->release(d);
}

static apr_status_t wait_inside(crosstown_step_t *step, void *data)
{
    crosstown_deferred_t *d = deferreds->call(NULL, say, "inner", NULL);
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };

    *(apr_status_t *)data = deferreds->wait(d, 1, &result);
    deferreds->release(d);
    return APR_SUCCESS;
}

static void a_task_cannot_wait_for_the_pool(void **state)
{
    apr_status_t answered = APR_SUCCESS;
    crosstown_deferred_t *d = deferreds->call(NULL, wait_inside, &answered,
                                              NULL);

    assert_true(crosstown_test_run_next());
    assert_int_equal(answered, APR_EDEADLK);
    deferreds->release(d);
}

static void time_is_the_tests(void **state)
{
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);
    apr_status_t noted = APR_SUCCESS;

    deferreds->add_both(d, note, &noted);
    assert_int_equal(deferreds->timeout(d, apr_time_from_sec(60)),
                     APR_SUCCESS);
    crosstown_test_advance(apr_time_from_sec(59));
    assert_int_equal(noted, APR_SUCCESS);
    crosstown_test_advance(apr_time_from_sec(1));
    assert_int_equal(noted, CROSSTOWN_ECANCELED);
    assert_int_equal(crosstown_test_waiting(), 0);
    assert_int_equal(look(d).status, APR_TIMEUP);
    deferreds->release(d);
}

static void timeouts_come_in_their_order(void **state)
{
    crosstown_deferred_t *late = deferreds->make(NULL, NULL);
    crosstown_deferred_t *early = deferreds->make(NULL, NULL);
    apr_status_t noted_late = APR_SUCCESS;
    apr_status_t noted_early = APR_SUCCESS;

    deferreds->add_both(late, note, &noted_late);
    deferreds->add_both(early, note, &noted_early);
    assert_int_equal(deferreds->timeout(late, 60), APR_SUCCESS);
    assert_int_equal(deferreds->timeout(early, 30), APR_SUCCESS);
    crosstown_test_advance(30);
    assert_int_equal(noted_early, CROSSTOWN_ECANCELED);
    assert_int_equal(noted_late, APR_SUCCESS);
    crosstown_test_advance(30);
    assert_int_equal(noted_late, CROSSTOWN_ECANCELED);
    assert_int_equal(look(early).status, APR_TIMEUP);
    assert_int_equal(look(late).status, APR_TIMEUP);
    deferreds->release(early);
    deferreds->release(late);
}

static void waiting_goes_on_to_the_timeout(void **state)
{
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };

    assert_int_equal(deferreds->timeout(d, apr_time_from_sec(60)),
                     APR_SUCCESS);
    assert_int_equal(deferreds->wait(d, apr_time_from_sec(61), &result),
                     APR_SUCCESS);
    assert_int_equal(result.status, APR_TIMEUP);
    deferreds->release(d);
}

static void what_is_stashed_grows_old(void **state)
{
    char id[CROSSTOWN_STASH_ID_SIZE];
    crosstown_deferred_t *d = deferreds->succeeded("kept");
    crosstown_deferred_t *found;

    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    crosstown_test_advance(apr_time_from_sec(599));
    assert_int_equal(deferreds->retrieve(id, &found), APR_SUCCESS);
    assert_ptr_equal(found, d);
    assert_int_equal(deferreds->stash(found, id), APR_SUCCESS);
    crosstown_test_advance(apr_time_from_sec(600));
    assert_int_equal(deferreds->retrieve(id, &found), APR_NOTFOUND);
    deferreds->release(d);
    deferreds->release(d);
}

static void a_handler_answers(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/");
    crosstown_deferred_t *d = deferreds->call(r->server, say, "hello", NULL);

    deferreds->add(d, make_reply, NULL, NULL, NULL);
    assert_int_equal(deferreds->answer(r, d, apr_time_from_sec(5)), OK);
    assert_int_equal(r->status, 202);
    assert_string_equal(r->content_type, "text/plain");
    assert_string_equal(crosstown_test_body(r), "hello");
    crosstown_test_finish(r, r->status);
}

static void an_answer_may_come_too_late(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/");
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);
    apr_status_t noted = APR_SUCCESS;

    deferreds->add_both(d, note, &noted);
    assert_int_equal(deferreds->answer_or_cancel(r, deferreds->keep(d),
                                                 apr_time_from_sec(5)), 504);
    assert_int_equal(noted, CROSSTOWN_ECANCELED);
    deferreds->release(d);
    crosstown_test_finish(r, 504);
}

static void a_client_may_have_gone(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/");

    r->connection->aborted = 1;
    assert_int_equal(deferreds->answer(r, deferreds->make(NULL, NULL),
                                       apr_time_from_sec(5)), 408);
    crosstown_test_finish_aborted(r, 408);
}

static void nobody_waits_when_the_child_stops(void **state)
{
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);
    crosstown_result_t result = { sizeof(result), APR_SUCCESS, NULL, NULL };

    crosstown_test_stop();
    assert_int_equal(deferreds->wait(d, 1, &result), APR_EOF);
    deferreds->release(d);
    d = deferreds->call(NULL, say, "never", NULL);
    assert_int_equal(look(d).status, APR_EOF);
    deferreds->release(d);
}

static void a_failure_that_nobody_handled_is_logged(void **state)
{
    deferreds->release(deferreds->failed(APR_EGENERAL, "the roof is off"));
    assert_non_null(crosstown_test_logged("the roof is off"));
}

static int eager_deferred_setup(void **state)
{
    eager_setup(state);
    crosstown_test_start();
    deferreds = crosstown.deferreds;
    return deferreds == NULL;
}

static void eager_calls_run_at_once(void **state)
{
    crosstown_deferred_t *d = deferreds->call(NULL, say, "done", NULL);

    assert_string_equal(look(d).result, "done");
    deferreds->release(d);
}

#define deferring(test) \
    cmocka_unit_test_setup_teardown(test, deferred_setup, end_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        deferring(a_call_waits_like_a_task),
        deferring(waiting_runs_what_waits),
        deferring(waiting_in_vain_takes_no_time),
        deferring(a_task_cannot_wait_for_the_pool),
        deferring(time_is_the_tests),
        deferring(timeouts_come_in_their_order),
        deferring(waiting_goes_on_to_the_timeout),
        deferring(what_is_stashed_grows_old),
        deferring(a_handler_answers),
        deferring(an_answer_may_come_too_late),
        deferring(a_client_may_have_gone),
        deferring(nobody_waits_when_the_child_stops),
        deferring(a_failure_that_nobody_handled_is_logged),
        cmocka_unit_test_setup_teardown(eager_calls_run_at_once,
                                        eager_deferred_setup, end_teardown),
    };

    return cmocka_run_group_tests_name("testing: deferred", tests, NULL,
                                       NULL);
}
