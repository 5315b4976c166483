/* SPDX-License-Identifier: Apache-2.0 */
/* task_keys: the key=value words of a CrosstownTask.
 * Thread: the one that reads the configuration.
 * Lifetime: the pool of the configuration. */
#ifndef CT_TASK_KEYS_H
#define CT_TASK_KEYS_H

#include "named_task.h"

/** May a directive of this module stand there, and has httpd handed over all
 *  of its words? It drops what comes behind the 64th without a word, and in
 *  <Limit> a directive would hold for every method.
 *  @return NULL, or a message */
const char *ct_task_keys_check(cmd_parms *cmd, int count);

/** Read the words behind the target: what all targets have goes into task,
 *  the rest into task->setup.keys. task->kind is known.
 *  @return NULL, or a message that names the task */
const char *ct_task_keys_read(cmd_parms *cmd, ct_named_task_t *task, int count,
                              char *const words[]);

#endif
