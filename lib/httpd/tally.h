/* SPDX-License-Identifier: Apache-2.0 */
/* tally: how many tasks were recorded and what became of them, over all
 * children since the server started.
 * Thread: as each function says.
 * Lifetime: shared memory of the parent's; it survives children, also killed
 * ones, and restarts. */
#ifndef CT_TALLY_H
#define CT_TALLY_H

#include "glue.h"
#include "mod_crosstown.h"

/** Register the hooks and export crosstown_tally(). Thread: start-up. */
void ct_tally_register(void);

/** Take a slot for this child. Thread: child_init. */
void ct_tally_start(server_rec *s);

/** A task was recorded. Thread: any of a child. */
void ct_tally_recorded(void);

/** It was not, after all: nobody will be told of its end. Thread: any of a
 *  child. */
void ct_tally_refused(void);

/** A task has met its end. Thread: any of a child. */
void ct_tally_ended(crosstown_outcome_e outcome, apr_status_t result);

#endif
