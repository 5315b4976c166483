/* SPDX-License-Identifier: Apache-2.0 */
/* redis_find: connect to a Redis, wherever it is right now.
 * Thread: a sender's: it may wait, and a name is looked up.
 * Lifetime: a connection's, until redisFree(). */
#ifndef CT_REDIS_FIND_H
#define CT_REDIS_FIND_H

#include "redis_address.h"

#include <hiredis/hiredis.h>

/** @param words  set to why not; room as in engine.h
 *  @return NULL: it cannot be reached */
redisContext *ct_redis_find(const ct_redis_address_t *address, char *words);

#endif
