/* SPDX-License-Identifier: Apache-2.0 */
/* Named tasks: a consumer that asks for some and does the work of some is
 * tested without a server. */
#include "support.h"

extern module letter_module;

static crosstown_tasks_t tasks;

/* What the function behind a name was given last. */
static struct {
    int calls;
    char text[64];
    char type[64];
    const char *said;                /* what to return with what */
    apr_status_t result;
} job;

static apr_status_t do_job(const crosstown_task_t *task,
                           const crosstown_payload_t *payload, void *data)
{
    assert_string_equal(data, "the test's");
    ++job.calls;
    apr_cpystrn(job.text, payload->data, sizeof(job.text));
    apr_cpystrn(job.type, payload->type, sizeof(job.type));
    return job.said ? crosstown_client_fail(&crosstown, task, job.result, "%s",
                                            job.said) : job.result;
}

static void configure(const char *line)
{
    const char *wrong = crosstown_test_configure(line);

    if (wrong) {
        fail_msg("%s: %s", line, wrong);
    }
}

static int named_setup(void **state)
{
    record_setup(state);
    memset(&job, 0, sizeof(job));
    crosstown_test_load_tasks();
    return 0;
}

/* A name, done by the test. Only so many lines a second are written about one:
 * who looks for a line has a name of its own. */
static const char *name;

static void begin_as(const char *its_name, const char *keys)
{
    name = its_name;
    configure(apr_pstrcat(crosstown_test_pool(), "CrosstownTask ", name,
                          " module ", keys, NULL));
    crosstown_tasks_load(&tasks);
    assert_int_equal(crosstown_tasks_provide(&tasks, name, do_job,
                                             "the test's"), 0);
    assert_int_equal(crosstown_test_start(), 0);
}

static void begin(const char *keys)
{
    begin_as("job", keys);
}

static apr_status_t ask(request_rec *r, const char *text, const char *fields,
                        const crosstown_named_opts_t *opts)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;

    payload.data = text;
    payload.length = strlen(text);
    payload.type = "text/plain";
    payload.fields = fields;
    return r ? crosstown_tasks_defer(&tasks, r, name, &payload, opts)
             : crosstown_tasks_submit(&tasks, crosstown_test_server(), name,
                                      &payload, opts);
}

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

/* ---- unique ---- */

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

/* ---- retries ---- */

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

/* ---- expires ---- */

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

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, named_setup, end_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(a_consumer_without_the_module),
        TEST(a_name_that_means_nothing),
        TEST(asked_for_seen_and_done),
        TEST(other_tasks_are_not_named),
        TEST(options_of_the_caller),
        TEST(what_is_refused),
        TEST(no_payload_is_an_empty_one),
        TEST(one_of_a_key_until_it_is_done),
        TEST(whatever_its_end),
        TEST(keys_without_room_are_refused),
        TEST(a_failure_is_tried_again_by_the_schedule),
        TEST(success_ends_it),
        TEST(giving_up_ends_it),
        TEST(without_retries_there_is_one_attempt),
        TEST(the_function_says_when),
        TEST(a_delay_passes),
        TEST(what_waits_for_its_time_is_stopped),
        TEST(what_has_expired_is_not_called),
        TEST(nor_is_it_tried_again),
    };

    return cmocka_run_group_tests_name("named", tests, NULL, NULL);
}
