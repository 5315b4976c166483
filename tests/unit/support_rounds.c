/* SPDX-License-Identifier: Apache-2.0 */
/* support_rounds: see support_rounds.h. */
#include "support_rounds.h"

#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int rounds;                       /* atomic */
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

/* Who lingers. */
__attribute__((visibility("default"))) int sched_yield(void)
{
    if (ct_dispatcher_on_worker()) {
        __atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
    }
    come_by();
    return (int)syscall(SYS_sched_yield);
}

/* Who is in doubt. */
__attribute__((visibility("default"))) void apr_sleep(apr_interval_time_t t)
{
    struct timespec time = { apr_time_sec(t), apr_time_usec(t) * 1000 };

    come_by();
    nanosleep(&time, NULL);
}

int rounds_made(void)
{
    return __atomic_load_n(&rounds, __ATOMIC_SEQ_CST);
}

apr_uint32_t searching_now(ct_dispatcher_t *d)
{
    apr_uint32_t count;

    apr_thread_mutex_lock(d->lock);
    count = d->searching;
    apr_thread_mutex_unlock(d->lock);
    return count;
}
