/* SPDX-License-Identifier: Apache-2.0 */
/* support_waiter: see support_waiter.h. */
#include "support_waiter.h"

#include "support_calls.h"

static void wait_here(void *data)
{
    waiter_t *waiter = data;
    apr_time_t start = clock_now();

    memset(&waiter->result, 0, sizeof(waiter->result));
    waiter->result.size = sizeof(waiter->result);
    waiter->rv = deferreds->wait(waiter->d, waiter->timeout, &waiter->result);
    waiter->took = clock_now() - start;
}

void waiter_wait(waiter_t *waiter)
{
    wait_here(waiter);
}

static void *wait_there(void *data)
{
    wait_here(data);
    return NULL;
}

static void *wait_in_pool(void *data)
{
    on_worker_thread(wait_here, data);
    return NULL;
}

static void start_with(waiter_t *waiter, crosstown_deferred_t *d,
                       void *(*wait)(void *))
{
    waiter->d = d;
    waiter->timeout = WAITER_PATIENCE;
    waiter->thread = own_thread(wait, waiter);
}

void waiter_start(waiter_t *waiter, crosstown_deferred_t *d)
{
    start_with(waiter, d, wait_there);
}

void waiter_start_in_pool(waiter_t *waiter, crosstown_deferred_t *d)
{
    start_with(waiter, d, wait_in_pool);
}

void waiter_join(waiter_t *waiter)
{
    pthread_join(waiter->thread, NULL);
    assert_true(waiter->took < waiter->timeout);
}
