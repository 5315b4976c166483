/* SPDX-License-Identifier: Apache-2.0 */
/* json: is a text JSON that every worker can read, and what kind of value is
 * it?
 * Thread: any.
 * Lifetime: what is read points into the text. */
#ifndef CT_JSON_H
#define CT_JSON_H

#include "apr.h"

/** Values within values; Ruby reads 100, envelopes add up to five. */
#define CT_JSON_DEPTH 64

typedef enum {
    CT_JSON_ARRAY,
    CT_JSON_OBJECT,
    CT_JSON_OTHER
} ct_json_kind_e;

typedef struct ct_json_t {
    ct_json_kind_e kind;
    const char *text;                /* without blanks around it */
    apr_size_t length;               /* bytes */
} ct_json_t;

/**
 * Read a text.
 * @param json    filled in, if it is JSON
 * @param column  set to the byte that is wrong, from 1
 * @return NULL, or what was expected there
 */
const char *ct_json_read(ct_json_t *json, const char *text, apr_size_t length,
                         apr_size_t *column);

#endif
