/* SPDX-License-Identifier: Apache-2.0 */
/* support_rounds: what a worker does while it waits awake, or naps: it yields
 * or sleeps through this, where a test can hold it. */
#ifndef SUPPORT_ROUNDS_H
#define SUPPORT_ROUNDS_H

#include "support.h"

#include "workers.h"

/** The next thread that yields or naps opens `reached` and stays until `go`;
 *  both outlive that. reached NULL: nobody is held. */
void rounds_hold(gate_t *reached, gate_t *go);

/** How often workers have yielded so far. */
int rounds_made(void);

/** Wait until a thread sleeps for a while. @return 0: none does */
int nap_reached(void);

/** The longest time that a thread has slept for since the last call of this,
 *  microseconds. */
apr_interval_time_t longest_nap(void);

/** How many workers search. */
apr_uint32_t searching_now(ct_dispatcher_t *d);

#endif
