/* SPDX-License-Identifier: Apache-2.0 */
/* redis_jobs: jobs over a connection that is open.
 * Thread: the sender's.
 * Lifetime: no state. */
#ifndef CT_REDIS_JOBS_H
#define CT_REDIS_JOBS_H

#include "engine.h"
#include "once.h"

#include <hiredis/hiredis.h>

#define CT_REDIS_SHA 41              /* 40 digits, and their end */

/** By which each script is called. */
typedef char ct_redis_shas_t[CT_ONCE_SCRIPTS][CT_REDIS_SHA];

/** Send them, and read what becomes of each.
 *  @param words  as in engine.h
 *  @return the first one of those for which there was no answer, or NULL */
ct_message_t *ct_redis_jobs_send(redisContext *context, ct_redis_shas_t shas,
                                 ct_message_t *first, char *words);

#endif
