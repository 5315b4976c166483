/* SPDX-License-Identifier: Apache-2.0 */
/* support: see support.h. */
#include "support.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

crosstown_client_t crosstown;

static int begin(crosstown_test_mode_e mode)
{
    if (crosstown_test_begin(mode) != APR_SUCCESS) {
        return -1;
    }
    crosstown_client_load(&crosstown);
    return 0;
}

int record_setup(void **state)
{
    return begin(CROSSTOWN_TEST_RECORD);
}

int eager_setup(void **state)
{
    return begin(CROSSTOWN_TEST_EAGER);
}

int end_teardown(void **state)
{
    crosstown_test_end();
    return 0;
}

apr_status_t deed(const crosstown_task_t *task, void *data)
{
    return data ? *(const apr_status_t *)data : APR_SUCCESS;
}

void record(request_rec *r, const char *name, const char *no_go)
{
    assert_int_equal(CROSSTOWN_TRAFFIC(&crosstown, r, deed, NULL,
                                       .name = name, .no_go = no_go),
                     APR_SUCCESS);
}

const char *ends(void)
{
    static const char *const words[] = {
        "ran", "no_go", "cancelled", "rejected", "stopped"
    };
    static char line[500];
    const crosstown_test_result_t *results;
    int count = crosstown_test_results(&results);
    int i;

    line[0] = '\0';
    for (i = 0; i < count; ++i) {
        size_t length = strlen(line);

        apr_snprintf(line + length, sizeof(line) - length, "%s%s=%s",
                     i ? " " : "", results[i].name,
                     words[results[i].outcome]);
    }
    return line;
}

static void act_and_exit(void (*act)(void), int errors)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT };
    static const struct rlimit no_core = { 0, 0 };
    unsigned int i;

    setrlimit(RLIMIT_CORE, &no_core);
    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); ++i) {
        signal(signals[i], SIG_DFL);
    }
    dup2(errors, STDERR_FILENO);
    close(errors);
    act();
    _exit(0);
}

int in_a_process(void (*act)(void), const char **said)
{
    static char text[4000];
    size_t length = 0;
    int ends_of_pipe[2];
    ssize_t got;
    int status;
    pid_t pid;

    assert_int_equal(pipe(ends_of_pipe), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends_of_pipe[0]);
        act_and_exit(act, ends_of_pipe[1]);
    }
    close(ends_of_pipe[1]);
    while ((got = read(ends_of_pipe[0], text + length,
                       sizeof(text) - 1 - length)) > 0) {
        length += (size_t)got;
    }
    text[length] = '\0';
    *said = text;
    close(ends_of_pipe[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

/* The socket is kept to the end of the program, or another might listen. */
const char *nobody(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    static char url[40];
    int silent;

    if (!url[0]) {
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        silent = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(bind(silent, (struct sockaddr *)&address, length),
                         0);
        assert_int_equal(getsockname(silent, (struct sockaddr *)&address,
                                     &length), 0);
        apr_snprintf(url, sizeof(url), "http://127.0.0.1:%d/",
                     ntohs(address.sin_port));
    }
    return url;
}

request_rec *get(const char *target, const char *handler)
{
    request_rec *r = crosstown_test_request("GET", target);

    r->handler = handler;
    return r;
}
