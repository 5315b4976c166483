/* SPDX-License-Identifier: Apache-2.0 */
/* self_token: how this server knows requests that its own tasks make:
 * `Require crosstown`.
 * Thread: made at start-up; read by any.
 * Lifetime: the parent process: draining children of before a restart and new
 * ones have the same. */
#ifndef CT_SELF_TOKEN_H
#define CT_SELF_TOKEN_H

#include "apr_pools.h"

#define CT_SELF_TOKEN_HEADER "Crosstown-Token"

/** The token, 32 hexadecimal digits. Never logged. */
const char *ct_self_token(void);

/** Bring the authorization provider. Thread: start-up. */
void ct_self_token_register(apr_pool_t *p);

#endif
