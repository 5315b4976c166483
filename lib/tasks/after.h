/* SPDX-License-Identifier: Apache-2.0 */
/* after: CrosstownAfter: tasks that are asked for after every response of a
 * place, without any script.
 * Thread: the request's.
 * Lifetime: the request's. */
#ifndef CT_AFTER_H
#define CT_AFTER_H

#include "tasks_glue.h"

/** A CrosstownAfter was read: hang in where the final status is known, if that
 *  was not done. A request would pay for it where there is none. Thread: the
 *  one that reads the configuration. */
void ct_after_want(void);

/** The headers of a response are about to be written: ask for those of its
 *  place that are kept beyond this process. Once for each response.
 *  @param last  that is answered, maybe after internal redirects
 *  @return 0: there are none */
int ct_after_ask_kept(request_rec *last);

/** Begin anew. Thread: start-up. */
void ct_after_register(void);

#endif
