/* SPDX-License-Identifier: Apache-2.0 */
/* provide: the target `module`: C functions that modules provide by name.
 * Thread: filled at start-up, then read only.
 * Lifetime: the configuration. */
#ifndef CT_PROVIDE_H
#define CT_PROVIDE_H

#include "crosstown_tasks.h"

/** Bring the target and export crosstown_provide(). Thread: start-up. */
void ct_provide_register(apr_pool_t *p);

#endif
