/* SPDX-License-Identifier: Apache-2.0 */
/* process: only this process is waited for, never any child: other modules
 * have theirs. Its end is its exit, not the end of what it writes, which a
 * daemon that it has started may go on with.
 *
 * A pidfd, where the kernel has it, wakes the wait; elsewhere it looks every
 * 50 ms. */
#include "process.h"
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE      900                /* bytes of a line that are told */
#define MOST      (64 * 1024)        /* bytes of a run that are told */
#define LOOK      50                 /* ms between two looks without a pidfd */
#define CHECK     200                /* ms between two looks for a stop */
#define GRACE     apr_time_from_sec(1)   /* between SIGTERM and SIGKILL, and
                                        before the deadline */

/** What it writes to one of its descriptors. */
typedef struct {
    int fd;                          /* -1: closed */
    ct_process_tell_fn_t *tell;
    char line[LINE + 1];
    apr_size_t filled;
    apr_size_t told;                 /* bytes */
} stream_t;

/** A running program, from here. */
typedef struct {
    const ct_process_t *process;
    pid_t pid;
    int pidfd;                       /* or -1 */
    int in;                          /* -1: closed */
    stream_t out;                    /* closed if nobody wants it */
    stream_t err;
    apr_size_t written;
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

/** Both ends of its three: what it has, and what is ours. */
typedef struct {
    int its[3];
    int ours[3];
} pipes_t;

static void close_all(int fds[3])
{
    close_one(&fds[0]);
    close_one(&fds[1]);
    close_one(&fds[2]);
}

static apr_status_t make_pipe(pipes_t *pipes, int fd)
{
    int ends[2];
    apr_status_t rv = ct_launch_pipe(ends);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    pipes->its[fd] = ends[fd == STDIN_FILENO ? 0 : 1];
    pipes->ours[fd] = ends[fd == STDIN_FILENO ? 1 : 0];
    fcntl(pipes->ours[fd], F_SETFL, O_NONBLOCK);
    return APR_SUCCESS;
}

static apr_status_t make_pipes(pipes_t *pipes, int with_out)
{
    apr_status_t rv = APR_SUCCESS;
    int fd;

    memset(pipes, -1, sizeof(*pipes));
    for (fd = 0; fd < 3 && rv == APR_SUCCESS; ++fd) {
        if (fd != STDOUT_FILENO || with_out) {
            rv = make_pipe(pipes, fd);
        }
    }
    return rv;
}

static apr_status_t start(run_t *run)
{
    pipes_t pipes;
    apr_status_t rv = make_pipes(&pipes, run->out.tell != NULL);

    if (rv == APR_SUCCESS) {
        rv = ct_launch(&run->pid, run->process->argv,
                      run->process->environment, pipes.its);
    }
    close_all(pipes.its);
    if (rv != APR_SUCCESS) {
        close_all(pipes.ours);
        return rv;
    }
    run->in = pipes.ours[0];
    run->out.fd = pipes.ours[1];
    run->err.fd = pipes.ours[2];
    run->pidfd = ct_launch_watch(run->pid);
    run->started = apr_time_now();
    return APR_SUCCESS;
}

static void tell_line(const run_t *run, stream_t *stream)
{
    if (stream->filled > 0 && stream->told < MOST) {
        stream->line[stream->filled] = '\0';
        stream->told += stream->filled;
        stream->tell(run->process->context, stream->line);
    }
    stream->filled = 0;
}

static void read_some(const run_t *run, stream_t *stream)
{
    char bytes[4096];
    ssize_t count = read(stream->fd, bytes, sizeof(bytes));
    ssize_t i;

    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        close_one(&stream->fd);
    }
    for (i = 0; i < count; ++i) {
        if (bytes[i] == '\n' || stream->filled == LINE) {
            tell_line(run, stream);
        }
        if (bytes[i] != '\n') {
            stream->line[stream->filled++] = bytes[i];
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
    struct pollfd fds[4] = {         /* one of a descriptor -1 stays quiet */
        { run->in, POLLOUT, 0 }, { run->out.fd, POLLIN, 0 },
        { run->err.fd, POLLIN, 0 }, { run->pidfd, POLLIN, 0 }
    };

    if (poll(fds, 4, run->pidfd >= 0 ? CHECK : LOOK) <= 0) {
        return;
    }
    if (fds[0].revents) {
        write_some(run);
    }
    if (fds[1].revents) {
        read_some(run, &run->out);
    }
    if (fds[2].revents) {
        read_some(run, &run->err);
    }
}

/* What is in the pipe when the program has ended is its own; what comes later
 * is somebody else's. */
static void read_rest(const run_t *run, stream_t *stream)
{
    int before;

    do {
        struct pollfd fd = { stream->fd, POLLIN, 0 };

        before = stream->fd;
        if (stream->fd < 0 || poll(&fd, 1, 0) <= 0 || stream->told >= MOST) {
            break;
        }
        read_some(run, stream);
    } while (before >= 0);
    tell_line(run, stream);
}

static ct_process_end_e wait_for_end(run_t *run, int *code)
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
    read_rest(run, &run->out);
    read_rest(run, &run->err);
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
    run.pidfd = run.in = run.out.fd = run.err.fd = -1;
    run.out.tell = process->wrote;
    run.err.tell = process->complain;
    run.end = CT_PROCESS_EXITED;
    *code = 0;
    rv = start(&run);
    if (rv == APR_SUCCESS) {
        *end = wait_for_end(&run, code);
    }
    close_one(&run.in);
    close_one(&run.out.fd);
    close_one(&run.err.fd);
    close_one(&run.pidfd);
    return rv;
}
