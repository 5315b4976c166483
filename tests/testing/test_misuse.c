/* SPDX-License-Identifier: Apache-2.0 */
/* Misuse ends the program at once, with a line that says what it was. */
#include "support.h"

#include <signal.h>

#include "http_config.h"

extern module odd_module;

static int refuse(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                  server_rec *s)
{
    return HTTP_INTERNAL_SERVER_ERROR;
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_post_config(refuse, NULL, NULL, APR_HOOK_MIDDLE);
}

module odd_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};

/* ---- the misuses ------------------------------------------------------- */

static void no_begin(void)
{
    crosstown_test_request("GET", "/");
}

static void load_too_late(void)
{
    record_setup(NULL);
    crosstown_test_start();
    crosstown_test_load(&odd_module);
}

static void no_target(void)
{
    record_setup(NULL);
    crosstown_test_request("GET", "");
}

static void a_request_of_somebody_else(void)
{
    conn_rec c = { 0 };
    request_rec r = { 0 };

    record_setup(NULL);
    r.connection = &c;
    crosstown_test_finish(&r, 200);
}

static void a_server_that_cannot_start(void)
{
    record_setup(NULL);
    crosstown_test_load(&odd_module);
    if (crosstown_test_start() == HTTP_INTERNAL_SERVER_ERROR) {
        crosstown_test_request("GET", "/");
    }
}

/* ---- a request that was finished already ------------------------------- */

static void subrequest(request_rec *r)
{
    crosstown_test_subrequest(r, "/");
}

static void redirect(request_rec *r)
{
    crosstown_test_redirect(r, "/");
}

static void send_body(request_rec *r)
{
    crosstown_test_send(r, NULL, "body");
}

static void serve(request_rec *r)
{
    crosstown_test_serve(r);
}

static void body(request_rec *r)
{
    crosstown_test_body(r);
}

static void finish(request_rec *r)
{
    crosstown_test_finish(r, 200);
}

static void finish_aborted(request_rec *r)
{
    crosstown_test_finish_aborted(r, 200);
}

static void defer(request_rec *r)
{
    crosstown_test_defer(r, deed, NULL, NULL);
}

static void recorded(request_rec *r)
{
    crosstown_test_recorded(r);
}

static void look(request_rec *r)
{
    crosstown_test_record_t task;

    crosstown_test_look(r, 0, &task);
}

static void allows(request_rec *r)
{
    crosstown_test_allows(r, 0, 200);
}

static void (*use)(request_rec *r);

static void use_a_finished_one(void)
{
    request_rec *r;

    record_setup(NULL);
    r = crosstown_test_request("GET", "/");
    crosstown_test_finish(r, 200);
    use(r);
}

static void use_a_part_of_a_dropped_one(void)
{
    request_rec *r, *part;

    record_setup(NULL);
    r = crosstown_test_request("GET", "/");
    part = crosstown_test_subrequest(r, "/part");
    crosstown_test_drop(r);
    use(part);
}

/* ------------------------------------------------------------------------ */

static void assert_aborts(void (*misuse)(void), const char *words)
{
    const char *said;
    int end = in_a_process(misuse, &said);

    assert_int_equal(end, SIGABRT);
    assert_non_null(strstr(said, "crosstown_testing: "));
    assert_non_null(strstr(said, words));
}

static void misuse_is_told(void **state)
{
    assert_aborts(no_begin, "crosstown_test_begin()");
    assert_aborts(load_too_late, "before the first request");
    assert_aborts(no_target, "target");
    assert_aborts(a_request_of_somebody_else, "crosstown_test_request()");
    assert_aborts(a_server_that_cannot_start, "post_config");
}

static void a_finished_request_is_not_to_be_used(void **state)
{
    static void (*const uses[])(request_rec *r) = {
        subrequest, redirect, send_body, serve, body, finish, finish_aborted,
        crosstown_test_drop, defer, recorded, look, allows
    };
    unsigned int i;

    for (i = 0; i < sizeof(uses) / sizeof(uses[0]); ++i) {
        use = uses[i];
        assert_aborts(use_a_finished_one, "was finished already");
    }
    assert_aborts(use_a_part_of_a_dropped_one, "was finished already");
}

static void a_test_may_be_left_in_the_middle(void **state)
{
    request_rec *r;

    record_setup(state);
    r = crosstown_test_request("GET", "/");
    record(r, "a", NULL);
    record_setup(state);
    assert_int_equal(crosstown_test_results(NULL), 0);
    r = crosstown_test_request("GET", "/");
    record(r, "b", NULL);
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
    assert_string_equal(ends(), "b=ran");
    crosstown_test_end();
    crosstown_test_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_told),
        cmocka_unit_test(a_finished_request_is_not_to_be_used),
        cmocka_unit_test(a_test_may_be_left_in_the_middle),
    };

    return cmocka_run_group_tests_name("testing: misuse", tests, NULL, NULL);
}
