/* SPDX-License-Identifier: Apache-2.0 */
/* counters: the numbers of one name in one slot, read in an order that lets
 * nothing come out below zero: what comes last in a task's life is read first.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_COUNTERS_H
#define CT_COUNTERS_H

#include "scoreboard.h"

/** Read what a slot has under a name: all but `open`, which says nothing for
 *  a slot alone. @return 0: nothing, numbers are not filled in */
int ct_counters_read(ct_numbers_t *numbers, ct_slot_t *slot,
                     unsigned int name);

/** Add what was read to a sum. */
void ct_counters_add(ct_numbers_t *sum, const ct_numbers_t *numbers);

/** Work out `open` of a sum, once everything was added. */
void ct_counters_close(ct_numbers_t *numbers);

/** The child of this slot is gone: what it had not ended is lost, nothing
 *  waits or runs. Thread: the parent's. */
void ct_counters_write_off(ct_slot_t *slot);

#endif
