/* SPDX-License-Identifier: Apache-2.0 */
/* A task that kept memory of its request crashes, whatever piece it kept; one
 * that has its own does not. Each case is a process of its own. */
#include "support.h"

#include <signal.h>
#include <unistd.h>

#define KILOBYTE 1024

/* What the task is left with, and what touches it. */
static const char *kept;
static volatile char touched;

static apr_status_t touch_data(const crosstown_task_t *task, void *data)
{
    touched = *(volatile const char *)data;
    return APR_SUCCESS;
}

static apr_status_t touch_kept(const crosstown_task_t *task, void *data)
{
    touched = *(volatile const char *)kept;
    return APR_SUCCESS;
}

static void touch_when_over(const crosstown_task_t *task,
                            crosstown_outcome_e outcome, apr_status_t result,
                            void *data)
{
    touch_data(task, data);
}

static void defer(request_rec *r, crosstown_fn_t *fn, void *data)
{
    if (CROSSTOWN_TRAFFIC(&crosstown, r, fn, data) != APR_SUCCESS) {
        _exit(2);
    }
}

static void *piece(request_rec *r, apr_size_t size)
{
    return apr_pcalloc(r->pool, size);
}

/* ---- the cases: what is recorded for a request ------------------------- */

static void the_request(request_rec *r)
{
    defer(r, touch_data, r);
}

static void a_string(request_rec *r)
{
    defer(r, touch_data, r->uri);
}

static void a_header(request_rec *r)
{
    defer(r, touch_data, (char *)apr_table_get(r->headers_in, "Host"));
}

static void the_connection(request_rec *r)
{
    defer(r, touch_data, r->connection);
}

static void the_pool(request_rec *r)
{
    defer(r, touch_data, r->pool);
}

static void a_piece_of_20_kilobytes(request_rec *r)
{
    defer(r, touch_data, piece(r, 20 * KILOBYTE));
}

static void a_piece_of_900_kilobytes(request_rec *r)
{
    defer(r, touch_data, piece(r, 900 * KILOBYTE));
}

static void the_last_of_many_pieces(request_rec *r)
{
    char *last = NULL;
    int i;

    for (i = 0; i < 3000; ++i) {
        last = piece(r, KILOBYTE);
    }
    defer(r, touch_data, last);
}

static void a_sub_pool(request_rec *r)
{
    apr_pool_t *p;

    apr_pool_create(&p, r->pool);
    defer(r, touch_data, apr_pstrdup(p, "sub"));
}

static void a_subrequest(request_rec *r)
{
    request_rec *sub = crosstown_test_subrequest(r, "/part");

    defer(sub, touch_data, sub->uri);
}

static void what_it_points_to(request_rec *r)
{
    kept = r->uri;
    defer(r, touch_kept, NULL);
}

static void when_it_is_over(request_rec *r)
{
    if (CROSSTOWN_TRAFFIC(&crosstown, r, deed, r,
                          .over = touch_when_over) != APR_SUCCESS) {
        _exit(2);
    }
}

static apr_status_t keep_scratch(const crosstown_task_t *task, void *data)
{
    kept = apr_pstrdup(task->pool, "scratch");
    return APR_SUCCESS;
}

static void scratch_of_another_task(request_rec *r)
{
    defer(r, keep_scratch, NULL);
    defer(r, touch_kept, NULL);
}

/* ---- cases that are well ----------------------------------------------- */

static void *carry_uri(request_rec *r, void *data, apr_pool_t *p)
{
    return apr_pstrdup(p, r->uri);
}

static void what_was_carried(request_rec *r)
{
    if (CROSSTOWN_TRAFFIC(&crosstown, r, touch_data, NULL,
                          .carry = carry_uri) != APR_SUCCESS) {
        _exit(2);
    }
}

static void what_was_copied(request_rec *r)
{
    if (CROSSTOWN_TRAFFIC(&crosstown, r, touch_data, r->uri,
                          .data_size = 2,
                          .over = touch_when_over) != APR_SUCCESS) {
        _exit(2);
    }
}

static apr_status_t touch_response(const crosstown_task_t *task, void *data)
{
    touched = task->response->uri[0];
    return APR_SUCCESS;
}

static void the_response(request_rec *r)
{
    defer(r, touch_response, NULL);
}

static void the_server(request_rec *r)
{
    defer(r, touch_data, r->server);
}

/* ------------------------------------------------------------------------ */

static void (*record_it)(request_rec *r);

static void record_and_run(void)
{
    request_rec *r;

    record_setup(NULL);
    r = crosstown_test_request("GET", "/page");
    record_it(r);
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
    crosstown_test_end();
}

/* @return the signal that ended it; 0: none */
static int end_of(void (*how)(request_rec *r))
{
    const char *said;

    record_it = how;
    return in_a_process(record_and_run, &said);
}

static void kept_memory_crashes(void **state)
{
    static const struct {
        const char *name;
        void (*record_it)(request_rec *r);
    } cases[] = {
        { "the request", the_request }, { "a string", a_string },
        { "a header", a_header }, { "the connection", the_connection },
        { "the pool", the_pool },
        { "20 kilobytes", a_piece_of_20_kilobytes },
        { "900 kilobytes", a_piece_of_900_kilobytes },
        { "the last of many", the_last_of_many_pieces },
        { "a sub-pool", a_sub_pool }, { "a sub-request", a_subrequest },
        { "pointed to", what_it_points_to }, { "over", when_it_is_over },
        { "scratch", scratch_of_another_task }
    };
    unsigned int i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        if (end_of(cases[i].record_it) != SIGSEGV) {
            fail_msg("%s: did not crash", cases[i].name);
        }
    }
}

static void own_memory_does_not(void **state)
{
    assert_int_equal(end_of(what_was_carried), 0);
    assert_int_equal(end_of(what_was_copied), 0);
    assert_int_equal(end_of(the_response), 0);
    assert_int_equal(end_of(the_server), 0);
}

static void many_requests_fit(void **state)
{
    int i;

    record_setup(state);
    for (i = 0; i < 500; ++i) {
        request_rec *r = crosstown_test_request("GET", "/page");

        (void)piece(r, 2000 * KILOBYTE);
        what_was_copied(r);
        crosstown_test_finish(r, 200);
    }
    assert_int_equal(crosstown_test_run_all(), 500);
    end_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_memory_crashes),
        cmocka_unit_test(own_memory_does_not),
        cmocka_unit_test(many_requests_fit),
    };

    return cmocka_run_group_tests_name("testing: crash", tests, NULL, NULL);
}
