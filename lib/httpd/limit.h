/* SPDX-License-Identifier: Apache-2.0 */
/* limit: CrosstownLimit, what tasks of one name may take.
 * Thread: the one that reads the configuration.
 * Lifetime: the pool of the configuration. */
#ifndef CT_LIMIT_H
#define CT_LIMIT_H

#include "glue.h"

/** The directive: name, then concurrency=NUMBER, queue=NUMBER or both;
 *  scope=child|server says where concurrency is counted. */
const char *ct_limit_set(cmd_parms *cmd, void *dir, const char *args);

#endif
