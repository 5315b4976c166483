/* SPDX-License-Identifier: Apache-2.0 */
/* support_waiter: threads that wait for what becomes of a deferred. */
#ifndef SUPPORT_WAITER_H
#define SUPPORT_WAITER_H

#include "support_deferred.h"

#define WAITER_PATIENCE apr_time_from_sec(SUPPORT_PATIENCE)

/** What has come of it is read when it is joined. */
typedef struct waiter_t {
    crosstown_deferred_t *d;
    apr_interval_time_t timeout;
    apr_status_t rv;
    crosstown_result_t result;
    apr_interval_time_t took;
    pthread_t thread;
} waiter_t;

#define WAITER(d, timeout) { d, timeout, 0, { 0 }, 0, 0 }

/** Wait on this thread. */
void waiter_wait(waiter_t *waiter);

/** Wait with patience on a thread of its own, or on one of the pool. */
void waiter_start(waiter_t *waiter, crosstown_deferred_t *d);
void waiter_start_in_pool(waiter_t *waiter, crosstown_deferred_t *d);

/** Fails unless it was woken: it has not just slept to its end. */
void waiter_join(waiter_t *waiter);

#endif
