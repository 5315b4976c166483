/* SPDX-License-Identifier: Apache-2.0 */
/* task_keys: the key=value words of a CrosstownTask.
 * Thread: the one that reads the configuration.
 * Lifetime: the pool of the configuration. */
#ifndef CT_TASK_KEYS_H
#define CT_TASK_KEYS_H

#include "named_task.h"

/** Read the words behind the target: what all targets have goes into task,
 *  the rest into task->setup.keys. task->kind is known.
 *  @return NULL, or a message that names the task */
const char *ct_task_keys_read(cmd_parms *cmd, ct_named_task_t *task, int count,
                              char *const words[]);

#endif
