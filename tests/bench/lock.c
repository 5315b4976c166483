/* SPDX-License-Identifier: Apache-2.0 */
/* lock: of micro, with what the linker's --wrap puts round each call of lib/
 * to a mutex: how often and how long the dispatcher's lock is held, by those
 * who bring tasks and by its workers. What reading the time takes is taken
 * off. A hold of more than LONG is not counted: the kernel took the processor
 * meanwhile. */
#include "micro.h"

#include <stdio.h>

#include "apr_thread_cond.h"
#include "dispatcher.h"

#define LONG 10000                       /* nanoseconds */
#define MOST_THREADS 256
#define TRIES 1000

/* Of a thread: cache lines of its own. */
typedef struct {
    _Alignas(128) int64_t since;
    int64_t held;
    int64_t holds;
    int64_t contended;
    int64_t interrupted;
    int is_worker;
} tally_t;

static tally_t tallies[MOST_THREADS];
static int threads;
static _Thread_local tally_t *own;

static void begin(int contended)
{
    if (!own) {
        int slot = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED);

        micro_insist(slot < MOST_THREADS, "too many threads");
        own = &tallies[slot];
        own->is_worker = ct_dispatcher_on_worker();
    }
    own->contended += contended;
    own->since = micro_now();
}

static void end(void)
{
    int64_t held = micro_now() - own->since;

    if (held > LONG) {
        ++own->interrupted;
        return;
    }
    ++own->holds;
    own->held += held;
}

/* Visible, since ld takes APR's own calls for ours; they are not, when it
 * runs. */
#define WRAPPED(name, parameters) \
    apr_status_t __real_##name parameters; \
    __attribute__((visibility("default"))) \
    apr_status_t __wrap_##name parameters; \
    apr_status_t __wrap_##name parameters

WRAPPED(apr_thread_mutex_trylock, (apr_thread_mutex_t *mutex))
{
    apr_status_t rv = __real_apr_thread_mutex_trylock(mutex);

    if (rv == APR_SUCCESS) {
        begin(0);
    }
    return rv;
}

WRAPPED(apr_thread_mutex_lock, (apr_thread_mutex_t *mutex))
{
    int contended = __real_apr_thread_mutex_trylock(mutex) != APR_SUCCESS;
    apr_status_t rv = contended ? __real_apr_thread_mutex_lock(mutex)
                                : APR_SUCCESS;

    begin(contended);
    return rv;
}

WRAPPED(apr_thread_mutex_unlock, (apr_thread_mutex_t *mutex))
{
    end();
    return __real_apr_thread_mutex_unlock(mutex);
}

WRAPPED(apr_thread_cond_wait, (apr_thread_cond_t *cond,
                               apr_thread_mutex_t *mutex))
{
    apr_status_t rv;

    end();
    rv = __real_apr_thread_cond_wait(cond, mutex);
    begin(0);
    return rv;
}

WRAPPED(apr_thread_cond_timedwait, (apr_thread_cond_t *cond,
                                    apr_thread_mutex_t *mutex,
                                    apr_interval_time_t time))
{
    apr_status_t rv;

    end();
    rv = __real_apr_thread_cond_timedwait(cond, mutex, time);
    begin(0);
    return rv;
}

/* Of as many as may be, since one may be interrupted. */
static double time_to_read(void)
{
    int64_t least = LONG;
    int i;

    for (i = 0; i < TRIES; ++i) {
        int64_t start = micro_now();
        int k;

        for (k = 0; k < 10; ++k) {
            (void)micro_now();
        }
        start = micro_now() - start;
        least = start < least ? start : least;
    }
    return (double)least / 11;
}

static void tell(const char *who, int workers, double tasks)
{
    tally_t sum = { 0 };
    int known = __atomic_load_n(&threads, __ATOMIC_RELAXED);
    double all;

    while (known-- > 0) {
        const tally_t *one = &tallies[known];

        if (one->is_worker == workers) {
            sum.holds += one->holds;
            sum.held += one->held;
            sum.contended += one->contended;
            sum.interrupted += one->interrupted;
        }
    }
    all = sum.holds > 0 ? (double)sum.holds : 1;
    printf("%s_holds_per_task %.3f\n%s_ns_per_hold %.1f\n"
           "%s_contended %.4f\n%s_interrupted %.6f\n",
           who, all / tasks, who,
           (double)sum.held / all - time_to_read(),
           who, (double)sum.contended / all,
           who, (double)sum.interrupted / all);
}

void micro_tell_more(void)
{
    double tasks = (double)micro_counted();

    tell("push", 0, tasks);
    tell("take", 1, tasks);
}
