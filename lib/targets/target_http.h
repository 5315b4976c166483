/* SPDX-License-Identifier: Apache-2.0 */
/* target_http: the targets http:// and https://: a POST of the payload.
 * Thread: registered at start-up; runs on the pool's threads, each with a
 * handle of libcurl's of its own.
 * Lifetime: handles go with their threads. */
#ifndef CT_TARGET_HTTP_H
#define CT_TARGET_HTTP_H

#include "apr_pools.h"

/** Bring the targets. Thread: start-up, before there are threads. */
void ct_target_http_register(apr_pool_t *p);

#endif
