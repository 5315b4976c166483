/* SPDX-License-Identifier: Apache-2.0 */
/* Misuse ends the program at once, with a line that says what it was. */
#include "support.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* ------------------------------------------------------------------------ */

static void assert_aborts(void (*misuse)(void), const char *words)
{
    static const struct rlimit no_core = { 0, 0 };
    char line[200];
    ssize_t length;
    int ends_of_pipe[2];
    int status;
    pid_t pid;

    assert_int_equal(pipe(ends_of_pipe), 0);
    pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        dup2(ends_of_pipe[1], STDERR_FILENO);
        misuse();
        _exit(0);
    }
    close(ends_of_pipe[1]);
    length = read(ends_of_pipe[0], line, sizeof(line) - 1);
    close(ends_of_pipe[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_true(length > 0);
    line[length] = '\0';
    assert_non_null(strstr(line, "crosstown_testing: "));
    assert_non_null(strstr(line, words));
}

static void misuse_is_told(void **state)
{
    assert_aborts(no_begin, "crosstown_test_begin()");
    assert_aborts(load_too_late, "before the first request");
    assert_aborts(no_target, "target");
    assert_aborts(a_request_of_somebody_else, "crosstown_test_request()");
    assert_aborts(a_server_that_cannot_start, "post_config");
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
        cmocka_unit_test(a_test_may_be_left_in_the_middle),
    };

    return cmocka_run_group_tests_name("testing: misuse", tests, NULL, NULL);
}
