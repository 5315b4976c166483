/* SPDX-License-Identifier: Apache-2.0 */
/* recent: what was counted of each name in the last minute and the last half
 * hour: the difference to what the parent has noted then.
 * Thread: as each function says.
 * Lifetime: in the shared memory, see scoreboard.h; it goes on through
 * restarts. */
#ifndef CT_RECENT_H
#define CT_RECENT_H

#include "scoreboard.h"

/** Note the numbers of all names. Thread: the parent's. */
void ct_recent_sample(apr_time_t now);

/** Fill in what is recent of a snapshot, which has its names. Thread: any. */
void ct_recent_read(ct_snapshot_t *snapshot);

#endif
