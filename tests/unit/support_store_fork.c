/* SPDX-License-Identifier: Apache-2.0 */
/* support_store: a process of its own that opens the store for itself, and may
 * be killed. See support_store.h. */
#include "support_store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready_pipe[2] = { -1, -1 };
static int is_forked;

void keeper_fail(const char *format, ...)
{
    char words[512];
    va_list values;

    va_start(values, format);
    vsnprintf(words, sizeof(words), format, values);
    va_end(values);
    if (is_forked) {
        fprintf(stderr, "%s\n", words);
        _exit(1);
    }
    fail_msg("%s", words);
}

pid_t keeper_fork(keeper_t *keeper, void (*what)(keeper_t *keeper))
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        is_forked = 1;
        keeper_open(keeper);
        what(keeper);
        _exit(0);
    }
    return pid;
}

void keeper_ready(void)
{
    must(write(ready_pipe[1], "", 1) == 1);
    for (;;) {
        pause();
    }
}

void keeper_fork_and_kill(keeper_t *keeper, void (*what)(keeper_t *keeper))
{
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready_pipe), 0);
    pid = keeper_fork(keeper, what);
    close(ready_pipe[1]);
    assert_int_equal(read(ready_pipe[0], &byte, 1), 1);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(ready_pipe[0]);
}

void keeper_put_one_and_wait(keeper_t *keeper)
{
    keeper_put(keeper, "a");
    keeper_ready();
}
