/* SPDX-License-Identifier: Apache-2.0 */
/* platform: what POSIX does not have, in one place. The rest of lib/ is C11,
 * POSIX.1-2008 and APR. Each item says what it does where the system has
 * nothing of the kind; `make check-unit PORTABLE=1` tests that.
 * Thread: any.
 * Lifetime: no state but each thread's number. */
#ifndef CT_PLATFORM_H
#define CT_PLATFORM_H

#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include "apr_time.h"

#if !APR_HAS_THREADS
#error "mod_crosstown needs an APR with threads"
#endif

/* Defined by whoever compiles: do as on a system that has POSIX only. */
#if defined(__linux__) && !defined(CT_PORTABLE)
#define CT_HAS_FUTEX 1
#else
#define CT_HAS_FUTEX 0
#endif

#define CT_HAS_SEM_CLOCKWAIT 0
#if CT_HAS_FUTEX && defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 30)
#undef CT_HAS_SEM_CLOCKWAIT
#define CT_HAS_SEM_CLOCKWAIT 1
#endif
#endif

/** What the waits below are told: so many microseconds from now, by
 *  CLOCK_MONOTONIC, which nobody sets. */
struct timespec ct_until(apr_interval_time_t time);

/** Has that moment come? */
int ct_is_over(const struct timespec *until);

/** A thread's number: the system's, as top and gdb show it. Elsewhere they are
 *  counted, from 1. A thread that has asked does not fork. */
int ct_thread_number(void);

/** Does a thread of this process with that number live? Elsewhere: yes; so
 *  what a hard stop of event leaves unfinished there is counted as lost. */
int ct_thread_lives(int number);

/**
 * Wait until somebody wakes those who wait at word, at once if it is not equal
 * to value; may return earlier. Any process that shares the memory may wake.
 * Elsewhere it looks every 10 ms.
 * @param kinds  bits: for what
 * @param until  of CLOCK_MONOTONIC
 */
void ct_word_wait(atomic_uint *word, unsigned int value, unsigned int kinds,
                  const struct timespec *until);

/** Wake the one that has waited longest for one of these kinds, after word was
 *  changed. @return was there one? Elsewhere: 0, and all have a look. */
int ct_word_wake_one(atomic_uint *word, unsigned int kinds);

/** Wake all, after word was changed. */
void ct_word_wake_all(atomic_uint *word);

/** A semaphore between threads whose waits are timed by CLOCK_MONOTONIC. It
 *  belongs to whoever has begun it, and does not move. Elsewhere it looks at
 *  that clock ten times a second, and a wait is late if the time of day is set
 *  back just then. */
typedef sem_t ct_semaphore_t;

/** Begin with 0. */
void ct_semaphore_begin(ct_semaphore_t *semaphore);

/** Nobody uses it any more. */
void ct_semaphore_end(ct_semaphore_t *semaphore);

/** Let one pass. Also in a signal handler. */
void ct_semaphore_post(ct_semaphore_t *semaphore);

/** Wait to be let pass. @param until  of CLOCK_MONOTONIC
 *  @return 0: the time has passed */
int ct_semaphore_wait(ct_semaphore_t *semaphore,
                      const struct timespec *until);

#endif
