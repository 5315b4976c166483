/* SPDX-License-Identifier: Apache-2.0 */
/* platform: system calls and not the C library's functions where that is all
 * they are: gettid() came to glibc with 2.30, tgkill() too, futexes never
 * did. */
#include "platform.h"

#include <errno.h>

#if CT_HAS_FUTEX
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As <linux/futex.h> has them, which not every C library comes with. */
#define WAKE        1
#define WAIT_BITSET 9
#define WAKE_BITSET 10
#endif

struct timespec ct_until(apr_interval_time_t time)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)apr_time_sec(time);
    until.tv_nsec += (long)apr_time_usec(time) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        ++until.tv_sec;
    }
    return until;
}

int ct_is_over(const struct timespec *until)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > until->tv_sec
           || (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

#if CT_HAS_FUTEX

int ct_thread_number(void)
{
    static _Thread_local int number;

    if (number == 0) {
        number = (int)syscall(SYS_gettid);
    }
    return number;
}

int ct_thread_lives(int number)
{
    return syscall(SYS_tgkill, getpid(), number, 0) == 0 || errno != ESRCH;
}

/* The kernel's own word for a time: 32 bits wide for a 32-bit program that was
 * built with 64 bits of time, where SYS_futex takes it for the old one. */
#ifdef SYS_futex_time64
#define FUTEX (sizeof(time_t) > sizeof(long) ? SYS_futex_time64 : SYS_futex)
#else
#define FUTEX SYS_futex
#endif

void ct_word_wait(atomic_uint *word, unsigned int value, unsigned int kinds,
                  const struct timespec *until)
{
    (void)syscall(FUTEX, word, WAIT_BITSET, value, until, NULL, kinds);
}

int ct_word_wake_one(atomic_uint *word, unsigned int kinds)
{
    return syscall(FUTEX, word, WAKE_BITSET, 1, NULL, NULL, kinds) > 0;
}

void ct_word_wake_all(atomic_uint *word)
{
    (void)syscall(FUTEX, word, WAKE, INT_MAX, NULL, NULL, 0);
}

#else

#define LOOK 10000000                /* ns */

int ct_thread_number(void)
{
    static atomic_int numbers;       /* counts: no order is needed */
    static _Thread_local int number;

    if (number == 0) {
        number = atomic_fetch_add(&numbers, 1) + 1;
    }
    return number;
}

int ct_thread_lives(int number)
{
    (void)number;
    return 1;
}

void ct_word_wait(atomic_uint *word, unsigned int value, unsigned int kinds,
                  const struct timespec *until)
{
    const struct timespec look = { 0, LOOK };

    (void)kinds;
    while (atomic_load(word) == value && !ct_is_over(until)) {
        nanosleep(&look, NULL);
    }
}

int ct_word_wake_one(atomic_uint *word, unsigned int kinds)
{
    (void)word;
    (void)kinds;
    return 0;
}

void ct_word_wake_all(atomic_uint *word)
{
    (void)word;
}

#endif

void ct_semaphore_begin(ct_semaphore_t *semaphore)
{
    sem_init(semaphore, 0, 0);
}

void ct_semaphore_end(ct_semaphore_t *semaphore)
{
    sem_destroy(semaphore);
}

void ct_semaphore_post(ct_semaphore_t *semaphore)
{
    sem_post(semaphore);
}

#if CT_HAS_SEM_CLOCKWAIT

int ct_semaphore_wait(ct_semaphore_t *semaphore, const struct timespec *until)
{
    int rv;

    do {
        rv = sem_clockwait(semaphore, CLOCK_MONOTONIC, until);
    } while (rv != 0 && errno == EINTR);
    return rv == 0;
}

#else

#define SLICE 100000000              /* ns */

/* POSIX has this by the time of day only, which may be set: so in slices, of
 * which the clock that nobody sets tells when they are enough. */
int ct_semaphore_wait(ct_semaphore_t *semaphore, const struct timespec *until)
{
    int rv;

    do {
        struct timespec slice;

        clock_gettime(CLOCK_REALTIME, &slice);
        slice.tv_nsec += SLICE;
        if (slice.tv_nsec >= 1000000000) {
            slice.tv_nsec -= 1000000000;
            ++slice.tv_sec;
        }
        rv = sem_timedwait(semaphore, &slice);
    } while (rv != 0 && (errno == EINTR || errno == ETIMEDOUT)
             && !ct_is_over(until));
    return rv == 0;
}

#endif
