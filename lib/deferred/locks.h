/* SPDX-License-Identifier: Apache-2.0 */
/* locks: the mutexes of this directory. Each is held for some instructions,
 * never while foreign code runs (links, cancellers, clean-ups, the sink), and
 * never two at a time.
 * Thread: any.
 * Lifetime: the process. */
#ifndef CT_LOCKS_H
#define CT_LOCKS_H

#include <pthread.h>

/** Lock and unlock. */
void ct_locks_take(pthread_mutex_t *lock);
void ct_locks_give(pthread_mutex_t *lock);

/** The lock for what lies at this address; several share one. */
pthread_mutex_t *ct_locks_of(const void *address);

#endif
