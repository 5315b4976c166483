/* SPDX-License-Identifier: Apache-2.0 */
/* The unit test of conf-examples/mod_later.c: answers that have to be waited
 * for, by a test that never waits. */
#include "support.h"

extern module later_module;

static void configure(const char *line)
{
    assert_null(crosstown_test_configure(line));
}

static int load(void **state)
{
    record_setup(state);
    crosstown_test_load(&later_module);
    return 0;
}

static void assert_answer(const char *target, int status, const char *part)
{
    request_rec *r = get(target, "later");

    assert_int_equal(crosstown_test_serve(r), status);
    if (!strstr(crosstown_test_body(r), part)) {
        fail_msg("%s: %s", target, crosstown_test_body(r));
    }
    crosstown_test_finish(r, status);
}

static void nobody_fires(void **state)
{
    assert_answer("/simple", 504, "");
    assert_non_null(crosstown_test_logged("has not come in time"));
    assert_answer("/simple/fire", 200, "Nothing to fire");
}

/* As another request would while the first one waits. */
static apr_status_t fire(const crosstown_task_t *task, void *data)
{
    assert_answer("/simple/fire", 200, "Fired:");
    return APR_SUCCESS;
}

static void somebody_fires(void **state)
{
    crosstown_test_start();
    assert_int_equal(crosstown.submit(NULL, fire, NULL, NULL), APR_SUCCESS);
    assert_answer("/simple", 200,
                  "<u><i>Somebody else has fired this!</i></u>");
}

static void a_failure_is_apologised_for(void **state)
{
    assert_answer("/error", 400, "<strong>Sorry");
}

static void one_step_comes_after_the_other(void **state)
{
    assert_answer("/coro", 200, "<html><body><strong><i>Straight on, and "
                  "never in the way.</i></strong></body></html>");
    assert_string_equal(ends(), "wrap=ran wrap=ran wrap=ran wrap=ran");
}

static void all_backends_are_asked(void **state)
{
    const char *line = apr_pstrcat(crosstown_test_pool(), "LaterBackend ",
                                   nobody(), NULL);

    configure(line);
    configure(line);
    assert_answer("/fanout", 200, "<li>no answer: ");
    assert_string_equal(ends(), "ask=ran ask=ran");
}

static const char *stash(void)
{
    request_rec *r = get("/stash", "later");
    const char *where;

    assert_int_equal(crosstown_test_serve(r), 202);
    where = apr_pstrdup(crosstown_test_pool(),
                        apr_table_get(r->headers_out, "Location"));
    crosstown_test_finish(r, 202);
    return where;
}

static void a_ticket_is_good_once(void **state)
{
    const char *where;

    configure(apr_pstrcat(crosstown_test_pool(), "LaterBackend ", nobody(),
                          NULL));
    where = stash();
    assert_int_equal(crosstown_test_waiting(), 1);
    assert_answer(where, 500, "");
    assert_string_equal(ends(), "ask=ran");
    assert_answer(where, 404, "");
}

static void a_ticket_grows_old(void **state)
{
    const char *where;

    configure(apr_pstrcat(crosstown_test_pool(), "LaterBackend ", nobody(),
                          NULL));
    where = stash();
    assert_int_equal(crosstown_test_run_all(), 1);
    crosstown_test_advance(apr_time_from_sec(600));
    assert_answer(where, 404, "");
}

static void directives_are_checked(void **state)
{
    configure("LaterPatience 200ms");
    configure("LaterPatience 2");
    assert_non_null(crosstown_test_configure("LaterPatience never"));
    assert_non_null(crosstown_test_configure("LaterPatience 0"));
    assert_non_null(crosstown_test_configure("LaterBackend ftp://x/"));
}

#define loaded(test) cmocka_unit_test_setup_teardown(test, load, end_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loaded(nobody_fires),
        loaded(somebody_fires),
        loaded(a_failure_is_apologised_for),
        loaded(one_step_comes_after_the_other),
        loaded(all_backends_are_asked),
        loaded(a_ticket_is_good_once),
        loaded(a_ticket_grows_old),
        loaded(directives_are_checked),
    };

    return cmocka_run_group_tests_name("mod_later", tests, NULL, NULL);
}
