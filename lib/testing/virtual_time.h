/* SPDX-License-Identifier: Apache-2.0 */
/* virtual_time: the clock of a test, and waiting by it.
 * Thread: the test's.
 * Lifetime: one test. */
#ifndef CT_VIRTUAL_TIME_H
#define CT_VIRTUAL_TIME_H

#include "crosstown_testing.h"

/* So many alarms can be set at once. */
#define CT_VIRTUAL_ALARMS 4096

/** Go on to the next alarm, and let it ring.
 *  @param until  as ct_clock_now(); the time is this if none comes before
 *  @return 0: none did */
int ct_virtual_time_step(apr_time_t until);

/** Let who waits by this table let happen what is waited for. */
void ct_waiting_replace(const crosstown_deferreds_t *deferreds);

#endif
