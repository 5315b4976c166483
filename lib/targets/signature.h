/* SPDX-License-Identifier: Apache-2.0 */
/* signature: webhook signatures as Standard Webhooks 1.0.0 has them:
 * base64 of the HMAC-SHA256 of "id.timestamp.body", a version before it.
 * Thread: read at start-up; made by any.
 * Lifetime: the pools that are handed in. */
#ifndef CT_SIGNATURE_H
#define CT_SIGNATURE_H

#include "apr_pools.h"
#include "apr_tables.h"

/** A secret's bytes. */
typedef struct ct_secret_t {
    const unsigned char *bytes;
    apr_size_t length;
} ct_secret_t;

/**
 * Read `secret=`: whsec_ and base64 of 24 to 64 bytes, or file: and the full
 * path of a file with one or more of them, a line each. Two secrets mean two
 * signatures, for the time in which a key is changed.
 * @param secrets  set to ct_secret_t
 * @return NULL, or what is wrong; no secret is in it
 */
const char *ct_signature_read(apr_pool_t *p, const char *value,
                              const apr_array_header_t **secrets);

/** The value of `webhook-signature`. */
const char *ct_signature_make(apr_pool_t *p, const apr_array_header_t *secrets,
                              const char *id, const char *stamp,
                              const void *body, apr_size_t length);

#endif
