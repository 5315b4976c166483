/* SPDX-License-Identifier: Apache-2.0 */
/* publish: an AMQP message, and the one block of bytes in which it waits.
 * Thread: any.
 * Lifetime: nothing is copied but by ct_publish_write(). */
#ifndef CT_PUBLISH_H
#define CT_PUBLISH_H

#include "apr.h"

/** What may be said of a message. */
typedef enum {
    CT_PUBLISH_EXCHANGE,             /* "": the default one */
    CT_PUBLISH_KEY,                  /* routing key */
    CT_PUBLISH_ID,                   /* message_id */
    CT_PUBLISH_CORRELATION,          /* correlation_id */
    CT_PUBLISH_NAME,                 /* type */
    CT_PUBLISH_TYPE,                 /* content_type */
    CT_PUBLISH_ENCODING,             /* content_encoding */
    CT_PUBLISH_TIME,                 /* timestamp: seconds since 1970 */
    CT_PUBLISH_TEXTS
} ct_publish_text_e;

#define CT_PUBLISH_HEADERS 8

typedef struct ct_publish_t {
    const char *texts[CT_PUBLISH_TEXTS];  /* "": not said */
    const char *headers[2 * CT_PUBLISH_HEADERS];  /* name, value ... */
    int header_count;                /* pairs */
    const char *body;
    apr_size_t length;               /* bytes */
} ct_publish_t;

/** Nothing is said yet. */
void ct_publish_init(ct_publish_t *publish);

/** Another header, of which there may be CT_PUBLISH_HEADERS. */
void ct_publish_header(ct_publish_t *publish, const char *name,
                       const char *value);

/** How many bytes ct_publish_write() writes. */
apr_size_t ct_publish_size(const ct_publish_t *publish);
void ct_publish_write(const ct_publish_t *publish, char *to);

/** @param publish  points into the bytes, which ct_publish_write() wrote */
void ct_publish_read(ct_publish_t *publish, const char *bytes,
                     apr_size_t size);

#endif
