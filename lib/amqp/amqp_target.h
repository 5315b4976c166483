/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_target: the targets amqp:// and amqps://.
 * Thread: registered at start-up; runs on the pool's threads.
 * Lifetime: the configuration's. */
#ifndef CT_AMQP_TARGET_H
#define CT_AMQP_TARGET_H

#include "apr_pools.h"

/** Bring the targets. Thread: start-up. */
void ct_amqp_target_register(apr_pool_t *p);

#endif
