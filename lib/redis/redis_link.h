/* SPDX-License-Identifier: Apache-2.0 */
/* redis_link: the connection of one sender to one Redis.
 * Thread: the sender's; made before it starts.
 * Lifetime: malloc()ed, the process's. */
#ifndef CT_REDIS_LINK_H
#define CT_REDIS_LINK_H

#include "engine.h"
#include "redis_address.h"

/** What a sender does with a link. */
extern const ct_engine_t ct_redis_engine;

/** @param address  a ct_redis_address_t
 *  @return NULL: no memory */
void *ct_redis_link_make(const void *address);
void ct_redis_link_free(void *link);

#endif
