/* SPDX-License-Identifier: Apache-2.0 */
/* children: how each child is doing: one that is stalled is not seen in the
 * sums of many.
 * Thread: as each function says.
 * Lifetime: in a child's record, see scoreboard.h. */
#ifndef CT_CHILDREN_H
#define CT_CHILDREN_H

#include "scoreboard.h"

/** Note how many calls have returned in each child by now. Thread: the
 *  parent's. */
void ct_children_sample(apr_time_t now);

/** Fill in the children of a snapshot, which has its names and tasks. Thread:
 *  any. */
void ct_children_read(ct_snapshot_t *snapshot, apr_pool_t *p);

#endif
