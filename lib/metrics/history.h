/* SPDX-License-Identifier: Apache-2.0 */
/* history: how it went over the last half hour. The parent takes a sample of
 * the totals when the server runs its monitor hook, about every ten seconds.
 * Thread: samples are taken by the parent's main thread, read by any.
 * Lifetime: a ring in the shared memory, see scoreboard.h; it goes on through
 * restarts. */
#ifndef CT_HISTORY_H
#define CT_HISTORY_H

#include "scoreboard.h"

/** Register the hook. Thread: start-up. */
void ct_history_register(void);

/** Read all samples, the oldest first, into p. @return how many */
int ct_history_read(ct_snapshot_sample_t **samples, apr_pool_t *p);

#endif
