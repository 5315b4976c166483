/* SPDX-License-Identifier: Apache-2.0 */
/* support_chaos: see support_chaos.h. As in support_calls, the program is
 * asked before its shared libraries. */
#include "support_chaos.h"

#include "support_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "apr_thread_cond.h"
#include "apr_thread_mutex.h"

#define LONGEST 60000                    /* nanoseconds */
#define LONGEST_FAILURE 500000

static unsigned int held_one_in;
static unsigned int threads_seen;
static __thread uint64_t own_luck;
static __thread int refuse_memory;

unsigned int chance(uint64_t *luck, unsigned int below)
{
    *luck = *luck * 6364136223846793005U + 1442695040888963407U;
    return (unsigned int)((*luck >> 33) % below);
}

void chaos_set(unsigned int one_in)
{
    __atomic_store_n(&held_one_in, one_in, __ATOMIC_SEQ_CST);
}

/* @return 0: nobody is held up now */
static unsigned int one_in(void)
{
    if (!own_luck) {
        own_luck = __atomic_add_fetch(&threads_seen, 1, __ATOMIC_SEQ_CST);
    }
    return __atomic_load_n(&held_one_in, __ATOMIC_SEQ_CST);
}

static void stay(unsigned int longest)
{
    struct timespec pause = { 0, 1 + chance(&own_luck, longest) };

    nanosleep(&pause, NULL);
}

void chaos_pause(void)
{
    unsigned int odds = one_in();

    if (!odds || chance(&own_luck, odds) != 0) {
        return;
    }
    if (chance(&own_luck, 4)) {
        sched_yield();
    }
    else {
        stay(LONGEST);
    }
}

void chaos_fail_late(void)
{
    if (one_in() && chance(&own_luck, 2)) {
        stay(LONGEST_FAILURE);
    }
}

static void *passed_on(void **found, const char *name)
{
    void *call = __atomic_load_n(found, __ATOMIC_ACQUIRE);

    if (!call) {
        call = dlsym(RTLD_NEXT, name);
        if (!call) {
            fprintf(stderr, "%s() is not to be found\n", name);
            abort();
        }
        __atomic_store_n(found, call, __ATOMIC_RELEASE);
    }
    return call;
}

#define MOST_MUTEXES 16

static __thread const void *mutexes[MOST_MUTEXES];   /* that it has */
static __thread int mutexes_count;

static void give_up(const char *what)
{
    fprintf(stderr, "%s\n", what);
    abort();
}

static void note_lock(const void *mutex)
{
    if (mutexes_count == MOST_MUTEXES) {
        give_up("a thread has more mutexes than support_chaos.c expects");
    }
    mutexes[mutexes_count++] = mutex;
}

static void note_unlock(const void *mutex)
{
    int i = mutexes_count;

    while (i > 0 && mutexes[i - 1] != mutex) {
        --i;
    }
    if (i == 0) {
        give_up("a thread lets go of a mutex that it does not have");
    }
    mutexes[i - 1] = mutexes[--mutexes_count];
}

typedef apr_status_t mutex_fn_t(apr_thread_mutex_t *mutex);
typedef apr_status_t cond_fn_t(apr_thread_cond_t *cond);

apr_status_t apr_thread_mutex_lock(apr_thread_mutex_t *mutex)
{
    static void *found;
    apr_status_t rv;

    chaos_pause();
    rv = ((mutex_fn_t *)passed_on(&found, "apr_thread_mutex_lock"))(mutex);
    if (rv == APR_SUCCESS) {
        note_lock(mutex);
    }
    return rv;
}

apr_status_t apr_thread_mutex_trylock(apr_thread_mutex_t *mutex)
{
    static void *found;
    apr_status_t rv;

    chaos_pause();
    rv = ((mutex_fn_t *)passed_on(&found, "apr_thread_mutex_trylock"))(mutex);
    if (rv == APR_SUCCESS) {
        note_lock(mutex);
    }
    return rv;
}

apr_status_t apr_thread_mutex_unlock(apr_thread_mutex_t *mutex)
{
    static void *found;

    chaos_pause();
    note_unlock(mutex);
    return ((mutex_fn_t *)passed_on(&found, "apr_thread_mutex_unlock"))(mutex);
}

static int wakes_left;               /* atomic; 0: nobody is held */
static gate_t *wake_reached;
static gate_t *wake_go;

void wakes_hold(int nth, gate_t *reached, gate_t *go)
{
    wake_reached = reached;
    wake_go = go;
    __atomic_store_n(&wakes_left, nth, __ATOMIC_SEQ_CST);
}

apr_status_t apr_thread_cond_signal(apr_thread_cond_t *cond)
{
    static void *found;
    int last = __atomic_load_n(&wakes_left, __ATOMIC_SEQ_CST) > 0
               && __atomic_sub_fetch(&wakes_left, 1, __ATOMIC_SEQ_CST) == 0;
    apr_status_t rv;

    chaos_pause();
    rv = ((cond_fn_t *)passed_on(&found, "apr_thread_cond_signal"))(cond);
    if (last) {
        gate_open(wake_reached);
        gate_pass(wake_go);
    }
    return rv;
}

static int timed_waits;              /* atomic */

typedef apr_status_t timed_fn_t(apr_thread_cond_t *cond,
                                apr_thread_mutex_t *mutex,
                                apr_interval_time_t time);

apr_status_t apr_thread_cond_timedwait(apr_thread_cond_t *cond,
                                       apr_thread_mutex_t *mutex,
                                       apr_interval_time_t time)
{
    static void *found;
    timed_fn_t *wait =
        (timed_fn_t *)passed_on(&found, "apr_thread_cond_timedwait");

    if (ct_dispatcher_on_worker()) {
        __atomic_add_fetch(&timed_waits, 1, __ATOMIC_SEQ_CST);
    }
    return wait(cond, mutex, time);
}

int timed_waits_begun(void)
{
    return __atomic_load_n(&timed_waits, __ATOMIC_SEQ_CST);
}

void memory_refuse(int refuse)
{
    refuse_memory = refuse;
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) \
    && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    if (refuse_memory) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(size);
}
#endif
