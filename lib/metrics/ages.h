/* SPDX-License-Identifier: Apache-2.0 */
/* ages: since when the oldest task of each name waits, runs, or is tried again
 * and again. A child notes once a second what waits in it; what runs stands in
 * the entries of active tasks.
 * Thread: as each function says.
 * Lifetime: in a child's record, see scoreboard.h, until it is gone. */
#ifndef CT_AGES_H
#define CT_AGES_H

#include "scoreboard.h"

/** Note since when tasks wait in this child, 0: none does, by the number of
 *  their name. Thread: one of the child's at a time. */
void ct_ages_note(const apr_time_t waiting[CT_SCOREBOARD_NAMES],
                  const apr_time_t retrying[CT_SCOREBOARD_NAMES]);

/** Nothing waits in a child that is gone. Thread: the parent's. */
void ct_ages_clear(ct_child_t *gone);

/** Fill in the ages of a snapshot, which has its names and tasks. Thread:
 *  any. */
void ct_ages_read(ct_snapshot_t *snapshot);

/** Fill in those of one child of it, which has its numbers. Thread: any. */
void ct_ages_read_child(const ct_snapshot_t *snapshot,
                        ct_snapshot_child_t *child, ct_child_t *record);

#endif
