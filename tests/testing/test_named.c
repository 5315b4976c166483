/* SPDX-License-Identifier: Apache-2.0 */
/* Named tasks: a consumer that asks for some and does the work of some is
 * tested without a server. */
#include "support_named.h"

extern module letter_module;

/* ---- both sides of an example ---- */

static request_rec *ask_for_letter(int status)
{
    request_rec *r = get("/letter?to=anna", "letter");

    assert_int_equal(crosstown_test_serve(r), status);
    return r;
}

static void a_consumer_without_the_module(void **state)
{
    (void)state;
    crosstown_test_load(&letter_module);
    ask_for_letter(503);
    assert_non_null(crosstown_test_logged("not been implemented"));
}

static void a_name_that_means_nothing(void **state)
{
    (void)state;
    crosstown_test_load(&letter_module);
    ask_for_letter(503);
    assert_non_null(crosstown_test_logged("no letter"));
}

static void asked_for_seen_and_done(void **state)
{
    crosstown_test_named_t named;
    request_rec *r;

    (void)state;
    crosstown_test_load(&letter_module);
    configure("CrosstownTask letter module unique=to no-go=404");
    r = ask_for_letter(200);
    assert_int_equal(crosstown_test_recorded(r), 1);
    assert_true(crosstown_test_look_named(r, 0, &named));
    assert_string_equal(named.name, "letter");
    assert_string_equal(named.payload.data, "to=anna");
    assert_int_equal(named.payload.length, 7);
    assert_string_equal(named.payload.type, "text/plain");
    assert_null(named.unique);       /* it has a body, and no fields */
    assert_false(crosstown_test_look_named(r, 1, &named));
    assert_false(crosstown_test_allows(r, 0, 404));
    assert_true(crosstown_test_allows(r, 0, 500));
    crosstown_test_finish(r, 200);
    assert_true(crosstown_test_look_named(NULL, 0, &named));
    assert_string_equal(named.payload.data, "to=anna");
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_non_null(crosstown_test_logged("to to=anna (text/plain), signed "
                                          "the server"));
    assert_string_equal(ends(), "letter=ran");
}

/* ---- the options of a caller, and the keys of the configuration ---- */

static void other_tasks_are_not_named(void **state)
{
    crosstown_test_named_t named;
    request_rec *r;

    (void)state;
    begin("");
    r = get("/", NULL);
    record(r, "deed", NULL);
    assert_int_equal(ask(r, "x", NULL, NULL), 0);
    assert_false(crosstown_test_look_named(r, 0, &named));
    assert_true(crosstown_test_look_named(r, 1, &named));
    assert_false(crosstown_test_look_named(NULL, 0, &named));
    crosstown_test_finish(r, 200);
    assert_false(crosstown_test_look_named(NULL, 0, &named));
    assert_true(crosstown_test_look_named(NULL, 1, &named));
    assert_false(crosstown_test_look_named(NULL, 2, &named));
    assert_false(crosstown_test_look_named(NULL, -1, &named));
}

static void options_of_the_caller(void **state)
{
    crosstown_named_opts_t opts = CROSSTOWN_NAMED_OPTS_INIT;
    crosstown_test_named_t named;
    request_rec *r;

    (void)state;
    begin("unique=id delay=2min");
    r = get("/", NULL);
    assert_int_equal(ask(r, "x", "id=7\0n=1\0", NULL), 0);
    assert_true(crosstown_test_look_named(r, 0, &named));
    assert_string_equal(named.unique, "7");
    assert_string_equal(named.payload.fields, "id=7");
    assert_int_equal(named.delay, apr_time_from_sec(120));
    opts.no_go = "302";
    opts.unique = "mine";
    opts.delay = 5;
    assert_int_equal(ask(r, "x", "id=7\0", &opts), 0);
    assert_true(crosstown_test_look_named(r, 1, &named));
    assert_string_equal(named.unique, "mine");
    assert_int_equal(named.delay, 5);
    assert_true(crosstown_test_allows(r, 0, 302));
    assert_false(crosstown_test_allows(r, 1, 302));
    opts.unique = "";
    assert_int_equal(ask(r, "x", "id=7\0", &opts), 0);
    assert_true(crosstown_test_look_named(r, 2, &named));
    assert_null(named.unique);
}

static void what_is_refused(void **state)
{
    crosstown_named_opts_t opts = CROSSTOWN_NAMED_OPTS_INIT;
    request_rec *r;

    (void)state;
    begin("expires=10");
    r = get("/", NULL);
    assert_int_equal(crosstown_tasks_defer(&tasks, r, "other", NULL, NULL),
                     APR_NOTFOUND);
    assert_int_equal(crosstown_tasks_defer(&tasks, r, NULL, NULL, NULL),
                     APR_EINVAL);
    assert_int_equal(crosstown_tasks_provide(&tasks, "job", do_job, NULL),
                     APR_EEXIST);
    assert_int_equal(crosstown_tasks_provide(&tasks, "a b", do_job, NULL),
                     APR_EINVAL);
    opts.delay = -1;
    assert_int_equal(ask(r, "x", NULL, &opts), APR_EINVAL);
    opts.delay = apr_time_from_sec(10);
    assert_int_equal(ask(r, "x", NULL, &opts), APR_EINVAL);
    opts.delay = 0;
    opts.no_go = "6xx";
    assert_int_equal(ask(r, "x", NULL, &opts), APR_EINVAL);
    opts.no_go = "404";
    assert_int_equal(ask(NULL, "x", NULL, &opts), APR_EINVAL);
    opts.size = 0;
    assert_int_equal(ask(r, "x", NULL, &opts), APR_EINVAL);
    assert_int_equal(crosstown_test_recorded(r), 0);
    assert_int_equal(crosstown_test_waiting(), 0);
}

static void no_payload_is_an_empty_one(void **state)
{
    (void)state;
    begin("");
    assert_int_equal(crosstown_tasks_submit(&tasks, crosstown_test_server(),
                                            "job", NULL, NULL), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_int_equal(job.calls, 1);
    assert_string_equal(job.text, "");
    assert_string_equal(job.type, "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(a_consumer_without_the_module),
        naming(a_name_that_means_nothing),
        naming(asked_for_seen_and_done),
        naming(other_tasks_are_not_named),
        naming(options_of_the_caller),
        naming(what_is_refused),
        naming(no_payload_is_an_empty_one),
    };

    return cmocka_run_group_tests_name("named", tests, NULL, NULL);
}
