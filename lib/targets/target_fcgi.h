/* SPDX-License-Identifier: Apache-2.0 */
/* target_fcgi: the targets unix:/socket|fcgi:/path/of/script and
 * fcgi://host:port/path/of/script: a script under PHP-FPM or another FastCGI
 * server, without a second web request.
 * Thread: registered at start-up; runs on the pool's threads.
 * Lifetime: the configuration's. */
#ifndef CT_TARGET_FCGI_H
#define CT_TARGET_FCGI_H

#include "apr_pools.h"

/** Bring the target. Thread: start-up. */
void ct_target_fcgi_register(apr_pool_t *p);

#endif
