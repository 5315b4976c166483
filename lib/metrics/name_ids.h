/* SPDX-License-Identifier: Apache-2.0 */
/* name_ids: a small number for each name of a task, the same in all children
 * for as long as the server is up. What does not fit any more has the last
 * one.
 *
 * A name keeps its number from the first time it is asked for, and one that
 * got the last number keeps that: what is counted at the record of a task and
 * at its end is counted under the same name.
 *
 * Thread: any.
 * Lifetime: the table is in the shared memory, see scoreboard.h. */
#ifndef CT_NAME_IDS_H
#define CT_NAME_IDS_H

#include "scoreboard.h"

/** The number of what belongs to no name of its own. */
#define CT_NAME_IDS_OTHER CT_SNAPSHOT_NAMES

/** The number of a name, 0 to CT_NAME_IDS_OTHER. A new name gets one. */
unsigned int ct_name_ids_find(const char *name);

/** The name of a number, as ct_name_ids_spell() has it.
 *  @param text  filled in; ends with a zero byte
 *  @return 0: no name has it yet */
int ct_name_ids_text(unsigned int number, char text[CT_SNAPSHOT_NAME_SIZE]);

/** A name as it is shown: itself, or if it is a long one its first bytes, '~'
 *  and a hash of all of it, so that names which differ look different.
 *  @param text  filled in, with zero bytes behind it */
void ct_name_ids_spell(char text[CT_SNAPSHOT_NAME_SIZE], const char *name);

#endif
