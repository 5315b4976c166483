/* SPDX-License-Identifier: Apache-2.0 */
/* process: posix_spawn() and not fork(): a quarter of the time in a server of
 * many pages, and nothing runs between fork and exec. Only this process is
 * waited for, never any child: other modules have theirs. Its end is its exit,
 * not the end of stderr, which a daemon that it has started may hold.
 *
 * A pidfd, where the kernel has it, wakes the wait; elsewhere it looks every
 * 50 ms. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE      900                /* bytes of a line that are told */
#define MOST      (64 * 1024)        /* bytes of a run that are told */
#define LOOK      50                 /* ms between two looks without a pidfd */
#define CHECK     200                /* ms between two looks for a stop */
#define GRACE     apr_time_from_sec(1)   /* between SIGTERM and SIGKILL, and
                                        before the deadline */

/** A running program, from here. */
typedef struct {
    const ct_process_t *process;
    pid_t pid;
    int pidfd;                       /* or -1 */
    int in;                          /* -1: closed */
    int err;                         /* -1: closed */
    apr_size_t written;
    char line[LINE + 1];
    apr_size_t filled;
    apr_size_t told;                 /* bytes */
    apr_time_t started;
    apr_time_t termed;               /* 0, or when SIGTERM was sent */
    int killed;
    ct_process_end_e end;            /* so far: EXITED, or why it is ended */
} run_t;

