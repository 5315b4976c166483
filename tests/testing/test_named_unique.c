/* SPDX-License-Identifier: Apache-2.0 */
/* Named tasks with a key: there is one of it, until that has come to its end,
 * whatever that is. */
#include "support_named.h"

static void one_of_a_key_until_it_is_done(void **state)
{
    crosstown_named_opts_t opts = CROSSTOWN_NAMED_OPTS_INIT;

    (void)state;
    begin("");
    opts.unique = "a";
    assert_int_equal(ask(NULL, "1", NULL, &opts), 0);
    assert_int_equal(ask(NULL, "2", NULL, &opts), 0);
    opts.unique = "b";
    assert_int_equal(ask(NULL, "3", NULL, &opts), 0);
    assert_int_equal(crosstown_test_waiting(), 2);
    assert_int_equal(crosstown_test_run_next(), 1);
    assert_string_equal(job.text, "1");
    assert_int_equal(ask(NULL, "4", NULL, &opts), 0);
    opts.unique = "a";
    assert_int_equal(ask(NULL, "5", NULL, &opts), 0);
    assert_int_equal(crosstown_test_run_all(), 2);
    assert_string_equal(job.text, "5");
    assert_int_equal(job.calls, 3);
}

/* Each end gives the key back, also those without a call. */
static void whatever_its_end(void **state)
{
    crosstown_named_opts_t opts = CROSSTOWN_NAMED_OPTS_INIT;
    crosstown_test_named_t named;
    request_rec *r;

    (void)state;
    begin("");
    opts.unique = "a";
    r = get("/", NULL);
    assert_int_equal(ask(r, "1", NULL, &opts), 0);
    crosstown_test_finish(r, 500);
    r = get("/", NULL);
    assert_int_equal(ask(r, "2", NULL, &opts), 0);
    assert_true(crosstown_test_look_named(r, 0, &named));
    crosstown_test_drop(r);
    r = get("/", NULL);
    assert_int_equal(ask(r, "3", NULL, &opts), 0);
    assert_int_equal(ask(r, "4", NULL, &opts), 0);
    crosstown_test_finish(r, 200);
    assert_int_equal(ask(NULL, "5", NULL, &opts), 0);
    job.result = CROSSTOWN_GIVE_UP;
    assert_int_equal(crosstown_test_run_all(), 2);
    /* Of two of one request the second one does nothing. */
    assert_int_equal(job.calls, 1);
    assert_string_equal(job.text, "3");
    assert_int_equal(ask(NULL, "6", NULL, &opts), 0);
    assert_int_equal(crosstown_test_run_all(), 1);
    assert_string_equal(job.text, "6");
    assert_int_equal(ask(NULL, "7", NULL, &opts), 0);
    crosstown_test_stop();
    assert_string_equal(ends(), "job=no_go job=stopped job=ran job=ran "
                                "job=ran job=stopped");
}

#define MOST_KEYS 65536              /* of the documentation */

static void keys_without_room_are_refused(void **state)
{
    crosstown_named_opts_t opts = CROSSTOWN_NAMED_OPTS_INIT;
    char key[16];
    request_rec *r;
    int i;

    (void)state;
    configure("CrosstownQueue 1000000");
    begin_as("crowd", "");
    opts.unique = key;
    r = get("/", NULL);
    strcpy(key, "early");
    assert_int_equal(ask(r, "x", NULL, &opts), 0);
    for (i = 0; i < MOST_KEYS; ++i) {
        apr_snprintf(key, sizeof(key), "%d", i);
        assert_int_equal(ask(NULL, "x", NULL, &opts), 0);
    }
    strcpy(key, "late");
    assert_int_equal(ask(NULL, "x", NULL, &opts), APR_ENOSPC);
    assert_int_equal(ask(r, "x", NULL, &opts), APR_ENOSPC);
    assert_int_equal(ask(NULL, "x", NULL, NULL), 0);
    /* Which was recorded when there was room. */
    crosstown_test_finish(r, 200);
    assert_int_equal(crosstown_test_run_all(), MOST_KEYS + 2);
    assert_int_equal(job.calls, MOST_KEYS + 1);
    assert_non_null(crosstown_test_logged("there is room for no more"));
    assert_int_equal(ask(NULL, "x", NULL, &opts), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        naming(one_of_a_key_until_it_is_done),
        naming(whatever_its_end),
        naming(keys_without_room_are_refused),
    };

    return cmocka_run_group_tests_name("named: unique", tests, NULL, NULL);
}
