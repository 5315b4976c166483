/* SPDX-License-Identifier: Apache-2.0 */
/* once: the scripts that make jobs arrive once, however often they are sent: a
 * marker of its id stands beside what each writes.
 * Thread: any.
 * Lifetime: the pools that are handed in. */
#ifndef CT_ONCE_H
#define CT_ONCE_H

#include "commands.h"

typedef enum {
    CT_ONCE_NONE,
    CT_ONCE_COMMANDS,                /* runs any commands */
    CT_ONCE_BULLMQ,                  /* BullMQ's jobs */
    CT_ONCE_SCRIPTS                  /* so many, and none */
} ct_once_e;

/** Each by its number; none is NULL. A server has to have loaded them. They
 *  take no keys, and as arguments the words of as many jobs as there are. They
 *  answer 1 if all are there, else an array with 1 or the error of each. */
extern const char *const ct_once_scripts[CT_ONCE_SCRIPTS];

/** Have a script take these commands.
 *  @param id       of the task
 *  @param seconds  for which its marker lives; 0, for BullMQ: there is none */
void ct_once_take(ct_commands_t *commands, ct_once_e script, const char *id,
                  int seconds);

#endif
