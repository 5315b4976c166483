/* SPDX-License-Identifier: Apache-2.0 */
/* sf_value: the bare items of Structured Fields (RFC 9651, section 3.3), read
 * one at a time: integer, decimal, string, token, byte sequence, boolean,
 * display string. Strict: what the RFC refuses is refused. Dates are refused,
 * too, until somebody needs them.
 * Thread: any.
 * Lifetime: what was read lies in the reader's pool. */
#ifndef CT_SF_VALUE_H
#define CT_SF_VALUE_H

#include "apr_pools.h"

typedef enum {
    CT_SF_INTEGER,
    CT_SF_DECIMAL,
    CT_SF_STRING,
    CT_SF_TOKEN,
    CT_SF_BYTES,
    CT_SF_BOOLEAN,
    CT_SF_DISPLAY                    /* a string of any characters */
} ct_sf_kind_e;

/** A value. Its text is what it means, decoded: of numbers the shortest form,
 *  of booleans "1" and "0", of byte sequences any bytes. */
typedef struct ct_sf_value_t {
    ct_sf_kind_e kind;
    const char *text;                /* ends with a zero byte, too */
    apr_size_t length;               /* without that; bytes */
} ct_sf_value_t;

/** Where a reader is in its field, and what stopped it. */
typedef struct ct_sf_reader_t {
    apr_pool_t *pool;
    const char *start;               /* of the field, for columns */
    const char *at;
    const char *end;
    const char *error;               /* the first one, or NULL; no full stop */
    apr_size_t column;               /* of the error; the first one is 1 */
} ct_sf_reader_t;

/** Begin with a field of `length` bytes; it is read in place. */
void ct_sf_start(ct_sf_reader_t *reader, apr_pool_t *pool, const char *field,
                 apr_size_t length);

/** Note what is wrong at a place of the field, if nothing was so far.
 *  @param format  as of apr_psprintf()
 *  @return 0, for whoever returns just that */
int ct_sf_fail(ct_sf_reader_t *reader, const char *at, const char *format,
               ...) __attribute__((format(printf, 3, 4)));

/** What stands at the reader's place, for a message: the character in quotes,
 *  its number if it cannot be shown, or that the field ends there. */
const char *ct_sf_found(const ct_sf_reader_t *reader);

/** Read a key: lower-case letter or *, then lower-case letters, digits and
 *  _ - . *. @return it, or NULL: reader->error says why */
const char *ct_sf_key(ct_sf_reader_t *reader);

/** Read a token. @return it, or NULL: reader->error says why */
const char *ct_sf_token(ct_sf_reader_t *reader);

/** Read any value but a date.
 *  @param key    what it belongs to, for the remedy in a message
 *  @return not 0: value is filled in | 0: reader->error says why not */
int ct_sf_value(ct_sf_reader_t *reader, const char *key,
                ct_sf_value_t *value);

#endif
