/* SPDX-License-Identifier: Apache-2.0 */
/* log_id: a request that has recorded a task has a log id from then on,
 * whether the server has written a line about it or not: lines about its tasks
 * say it, and so does what a task is shown of the response.
 * Thread: the one that owns the request.
 * Lifetime: the id's is the request's. */
#ifndef CT_LOG_ID_H
#define CT_LOG_ID_H

#include "glue.h"

/** Look who makes them. Thread: child_init. */
void ct_log_id_look_up(void);

/** Let the request have one, if it has none yet.
 *  @param root    its first request_rec, see ct_request_root()
 *  @param logged  it is being logged: nobody writes its first line any more */
void ct_log_id_have(request_rec *root, int logged);

#endif
