/* SPDX-License-Identifier: Apache-2.0 */
/* held_table: all tasks that are held, by the number that their handle is.
 * Thread: under the dispatcher's lock.
 * Lifetime: of one that is held, until it is over. */
#ifndef CT_HELD_TABLE_H
#define CT_HELD_TABLE_H

#include "held.h"

/** Give it a number, and a place. @return 0: no memory */
int ct_held_table_add(ct_helds_t *all, ct_held_t *held);

/** @return NULL: it is over, or never was */
ct_held_t *ct_held_table_find(ct_helds_t *all, const crosstown_held_t *handle);

/** It has a place. */
void ct_held_table_remove(ct_helds_t *all, ct_held_t *held);

#endif