static void close_one(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static apr_status_t make_pipes(int in[2], int err[2])
{
    in[0] = in[1] = err[0] = err[1] = -1;
    if (pipe2(in, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
        return errno;
    }
    fcntl(in[1], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    return APR_SUCCESS;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;

    sigemptyset(&none);
    sigfillset(&all);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK
                                    | POSIX_SPAWN_SETSIGDEF
                                    | POSIX_SPAWN_SETPGROUP)
           || posix_spawnattr_setsigmask(attributes, &none)
           || posix_spawnattr_setsigdefault(attributes, &all)
           || posix_spawnattr_setpgroup(attributes, 0);
}

static int set_files(posix_spawn_file_actions_t *files, int in, int err)
{
    return posix_spawn_file_actions_adddup2(files, in, STDIN_FILENO)
           || posix_spawn_file_actions_addopen(files, STDOUT_FILENO,
                                               "/dev/null", O_WRONLY, 0)
           || posix_spawn_file_actions_adddup2(files, err, STDERR_FILENO)
           || posix_spawn_file_actions_addclosefrom_np(files, 3)
           || posix_spawn_file_actions_addchdir_np(files, "/");
}

static apr_status_t spawn(run_t *run, int in, int err)
{
    const ct_process_t *process = run->process;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int rv = ENOMEM;

    if (posix_spawn_file_actions_init(&files)) {
        return ENOMEM;
    }
    if (!posix_spawnattr_init(&attributes)) {
        if (!set_attributes(&attributes) && !set_files(&files, in, err)) {
            rv = posix_spawn(&run->pid, process->argv[0], &files, &attributes,
                             process->argv, process->environment);
        }
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return rv;
}

static apr_status_t start(run_t *run)
{
    int in[2];
    int err[2];
    apr_status_t rv = make_pipes(in, err);

    if (rv == APR_SUCCESS) {
        rv = spawn(run, in[0], err[1]);
    }
    close_one(&in[0]);
    close_one(&err[1]);
    run->in = in[1];
    run->err = err[0];
    if (rv != APR_SUCCESS) {
        close_one(&run->in);
        close_one(&run->err);
        return rv;
    }
#ifdef SYS_pidfd_open
    run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
#endif
    run->started = apr_time_now();
    return APR_SUCCESS;
}

static void tell_line(run_t *run)
{
    if (run->filled > 0 && run->told < MOST) {
        run->line[run->filled] = '\0';
        run->told += run->filled;
        run->process->complain(run->process->context, run->line);
    }
    run->filled = 0;
}

static void read_some(run_t *run)
{
    char bytes[4096];
    ssize_t count = read(run->err, bytes, sizeof(bytes));
    ssize_t i;

    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        close_one(&run->err);
    }
    for (i = 0; i < count; ++i) {
        if (bytes[i] == '\n' || run->filled == LINE) {
            tell_line(run);
        }
        if (bytes[i] != '\n') {
            run->line[run->filled++] = bytes[i];
        }
    }
}

/* A program that does not read is a legal one. */
static void write_some(run_t *run)
{
    const ct_process_t *process = run->process;
    apr_size_t rest = process->length - run->written;
    ssize_t count = rest > 0
        ? write(run->in, process->input + run->written, rest) : 0;

    if (count > 0) {
        run->written += (apr_size_t)count;
    }
    if (run->written == process->length
        || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        close_one(&run->in);
    }
}

static void end_group(run_t *run, ct_process_end_e end)
{
    run->end = end;
    run->termed = apr_time_now();
    kill(-run->pid, SIGTERM);
}

/* @return 0: it shall go on without us */
static int watch_time(run_t *run)
{
    apr_time_t deadline = run->process->deadline();
    apr_time_t now = apr_time_now();

    if (run->termed) {
        if (!run->killed && now - run->termed >= GRACE) {
            run->killed = 1;
            kill(-run->pid, SIGKILL);
        }
        return 1;
    }
    if (now - run->started >= run->process->timeout) {
        end_group(run, CT_PROCESS_TIMED_OUT);
    }
    else if (deadline && now >= deadline - GRACE) {
        if (run->process->leave) {
            return 0;
        }
        end_group(run, CT_PROCESS_STOPPED);
    }
    return 1;
}

static void wait_a_while(run_t *run)
{
    struct pollfd fds[3];
    int i;

    fds[0].fd = run->in;
    fds[0].events = POLLOUT;
    fds[1].fd = run->err;
    fds[1].events = POLLIN;
    fds[2].fd = run->pidfd;
    fds[2].events = POLLIN;
    for (i = 0; i < 3; ++i) {
        fds[i].revents = 0;          /* one of a descriptor -1 stays so */
    }
    if (poll(fds, 3, run->pidfd >= 0 ? CHECK : LOOK) <= 0) {
        return;
    }
    if (fds[0].revents) {
        write_some(run);
    }
    if (fds[1].revents) {
        read_some(run);
    }
}

/* What is in the pipe when the program has ended is its own; what comes later
 * is somebody else's. */
static void read_rest(run_t *run)
{
    int before;

    do {
        struct pollfd fd = { run->err, POLLIN, 0 };

        before = run->err;
        if (run->err < 0 || poll(&fd, 1, 0) <= 0 || run->told >= MOST) {
            break;
        }
        read_some(run);
    } while (before >= 0);
    tell_line(run);
}

static int wait_for_end(run_t *run, int *code)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(run->pid, &status, WNOHANG)) == 0
           || (pid < 0 && errno == EINTR)) {
        if (!watch_time(run)) {
            return CT_PROCESS_LEFT;
        }
        wait_a_while(run);
    }
    read_rest(run);
    if (run->termed && !run->killed) {
        kill(-run->pid, SIGKILL);    /* those of the group that stayed */
    }
    if (run->end != CT_PROCESS_EXITED) {
        return run->end;
    }
    *code = pid < 0 ? -1 : WIFSIGNALED(status) ? WTERMSIG(status)
                                               : WEXITSTATUS(status);
    return pid > 0 && WIFSIGNALED(status) ? CT_PROCESS_KILLED
                                          : CT_PROCESS_EXITED;
}

apr_status_t ct_process_run(const ct_process_t *process, ct_process_end_e *end,
                            int *code)
{
    apr_status_t rv;
    run_t run;

    memset(&run, 0, sizeof(run));
    run.process = process;
    run.pidfd = -1;
    run.end = CT_PROCESS_EXITED;
    *code = 0;
    rv = start(&run);
    if (rv == APR_SUCCESS) {
        *end = (ct_process_end_e)wait_for_end(&run, code);
    }
    close_one(&run.in);
    close_one(&run.err);
    close_one(&run.pidfd);
    return rv;
}
