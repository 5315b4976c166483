/* SPDX-License-Identifier: Apache-2.0 */
/* keep: the provider `disk` of keep=, for mod_crosstown_tasks.
 * Thread: as crosstown_keep.h says.
 * Lifetime: the configuration. */
#ifndef CT_KEEP_H
#define CT_KEEP_H

#include "keep_glue.h"

/** Hang in. Thread: start-up. */
void ct_keep_register(apr_pool_t *p);

#endif
