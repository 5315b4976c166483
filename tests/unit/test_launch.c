/* SPDX-License-Identifier: Apache-2.0 */
/* What a program has of the process that starts it: three descriptors, and
 * nothing else. With PORTABLE=1 it is started by fork(). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"
#include "launch.h"

#define LEFT_OPEN 9                      /* one digit, for any shell */

static char *no_environment[] = { NULL };

typedef struct {
    char out[200];
    int status;
    int in_its_group;
} ran_t;

/* A shell's commands, with nothing to read. @return what it has written */
static void run(ran_t *ran, const char *commands, int with_out)
{
    char *argv[] = { "/bin/sh", "-c", NULL, NULL };
    int in[2], out[2];
    int its[3];
    pid_t pid;
    size_t length = 0;
    ssize_t count;

    memset(ran, 0, sizeof(*ran));
    argv[2] = (char *)commands;
    assert_int_equal(ct_launch_pipe(in), APR_SUCCESS);
    assert_int_equal(ct_launch_pipe(out), APR_SUCCESS);
    its[0] = in[0];
    its[1] = with_out ? out[1] : -1;
    its[2] = out[1];
    assert_int_equal(ct_launch(&pid, argv, no_environment, its), APR_SUCCESS);
    ran->in_its_group = getpgid(pid) == pid;
    close(in[0]);
    close(in[1]);
    close(out[1]);
    while ((count = read(out[0], ran->out + length,
                         sizeof(ran->out) - 1 - length)) > 0) {
        length += (size_t)count;
    }
    close(out[0]);
    assert_int_equal(waitpid(pid, &ran->status, 0), pid);
}

static void program_has_its_place(void **state)
{
    ran_t ran;

    run(&ran, "pwd; cat; echo complaint >&2; exit 7", 1);
    assert_string_equal(ran.out, "/\ncomplaint\n");
    assert_true(ran.in_its_group);
    assert_true(WIFEXITED(ran.status));
    assert_int_equal(WEXITSTATUS(ran.status), 7);
}

static void program_may_write_to_nobody(void **state)
{
    ran_t ran;

    run(&ran, "echo lost && echo complaint >&2", 0);
    assert_string_equal(ran.out, "complaint\n");
    assert_int_equal(ran.status, 0);
}

static void descriptors_stay_behind(void **state)
{
    ran_t ran;

    assert_int_equal(dup2(STDERR_FILENO, LEFT_OPEN), LEFT_OPEN);
    run(&ran, "for fd in 3 4 5 6 7 8 9; do"
              " (eval \": >&$fd\") 2>/dev/null && echo has $fd; done;"
              " echo end",
        1);
    close(LEFT_OPEN);
    assert_string_equal(ran.out, "end\n");
}

static void signals_are_as_ever(void **state)
{
    struct sigaction ignore = { 0 };
    struct sigaction before;
    sigset_t term, now;
    ran_t by_usr1, by_term;

    ignore.sa_handler = SIG_IGN;
    sigaction(SIGUSR1, &ignore, &before);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, NULL);
    run(&by_usr1, "kill -USR1 $$; echo ignored", 1);
    run(&by_term, "kill -TERM $$; echo blocked", 1);
    pthread_sigmask(SIG_UNBLOCK, &term, &now);
    sigaction(SIGUSR1, &before, NULL);

    assert_string_equal(by_usr1.out, "");
    assert_true(WIFSIGNALED(by_usr1.status));
    assert_int_equal(WTERMSIG(by_usr1.status), SIGUSR1);
    assert_string_equal(by_term.out, "");
    assert_int_equal(WTERMSIG(by_term.status), SIGTERM);
    assert_int_equal(sigismember(&now, SIGTERM), 1);
    assert_int_equal(sigismember(&now, SIGUSR2), 0);
}

/* As one that daemonizes without a care. */
static void low_descriptors_are_left_alone(void **state)
{
    int kept = dup(STDIN_FILENO);
    int ends[2];

    close(STDIN_FILENO);
    assert_int_equal(ct_launch_pipe(ends), APR_SUCCESS);
    assert_true(ends[0] > STDERR_FILENO && ends[1] > STDERR_FILENO);
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
    assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
    close(kept);
}

static void what_cannot_start_is_told(void **state)
{
    char *argv[] = { "/no/such/program", NULL };
    int its[3] = { -1, -1, -1 };
    int ends[2];
    pid_t pid;

    assert_int_equal(ct_launch_pipe(ends), APR_SUCCESS);
    its[0] = ends[0];
    its[2] = ends[1];
    assert_int_equal(ct_launch(&pid, argv, no_environment, its), ENOENT);
    argv[0] = "/";
    assert_int_equal(ct_launch(&pid, argv, no_environment, its), EACCES);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_has_its_place),
        cmocka_unit_test(program_may_write_to_nobody),
        cmocka_unit_test(descriptors_stay_behind),
        cmocka_unit_test(signals_are_as_ever),
        cmocka_unit_test(low_descriptors_are_left_alone),
        cmocka_unit_test(what_cannot_start_is_told)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
