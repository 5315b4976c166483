/* SPDX-License-Identifier: Apache-2.0 */
/* names: a small number for each name of a task, the same in all children for
 * as long as the server is up. What does not fit any more has the last one.
 *
 * A name keeps its number from the first time it is asked for, and one that
 * got the last number keeps that: what is counted at the record of a task and
 * at its end is counted under the same name.
 *
 * Thread: any.
 * Lifetime: the table is in the shared memory, see slots.h. */
#ifndef CT_NAMES_H
#define CT_NAMES_H

#include "slots.h"

/** The number of what belongs to no name of its own. */
#define CT_NAMES_OTHER CT_BOARD_NAMES

/** The number of a name, 0 to CT_NAMES_OTHER. A new name gets one. */
unsigned int ct_names_find(const char *name);

/** The name of a number.
 *  @param text  filled in; ends with a zero byte
 *  @return 0: no name has it yet */
int ct_names_text(unsigned int number, char text[CT_BOARD_NAME_SIZE]);

/** End a text that was cut to size - 1 bytes, without what the cut left of a
 *  character of several bytes. */
void ct_names_trim(char *text, apr_size_t size);

#endif
