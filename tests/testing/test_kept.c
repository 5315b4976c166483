/* SPDX-License-Identifier: Apache-2.0 */
/* A request or connection that was kept is found out also by those of the
 * server's functions that have no need to look at it. */
#include "support.h"

#include <signal.h>

#include "http_connection.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_ssl.h"
#include "util_filter.h"

APLOG_USE_MODULE(crosstown);

/* What the task does with what it kept: the one or the other. */
static void (*use_request)(request_rec *r);
static void (*use_connection)(conn_rec *c);

static apr_status_t use(const crosstown_task_t *task, void *data)
{
    if (use_request) {
        use_request(data);
    }
    else {
        use_connection(data);
    }
    return APR_SUCCESS;
}

/* ---- uses -------------------------------------------------------------- */

static void log_it(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, "kept");
}

static void put_nothing(request_rec *r)
{
    ap_rvputs(r, NULL);
}

static void add_filter(request_rec *r)
{
    ap_add_output_filter("unknown", NULL, r, NULL);
}

static void run_fixups(request_rec *r)
{
    ap_run_fixups(r);
}

static void run_insert_filter(request_rec *r)
{
    ap_run_insert_filter(r);
}

static void look_up(request_rec *r)
{
    ap_sub_req_lookup_uri("/part", r, NULL);
}

static void redirect(request_rec *r)
{
    ap_internal_redirect("/other", r);
}

static void run_part(request_rec *r)
{
    ap_run_sub_req(r);
}

static void log_connection(conn_rec *c)
{
    ap_log_cerror(APLOG_MARK, APLOG_NOTICE, 0, c, "kept");
}

static void get_protocol(conn_rec *c)
{
    ap_get_protocol(c);
}

static void ask_for_ssl(conn_rec *c)
{
    ap_ssl_conn_is_ssl(c);
}

static void get_socket(conn_rec *c)
{
    ap_get_conn_socket(c);
}

static void add_connection_filter(conn_rec *c)
{
    ap_add_input_filter("unknown", NULL, NULL, c);
}

static void run_pre_connection(conn_rec *c)
{
    ap_run_pre_connection(c, NULL);
}

/* ------------------------------------------------------------------------ */

static void keep_it(void)
{
    request_rec *r;
    void *kept;

    record_setup(NULL);
    r = crosstown_test_request("GET", "/page");
    kept = use_request ? (void *)r : (void *)r->connection;
    (void)CROSSTOWN_TRAFFIC(&crosstown, r, use, kept, .name = "keeper");
    crosstown_test_finish(r, 200);
    crosstown_test_run_all();
}

static void assert_told(unsigned int number)
{
    const char *said;

    if (in_a_process(keep_it, &said) != SIGSEGV
        || !strstr(said, "task \"keeper\" used memory of GET /page")) {
        fail_msg("number %u was not found out: %s", number, said);
    }
}

static void a_kept_request_is_found_out(void **state)
{
    static void (*const uses[])(request_rec *r) = {
        log_it, put_nothing, add_filter, run_fixups, run_insert_filter,
        look_up, redirect, run_part
    };
    unsigned int i;

    for (i = 0; i < sizeof(uses) / sizeof(uses[0]); ++i) {
        use_request = uses[i];
        assert_told(i);
    }
    use_request = NULL;
}

static void a_kept_connection_is_found_out(void **state)
{
    static void (*const uses[])(conn_rec *c) = {
        log_connection, get_protocol, ask_for_ssl, get_socket,
        add_connection_filter, run_pre_connection
    };
    unsigned int i;

    for (i = 0; i < sizeof(uses) / sizeof(uses[0]); ++i) {
        use_connection = uses[i];
        assert_told(i);
    }
}

static void one_in_time_may_do_all_that(void **state)
{
    request_rec *r = crosstown_test_request("GET", "/page");

    log_it(r);
    add_filter(r);
    run_fixups(r);
    look_up(r);
    log_connection(r->connection);
    get_protocol(r->connection);
    add_connection_filter(r->connection);
    assert_non_null(crosstown_test_logged("kept"));
    crosstown_test_finish(r, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kept_request_is_found_out),
        cmocka_unit_test(a_kept_connection_is_found_out),
        recording(one_in_time_may_do_all_that),
    };

    return cmocka_run_group_tests_name("testing: kept", tests, NULL, NULL);
}
