/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: one thread waits for what another one fires at that very moment,
 * very often. */
#include "support_deferred.h"

#include <sched.h>

#include "support_calls.h"
#include "support_chaos.h"

#define MEETINGS 20000

typedef struct meetings_t {
    crosstown_deferred_t *several[MEETINGS];
    int reached;                     /* atomic: by whoever waits */
} meetings_t;

/* Each one fires a little later or sooner than whoever waits gets there. */
static void *fire_all(void *data)
{
    meetings_t *meetings = data;
    uint64_t luck = 1;
    int i;

    for (i = 0; i < MEETINGS; ++i) {
        volatile unsigned int idle = chance(&luck, 200);

        while (__atomic_load_n(&meetings->reached, __ATOMIC_ACQUIRE) < i) {
            sched_yield();
        }
        while (idle > 0) {
            --idle;
        }
        deferreds->fire(meetings->several[i], "x");
        deferreds->release(meetings->several[i]);
    }
    return NULL;
}

/* Who is about to sleep when it fires is woken. */
static void no_wake_up_is_lost(void **state)
{
    meetings_t *meetings = apr_pcalloc(*state, sizeof(*meetings));
    crosstown_result_t result;
    pthread_t thread;
    int i;

    result.size = sizeof(result);
    for (i = 0; i < MEETINGS; ++i) {
        meetings->several[i] = deferreds->keep(fresh());
    }
    thread = own_thread(fire_all, meetings);
    for (i = 0; i < MEETINGS; ++i) {
        crosstown_deferred_t *d = meetings->several[i];

        __atomic_store_n(&meetings->reached, i, __ATOMIC_RELEASE);
        assert_int_equal(deferreds->wait(d,
                                         apr_time_from_sec(SUPPORT_PATIENCE),
                                         &result), APR_SUCCESS);
        deferreds->release(d);
    }
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(no_wake_up_is_lost),
    };

    return run_group("deferred: wake up", tests);
}
