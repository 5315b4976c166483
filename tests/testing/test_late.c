/* SPDX-License-Identifier: Apache-2.0 */
/* An answer that is given up while its work still waits: what the work needs
 * may be gone when it comes to run. */
#include "support.h"

#include <signal.h>

#include "http_protocol.h"

#define PATIENCE apr_time_from_sec(5)

static const crosstown_deferreds_t *deferreds;
static crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;   /* of the next call() */

static int late_setup(void **state)
{
    record_setup(state);
    crosstown_test_start();
    deferreds = crosstown.deferreds;
    return deferreds == NULL;
}

static apr_status_t look_up(crosstown_step_t *step, void *data)
{
    const char *what = data;

    step->result = deferreds->reply(step->deferred, 200, NULL, what);
    return step->result ? APR_SUCCESS : APR_ENOMEM;
}

static crosstown_deferred_t *call(request_rec *r)
{
    opts.name = "look up";
    return deferreds->call(r->server, look_up, apr_pstrdup(r->pool, "it"),
                           &opts);
}

static int serve(request_rec *r)
{
    return deferreds->answer(r, call(r), PATIENCE);
}

static void be_late(void)
{
    request_rec *r;
    int status;

    late_setup(NULL);
    r = crosstown_test_request("GET", "/slow");
    crosstown_test_late();
    status = serve(r);
    crosstown_test_finish(r, status);
    crosstown_test_run_all();
    crosstown_test_end();
}

static void data_of_the_request_is_gone(void **state)
{
    const char *said;

    opts.data_size = 0;
    assert_int_equal(in_a_process(be_late, &said), SIGSEGV);
    assert_non_null(strstr(said, "task \"look up\" used memory of GET /slow"));
}

static void a_copy_is_not(void **state)
{
    const char *said;

    opts.data_size = sizeof("it");
    assert_int_equal(in_a_process(be_late, &said), 0);
}

static void one_answer_is_late_and_no_more(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/slow");

    opts.data_size = sizeof("it");
    crosstown_test_late();
    assert_int_equal(serve(r), 504);
    assert_int_equal(crosstown_test_waiting(), 1);
    assert_non_null(crosstown_test_logged("has not come in time"));
    assert_int_equal(serve(r), OK);
    assert_int_equal(crosstown_test_waiting(), 0);
    assert_string_equal(crosstown_test_body(r), "it");
}

static void what_is_late_can_be_cancelled(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/slow");

    opts.data_size = 0;
    crosstown_test_late();
    assert_int_equal(deferreds->answer_or_cancel(r, call(r), PATIENCE), 504);
    crosstown_test_finish(r, 504);
    assert_true(crosstown_test_run_next());
}

static apr_status_t recover(crosstown_step_t *step, void *data)
{
    step->result = deferreds->reply(step->deferred, 203, NULL, "old");
    return APR_SUCCESS;
}

static void what_is_there_in_time_is_the_answer(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/slow");
    crosstown_deferred_t *d = call(r);

    crosstown_test_run_all();
    crosstown_test_late();
    assert_int_equal(deferreds->answer(r, d, PATIENCE), OK);
}

/* A timeout is in time also where no thread is free. */
static void time_goes_by_meanwhile(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/slow");
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);

    deferreds->add(d, NULL, NULL, recover, NULL);
    deferreds->timeout(d, PATIENCE / 2);
    crosstown_test_late();
    assert_int_equal(deferreds->answer(r, d, PATIENCE), OK);
    assert_int_equal(r->status, 203);
}

#define deferring(test) \
    cmocka_unit_test_setup_teardown(test, late_setup, end_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_of_the_request_is_gone),
        cmocka_unit_test(a_copy_is_not),
        deferring(one_answer_is_late_and_no_more),
        deferring(what_is_late_can_be_cancelled),
        deferring(what_is_there_in_time_is_the_answer),
        deferring(time_goes_by_meanwhile),
    };

    return cmocka_run_group_tests_name("testing: late", tests, NULL, NULL);
}
