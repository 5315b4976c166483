/* SPDX-License-Identifier: Apache-2.0 */
/* keep_dead: what an administrator may order about dead tasks: that all of a
 * name are tried again, or deleted.
 * Thread: start-up; the hook's the request's.
 * Lifetime: no state. */
#ifndef CT_KEEP_DEAD_H
#define CT_KEEP_DEAD_H

#include "keep_glue.h"

#include "crosstown_numbers.h"

/** Of a name that has dead tasks. */
extern const crosstown_button_t ct_keep_dead_buttons[];

/** Hang in. Thread: start-up. */
void ct_keep_dead_register(void);

#endif
