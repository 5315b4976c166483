/* SPDX-License-Identifier: Apache-2.0 */
/* payload: the fields of an asked task as one body, as a form or as JSON.
 * Thread: any.
 * Lifetime: what is made lies in the caller's pool. */
#ifndef CT_PAYLOAD_H
#define CT_PAYLOAD_H

#include "sf_list.h"

typedef enum {
    CT_PAYLOAD_FORM,
    CT_PAYLOAD_JSON
} ct_payload_format_e;

/** The media type of a format. */
const char *ct_payload_type(ct_payload_format_e format);

/**
 * Write fields as a body.
 *
 *   form  key=value&key=value, percent-encoded, numbers and texts as they are,
 *         true and false as 1 and 0, bytes as they are
 *   JSON  one object: numbers, true and false as such, bytes as base64 text
 *
 * @param fields  ct_sf_parameter_t
 * @param length  set to the body's bytes; a zero byte follows them
 */
const char *ct_payload_write(apr_pool_t *pool, ct_payload_format_e format,
                             const apr_array_header_t *fields,
                             apr_size_t *length);

#endif
