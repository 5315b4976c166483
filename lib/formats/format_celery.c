/* SPDX-License-Identifier: Apache-2.0 */
/* format_celery: protocol 2. Over Redis a worker that misses one of a dozen of
 * these fields ends, so all of it is written, and always the same. The tag is
 * what a worker acknowledges by, and so a new one each time. AMQP has places
 * of its own for what Celery puts into an envelope there. */
#include "format_writers.h"

#include "apr_base64.h"
#include "apr_strings.h"

#include <string.h>

#define EMBED "{\"callbacks\":null,\"errbacks\":null,\"chain\":null," \
              "\"chord\":null}"
#define TIME_DIGITS 16               /* of 32 */

static const char *body_of(const ct_letter_t *letter)
{
    return apr_pstrcat(letter->pool, "[", letter->arguments, ", ",
                       letter->named, ", " EMBED "]", NULL);
}

static const char *in_base64(const ct_letter_t *letter, const char *body)
{
    int length = (int)strlen(body);
    char *text = apr_palloc(letter->pool,
                            (apr_size_t)apr_base64_encode_len(length));

    apr_base64_encode_binary(text, (const unsigned char *)body, length);
    return text;
}

static const char *headers_of(const ct_letter_t *letter)
{
    return apr_pstrcat(letter->pool, "{\"lang\":\"py\",\"task\":\"",
                       letter->work, "\",\"id\":\"", letter->id,
                       "\",\"root_id\":\"", letter->id,
                       "\",\"parent_id\":null,\"eta\":null,\"expires\":null,"
                       "\"retries\":0,\"timelimit\":[null,null],"
                       "\"argsrepr\":\"\",\"kwargsrepr\":\"{}\","
                       "\"origin\":\"crosstown\",\"ignore_result\":false}",
                       NULL);
}

/* Another one each time it is written: the time, and what differs between the
 * ids of a process. */
static const char *tag_of(const ct_letter_t *letter)
{
    static const char digits[] = "0123456789abcdef";
    char *tag = apr_pstrdup(letter->pool, letter->envelope->id);
    apr_time_t now = letter->envelope->now;
    int i;

    for (i = TIME_DIGITS - 1; i >= 0; --i) {
        tag[i] = digits[now & 15];
        now >>= 4;
    }
    return tag;
}

static const char *properties_of(const ct_letter_t *letter)
{
    return apr_pstrcat(letter->pool, "{\"correlation_id\":\"", letter->id,
                       "\",\"reply_to\":\"\",\"delivery_mode\":2,"
                       "\"delivery_info\":{\"exchange\":\"\","
                       "\"routing_key\":\"", letter->route->queue,
                       "\"},\"priority\":0,\"body_encoding\":\"base64\","
                       "\"delivery_tag\":\"",
                       ct_letter_uuid(letter->pool, tag_of(letter)),
                       "\"}", NULL);
}

void ct_write_celery(const ct_letter_t *letter, ct_commands_t *commands)
{
    ct_commands_add(commands, "LPUSH",
                    ct_letter_key(letter, letter->route->queue, NULL),
                    apr_pstrcat(letter->pool, "{\"body\":\"",
                                in_base64(letter, body_of(letter)),
                                "\",\"content-encoding\":\"utf-8\","
                                "\"content-type\":\"application/json\","
                                "\"headers\":", headers_of(letter),
                                ",\"properties\":", properties_of(letter), "}",
                                NULL), NULL);
}

void ct_publish_celery(const ct_letter_t *letter, ct_publish_t *publish)
{
    publish->texts[CT_PUBLISH_ID] = letter->id;
    publish->texts[CT_PUBLISH_CORRELATION] = letter->id;
    publish->texts[CT_PUBLISH_TYPE] = "application/json";
    publish->texts[CT_PUBLISH_ENCODING] = "utf-8";
    ct_publish_header(publish, "lang", "py");
    ct_publish_header(publish, "task", letter->route->work);
    ct_publish_header(publish, "id", letter->id);
    ct_publish_header(publish, "root_id", letter->id);
    ct_publish_header(publish, "argsrepr", "");
    ct_publish_header(publish, "kwargsrepr", "{}");
    ct_publish_header(publish, "origin", "crosstown");
    publish->body = body_of(letter);
    publish->length = strlen(publish->body);
}
