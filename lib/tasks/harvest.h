/* SPDX-License-Identifier: Apache-2.0 */
/* harvest: the header `Crosstown` of responses is taken out, wherever it came
 * from, and what its place accepts is asked for.
 * Thread: the request's.
 * Lifetime: the request's. */
#ifndef CT_HARVEST_H
#define CT_HARVEST_H

#include "tasks_glue.h"

/** Hang in where responses pass. Thread: start-up. */
void ct_harvest_register(apr_pool_t *p);

#endif
