/* SPDX-License-Identifier: Apache-2.0 */
/* once: the scripts that make a job arrive once, however often it is sent: a
 * marker of its id stands beside what it writes.
 * Thread: any.
 * Lifetime: the pools that are handed in. */
#ifndef CT_ONCE_H
#define CT_ONCE_H

#include "commands.h"

/** All scripts, which a server has to have loaded; the last one is NULL. */
extern const char *const ct_once_scripts[];

/** The name by which a loaded script is called.
 *  @param is_bullmq  BullMQ's, else the one that runs any commands */
const char *ct_once_sha(apr_pool_t *p, int is_bullmq);

/** Begin the call of a script: the words up to where its own begin.
 *  @param id       of the task
 *  @param seconds  for which its marker lives; 0: there is none */
void ct_once_call(ct_commands_t *commands, const char *sha, const char *id,
                  int seconds);

/** These commands, so that they are done together and once.
 *  @param commands  filled in
 *  @param seconds   0: together only */
void ct_once_wrap(ct_commands_t *commands, const ct_commands_t *inner,
                  const char *sha, const char *id, int seconds);

#endif
