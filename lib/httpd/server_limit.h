/* SPDX-License-Identifier: Apache-2.0 */
/* server_limit: CrosstownLimit scope=server, the memory in which all children
 * count together what runs of a name.
 * Thread: the parent's, unless a function says otherwise.
 * Lifetime: the memory is made by the first configuration that needs it, and
 * kept through restarts: children of the configuration before count there
 * until they are gone. */
#ifndef CT_SERVER_LIMIT_H
#define CT_SERVER_LIMIT_H

#include "glue.h"
#include "name_limit.h"

/** So many names can be counted over all children; as many again may be left
 *  from configurations before. */
#define CT_SERVER_LIMIT_NAMES (CT_PLACES_KINDS / 2)

/** Register the hooks. Thread: start-up. */
void ct_server_limit_register(void);

/** From here on places are this child's. Thread: child_init. */
void ct_server_limit_start(const ct_name_limits_t *limits);

#endif
