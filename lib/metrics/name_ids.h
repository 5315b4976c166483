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

/** The name of a number.
 *  @param text  filled in; ends with a zero byte
 *  @return 0: no name has it yet */
int ct_name_ids_text(unsigned int number, char text[CT_SNAPSHOT_NAME_SIZE]);

/** End a text that was cut to size - 1 bytes, without what the cut left of a
 *  character of several bytes. */
void ct_name_ids_trim(char *text, apr_size_t size);

#endif
