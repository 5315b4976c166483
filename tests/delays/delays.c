/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delays: preloaded into a program, this lets its threads and processes sleep
 * now and then where another one may overtake them: after what a client or a
 * file has been given, at the start of a thread or process, around a sync, and
 * after a lock was released or a wait is over. A machine that is busy enough
 * does the same, but rarely; what a test or the module takes for granted there
 * fails within minutes.
 *
 * CROSSTOWN_DELAYS in the environment makes all sleeps longer (2) or shorter
 * (0.25). They differ from run to run.
 *
 * After the noise makers of ConTest (Edelstein, Farchi, Nir, Ratsaby, Ur:
 * "Multithreaded Java program test generation", IBM Systems Journal 41, 2002).
 *
 * Thread: any, also inside a signal's handler.
 * Lifetime: what a new thread starts with lives until it starts.
 */
/* What is replaced here must not be a macro or an inline function. */
#undef _FORTIFY_SOURCE
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MILLION 1000000

static double factor = 1;
static _Thread_local uint64_t seed;

__attribute__((constructor)) static void begin(void)
{
    const char *told = getenv("CROSSTOWN_DELAYS");

    if (told != NULL && atof(told) > 0) {
        factor = atof(told);
    }
}

static uint64_t draw(void)
{
    if (seed == 0) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        seed = ((uint64_t)now.tv_nsec << 24 ^ (uint64_t)syscall(SYS_gettid))
               * 2654435761u | 1;
    }
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* In so many of a million cases, for so many milliseconds at most. */
static void delay(unsigned int often, unsigned int most)
{
    int error = errno;

    if (draw() % MILLION < often) {
        uint64_t ns = (uint64_t)((double)(draw() % MILLION) * most * factor);
        struct timespec time = { (time_t)(ns / (1000 * MILLION)),
                                 (long)(ns % (1000 * MILLION)) };

        clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
    }
    errno = error;
}

/* The C library's function of that name. */
#define REAL(name) \
    static __typeof__(&name) real; \
    if (real == NULL) { \
        *(void **)&real = dlsym(RTLD_NEXT, #name); \
    }

static int is_socket(int fd)
{
    struct stat what;

    return fstat(fd, &what) == 0 && S_ISSOCK(what.st_mode);
}

ssize_t write(int fd, const void *data, size_t size)
{
    ssize_t written;
    REAL(write)

    delay(50000, 20);
    written = real(fd, data, size);
    delay(is_socket(fd) ? 400000 : 50000, 60);
    return written;
}

/* A function that sleeps before the real one and after it, each so often and
 * so long. */
#define DELAYED(type, name, parameters, arguments, before, after) \
    type name parameters \
    { \
        type result; \
        REAL(name) \
\
        delay before; \
        result = real arguments; \
        delay after; \
        return result; \
    }

#define NEVER (0, 0)

DELAYED(ssize_t, writev, (int fd, const struct iovec *pieces, int count),
        (fd, pieces, count), NEVER, (400000, 80))
DELAYED(ssize_t, sendfile, (int out, int in, off_t *offset, size_t size),
        (out, in, offset, size), NEVER, (400000, 80))
DELAYED(ssize_t, sendfile64, (int out, int in, off64_t *offset, size_t size),
        (out, in, offset, size), NEVER, (400000, 80))
DELAYED(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
        (fd, message, flags), NEVER, (200000, 40))
DELAYED(int, fsync, (int fd), (fd), (200000, 40), (200000, 40))
DELAYED(int, fdatasync, (int fd), (fd), (200000, 40), (200000, 40))
DELAYED(int, pthread_cond_wait,
        (pthread_cond_t *condition, pthread_mutex_t *mutex),
        (condition, mutex), NEVER, (100000, 20))
DELAYED(int, pthread_cond_timedwait,
        (pthread_cond_t *condition, pthread_mutex_t *mutex,
         const struct timespec *until),
        (condition, mutex, until), NEVER, (100000, 20))
DELAYED(int, pthread_mutex_unlock, (pthread_mutex_t *mutex), (mutex), NEVER,
        (4000, 15))

pid_t fork(void)
{
    pid_t child;
    REAL(fork)

    child = real();
    if (child == 0) {
        seed = 0;
    }
    delay(300000, child == 0 ? 80 : 20);
    return child;
}

typedef struct thread_t {
    void *(*run)(void *data);
    void *data;
} thread_t;

static void *run(void *data)
{
    thread_t thread = *(thread_t *)data;

    free(data);
    delay(400000, 60);
    return thread.run(thread.data);
}

int pthread_create(pthread_t *made, const pthread_attr_t *attributes,
                   void *(*to_run)(void *), void *data)
{
    thread_t *thread = malloc(sizeof(*thread));
    int rv;
    REAL(pthread_create)

    if (thread == NULL) {
        return EAGAIN;
    }
    thread->run = to_run;
    thread->data = data;
    rv = real(made, attributes, run, thread);
    if (rv != 0) {
        free(thread);
    }
    delay(200000, 20);
    return rv;
}
