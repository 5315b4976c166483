/* SPDX-License-Identifier: Apache-2.0 */
/* target_program: the target "|/full/path arguments": a program with the
 * payload on its stdin.
 * Thread: registered at start-up; runs on the pool's threads.
 * Lifetime: the configuration's. */
#ifndef CT_TARGET_PROGRAM_H
#define CT_TARGET_PROGRAM_H

#include "apr_pools.h"

/** Bring the target. Thread: start-up. */
void ct_target_program_register(apr_pool_t *p);

#endif
