/* SPDX-License-Identifier: Apache-2.0 */
/* publish: texts with their zero bytes, then names and values of headers, an
 * empty name, and the body up to the end. What it looks like on the wire is
 * the library's business, which wants a structure of its own when it is
 * sent. */
#include "publish.h"

#include <string.h>

void ct_publish_init(ct_publish_t *publish)
{
    int i;

    for (i = 0; i < CT_PUBLISH_TEXTS; ++i) {
        publish->texts[i] = "";
    }
    publish->header_count = 0;
    publish->body = "";
    publish->length = 0;
}

void ct_publish_header(ct_publish_t *publish, const char *name,
                       const char *value)
{
    publish->headers[2 * publish->header_count] = name;
    publish->headers[2 * publish->header_count + 1] = value;
    ++publish->header_count;
}

apr_size_t ct_publish_size(const ct_publish_t *publish)
{
    apr_size_t size = 1 + publish->length;
    int i;

    for (i = 0; i < CT_PUBLISH_TEXTS; ++i) {
        size += strlen(publish->texts[i]) + 1;
    }
    for (i = 0; i < 2 * publish->header_count; ++i) {
        size += strlen(publish->headers[i]) + 1;
    }
    return size;
}

static char *write_text(char *to, const char *text)
{
    apr_size_t length = strlen(text) + 1;

    memcpy(to, text, length);
    return to + length;
}

void ct_publish_write(const ct_publish_t *publish, char *to)
{
    int i;

    for (i = 0; i < CT_PUBLISH_TEXTS; ++i) {
        to = write_text(to, publish->texts[i]);
    }
    for (i = 0; i < 2 * publish->header_count; ++i) {
        to = write_text(to, publish->headers[i]);
    }
    *to++ = '\0';
    memcpy(to, publish->body, publish->length);
}

static const char *read_text(const char **at)
{
    const char *text = *at;

    *at += strlen(text) + 1;
    return text;
}

void ct_publish_read(ct_publish_t *publish, const char *bytes,
                     apr_size_t size)
{
    const char *at = bytes;
    const char *name;
    int i;

    ct_publish_init(publish);
    for (i = 0; i < CT_PUBLISH_TEXTS; ++i) {
        publish->texts[i] = read_text(&at);
    }
    while (*(name = read_text(&at))) {
        ct_publish_header(publish, name, read_text(&at));
    }
    publish->body = at;
    publish->length = size - (apr_size_t)(at - bytes);
}
