/* SPDX-License-Identifier: Apache-2.0 */
/* support: the clock that a test can push, and how long a stopping child may
 * still take. See support.h. */
#include "support.h"

#include <sched.h>
#include <time.h>

/* Tests move these while other threads look at them. */
static apr_time_t skipped;
static int looks;
static apr_interval_time_t step_size;
static apr_interval_time_t left_to_go = -1;

apr_time_t clock_now(void)
{
    apr_interval_time_t step = __atomic_load_n(&step_size, __ATOMIC_SEQ_CST);
    struct timespec now;

    __atomic_add_fetch(&looks, 1, __ATOMIC_SEQ_CST);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000
           + __atomic_add_fetch(&skipped, step, __ATOMIC_SEQ_CST);
}

int clock_looks(void)
{
    return __atomic_load_n(&looks, __ATOMIC_SEQ_CST);
}

void clock_await_look(void)
{
    int before = clock_looks();

    while (clock_looks() == before) {
        sched_yield();
    }
}

void clock_step(apr_interval_time_t step)
{
    __atomic_store_n(&step_size, step, __ATOMIC_SEQ_CST);
}

apr_interval_time_t time_left_now(void)
{
    return __atomic_load_n(&left_to_go, __ATOMIC_SEQ_CST);
}

void time_left_set(apr_interval_time_t left)
{
    __atomic_store_n(&left_to_go, left, __ATOMIC_SEQ_CST);
}
