/* SPDX-License-Identifier: Apache-2.0 */
/* redis_target: the targets redis://, redis+sentinel:// and rediss://.
 * Thread: registered at start-up; runs on the pool's threads.
 * Lifetime: the configuration's. */
#ifndef CT_REDIS_TARGET_H
#define CT_REDIS_TARGET_H

#include "apr_pools.h"

/** Bring the targets. Thread: start-up. */
void ct_redis_target_register(apr_pool_t *p);

#endif
