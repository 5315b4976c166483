/* SPDX-License-Identifier: Apache-2.0 */
/* redis_answer: what an error that Redis answers means for the job.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_REDIS_ANSWER_H
#define CT_REDIS_ANSWER_H

#include "engine.h"

/** @param error   as answered, without the sign in front
 *  @param remedy  set to what an administrator can do, or ""
 *  @return AGAIN, MEND or REFUSED */
ct_sent_e ct_redis_answer_class(const char *error, const char **remedy);

#endif
