/* SPDX-License-Identifier: Apache-2.0 */
/* counters: the numbers of one name in one child's counters, read in an order
 * that lets nothing come out below zero: what comes last in a task's life is
 * read first.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_COUNTERS_H
#define CT_COUNTERS_H

#include "scoreboard.h"

/** Read what was counted under a name: all but `open`.
 *  @return 0: nothing, numbers are not filled in */
int ct_counters_read(ct_numbers_t *numbers, ct_counters_t *counters,
                     unsigned int name);

/** Add what was read to a sum. */
void ct_counters_add(ct_numbers_t *sum, const ct_numbers_t *numbers);

/** Work out `open` of a sum, once everything was added. */
void ct_counters_close(ct_numbers_t *numbers);

/** How many are in the queue of what has just been read, by the counters
 *  alone: below 0 for tasks that a drain has left behind in their functions
 *  and counted as dropped. */
apr_int64_t ct_counters_in_queue(const ct_numbers_t *numbers,
                                 ct_counters_t *counters, unsigned int name);

#endif
