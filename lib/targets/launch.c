/* SPDX-License-Identifier: Apache-2.0 */
/* launch: posix_spawn() and not fork(): a quarter of the time in a server of
 * many pages, and nothing of ours runs between fork and exec. POSIX's own
 * cannot close what it does not know of, nor change the directory; glibc's can
 * since 2.34. Elsewhere it is fork(), and between it and exec only what a
 * signal handler may call, since another thread may hold any lock. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#if defined(__linux__) && !defined(CT_PORTABLE)
#include <sys/syscall.h>
#define HAS_LINUX 1
#else
#define HAS_LINUX 0
#endif

#define HAS_SPAWN 0
#if HAS_LINUX && defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 34)
#undef HAS_SPAWN
#define HAS_SPAWN 1
#endif
#endif

#if HAS_SPAWN
#include <spawn.h>
#else
#include <sys/wait.h>
#endif

int ct_launch_watch(pid_t pid)
{
#if HAS_LINUX && defined(SYS_pidfd_open)
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

static int make_pipe(int ends[2])
{
#if HAS_LINUX
    return pipe2(ends, O_CLOEXEC);
#else
    return pipe(ends) || fcntl(ends[0], F_SETFD, FD_CLOEXEC)
           || fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
}

apr_status_t ct_launch_pipe(int ends[2])
{
    int i;

    if (make_pipe(ends)) {
        return errno;
    }
    for (i = 0; i < 2; ++i) {        /* a process may have closed its own */
        int low = ends[i];

        if (low <= STDERR_FILENO) {
            ends[i] = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
            close(low);
        }
    }
    return ends[0] < 0 || ends[1] < 0 ? EMFILE : APR_SUCCESS;
}

#if HAS_SPAWN

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

static int set_files(posix_spawn_file_actions_t *files, const int its[3])
{
    return posix_spawn_file_actions_adddup2(files, its[0], STDIN_FILENO)
           || (its[1] < 0
               ? posix_spawn_file_actions_addopen(files, STDOUT_FILENO,
                                                  "/dev/null", O_WRONLY, 0)
               : posix_spawn_file_actions_adddup2(files, its[1],
                                                  STDOUT_FILENO))
           || posix_spawn_file_actions_adddup2(files, its[2], STDERR_FILENO)
           || posix_spawn_file_actions_addclosefrom_np(files, 3)
           || posix_spawn_file_actions_addchdir_np(files, "/");
}

apr_status_t ct_launch(pid_t *pid, char *const *argv, char *const *environment,
                      const int its[3])
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int rv = ENOMEM;

    if (posix_spawn_file_actions_init(&files)) {
        return ENOMEM;
    }
    if (!posix_spawnattr_init(&attributes)) {
        if (!set_attributes(&attributes) && !set_files(&files, its)) {
            rv = posix_spawn(pid, argv[0], &files, &attributes, argv,
                             environment);
        }
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return rv;
}

#else

/* What is above is inherited, if whoever opened it has asked for that. A
 * server that may open more has few modules that do. */
#define MOST_CLOSED 65536

/* Where the new process tells why it could not become the program. */
#define REPORT 3

/* All of them are blocked, so that no handler of this process runs here. */
static void forget_signals(void)
{
    struct sigaction as_ever = { 0 };
    sigset_t none;
    int number;

    as_ever.sa_handler = SIG_DFL;
    for (number = 1; number < NSIG; ++number) {
        (void)sigaction(number, &as_ever, NULL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int take_files(const int its[3])
{
    int fd;

    for (fd = 0; fd < 3; ++fd) {
        int from = its[fd] < 0 ? open("/dev/null", O_WRONLY) : its[fd];

        if (from < 0 || dup2(from, fd) < 0) {
            return errno;
        }
    }
    return 0;
}

static void close_from(int first, int end)
{
#if HAS_LINUX && defined(SYS_close_range)
    if (syscall(SYS_close_range, first, ~0U, 0U) == 0) {
        return;
    }
#endif
    while (first < end) {
        close(first++);
    }
}

/* In the new process. */
static void become(char *const *argv, char *const *environment,
                   const int its[3], int report, int end)
{
    int rv = setpgid(0, 0) ? errno : take_files(its);

    if (!rv && dup2(report, REPORT) < 0) {
        rv = errno;
    }
    if (!rv) {
        report = REPORT;
        rv = fcntl(report, F_SETFD, FD_CLOEXEC) || chdir("/") ? errno : 0;
    }
    if (!rv) {
        close_from(REPORT + 1, end);
        forget_signals();
        execve(argv[0], argv, environment);
        rv = errno;
    }
    (void)!write(report, &rv, sizeof(rv));
    _exit(127);
}

/* What it reports is why it could not; a program that runs has closed the
 * other end. */
static apr_status_t hear(pid_t pid, int report)
{
    int why = 0;
    ssize_t count;

    do {
        count = read(report, &why, sizeof(why));
    } while (count < 0 && errno == EINTR);
    if (count == 0) {
        return APR_SUCCESS;
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return count == sizeof(why) ? why : APR_EGENERAL;
}

apr_status_t ct_launch(pid_t *pid, char *const *argv, char *const *environment,
                      const int its[3])
{
    long most = sysconf(_SC_OPEN_MAX);
    int end = most < 0 || most > MOST_CLOSED ? MOST_CLOSED : (int)most;
    int report[2];
    apr_status_t rv = ct_launch_pipe(report);
    sigset_t all;
    sigset_t before;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *pid = fork();
    if (*pid == 0) {
        become(argv, environment, its, report[1], end);
    }
    rv = *pid < 0 ? errno : APR_SUCCESS;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (rv == APR_SUCCESS) {
        rv = hear(*pid, report[0]);
    }
    close(report[0]);
    return rv;
}

#endif
