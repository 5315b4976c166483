/* SPDX-License-Identifier: Apache-2.0 */
/* losses: tasks that went with a child that crashed or was killed: found,
 * written off, and told in the error log.
 * Thread: the parent's main thread.
 * Lifetime: no state. */
#ifndef CT_LOSSES_H
#define CT_LOSSES_H

#include "scoreboard.h"

/** What is lost of one name. */
typedef struct ct_loss_t {
    apr_uint64_t open;               /* recorded, never ended */
    apr_uint64_t running;            /* inside their functions; a drain may
                                        have told the end of some */
    apr_int64_t queued;              /* to be added to what was queued, so that
                                        nothing waits */
} ct_loss_t;

/** Find what is open in counters whose children are all gone. */
void ct_losses_find(ct_loss_t losses[CT_SCOREBOARD_NAMES],
                    ct_counters_t *counters);

/** Count it as lost: nothing is open any more. */
void ct_losses_write_off(ct_counters_t *counters,
                         const ct_loss_t losses[CT_SCOREBOARD_NAMES]);

/** Say how many tasks went and what they were called; nothing if none did.
 *  @param pid     the child's
 *  @param shared  it was the last of several that shared their counters */
void ct_losses_log(server_rec *s, const ct_loss_t losses[CT_SCOREBOARD_NAMES],
                   pid_t pid, int shared);

#endif
