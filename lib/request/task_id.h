/* SPDX-License-Identifier: Apache-2.0 */
/* task_id: numbers for tasks, and the ids that are made of them: unique among
 * all children and restarts, and not to be guessed by whoever has seen others.
 * Thread: any, after ct_task_id_start().
 * Lifetime: the process. */
#ifndef CT_TASK_ID_H
#define CT_TASK_ID_H

#include "apr.h"

/** Bytes of an id with its zero byte. */
#define CT_TASK_ID_SIZE 33

/** Draw what is this process' own; no id is written before. If the system
 *  gives no random bytes ids are unique on this machine only, and can be
 *  guessed. Thread: child_init. */
void ct_task_id_start(void);

/** The number of a new task, or another one that says nothing: two are the
 *  same no sooner than random ones are. */
apr_uint64_t ct_task_id_next(void);

/** The id of a number: 32 hexadecimal digits. The same number gives the same
 *  id in this process. */
void ct_task_id_write(apr_uint64_t number, char id[CT_TASK_ID_SIZE]);

#endif
