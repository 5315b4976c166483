/* SPDX-License-Identifier: Apache-2.0 */
/* support_rounds: see support_rounds.h. */
#include "support_rounds.h"

#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int rounds;                       /* atomic */
static int naps;                         /* atomic */
static apr_interval_time_t longest;      /* atomic */
static gate_t *round_reached;            /* atomic; NULL: nobody is held */
static gate_t *round_go;

void rounds_hold(gate_t *reached, gate_t *go)
{
    round_go = go;
    __atomic_store_n(&round_reached, reached, __ATOMIC_SEQ_CST);
}

static void come_by(void)
{
    gate_t *reached = __atomic_exchange_n(&round_reached, NULL,
                                          __ATOMIC_SEQ_CST);

    if (reached) {
        gate_t *go = round_go;

        gate_open(reached);
        gate_pass(go);
    }
}

/* Who searches; not who lets another finish that has the lock. */
__attribute__((visibility("default"))) int sched_yield(void)
{
    const ct_worker_t *worker = ct_worker_of_thread();

    if (worker && worker->state == CT_WORKER_SEARCHING) {
        __atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
        come_by();
    }
    return (int)syscall(SYS_sched_yield);
}

static void note_longest(apr_interval_time_t time)
{
    apr_interval_time_t before = __atomic_load_n(&longest, __ATOMIC_SEQ_CST);

    while (time > before
           && !__atomic_compare_exchange_n(&longest, &before, time, 0,
                                           __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST)) {
        continue;
    }
}

apr_interval_time_t longest_nap(void)
{
    return __atomic_exchange_n(&longest, 0, __ATOMIC_SEQ_CST);
}

/* Who is in doubt. */
__attribute__((visibility("default"))) void apr_sleep(apr_interval_time_t t)
{
    struct timespec time = { apr_time_sec(t), apr_time_usec(t) * 1000 };

    __atomic_add_fetch(&naps, 1, __ATOMIC_SEQ_CST);
    note_longest(t);
    come_by();
    nanosleep(&time, NULL);
}

int rounds_made(void)
{
    return __atomic_load_n(&rounds, __ATOMIC_SEQ_CST);
}

int nap_reached(void)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);
    int before = __atomic_load_n(&naps, __ATOMIC_SEQ_CST);

    while (__atomic_load_n(&naps, __ATOMIC_SEQ_CST) == before) {
        if (apr_time_now() > until) {
            return 0;
        }
        sched_yield();
    }
    return 1;
}

apr_uint32_t searching_now(ct_dispatcher_t *d)
{
    apr_uint32_t count;

    apr_thread_mutex_lock(d->lock);
    count = d->searching;
    apr_thread_mutex_unlock(d->lock);
    return count;
}
