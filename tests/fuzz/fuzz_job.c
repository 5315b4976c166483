/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_job: any bytes as the payload of a job. The references: what is JSON is
 * found out a second time, by putting one sign in the place of each value from
 * the innermost outwards until one is left; and what is written must be
 * commands, word by word, whose envelopes are JSON themselves: a worker ends
 * where they are not. */
#include "fuzz.h"

#include "format.h"
#include "json.h"
#include "utf8.h"

#include "apr_base64.h"
#include "apr_general.h"
#include "apr_strings.h"

#include <ctype.h>
#include <regex.h>

#define ID "0123456789abcdef0123456789abcdef"

/* ---- is it JSON? ---- */

/* Texts become s, all other values v. */
#define PAIR "\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}"
#define UNIT "\\\\u([0-9a-ce-fA-CE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})"
#define TEXT "^\"([^\"\\\\]|\\\\[\"\\\\/bfnrt]|" UNIT "|" PAIR ")*\""
#define NUMBER "^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?"
#define WORD "^(true|false|null)"
#define LIST "\\[([sv](,[sv])*)?\\]"
#define MAP "\\{(s:[sv](,s:[sv])*)?\\}"

static regex_t patterns[5];

static void prepare(void)
{
    static const char *const texts[] = { TEXT, NUMBER, WORD, LIST, MAP };
    int i;

    for (i = 0; i < 5; ++i) {
        require(!regcomp(&patterns[i], texts[i], REG_EXTENDED), "%s",
                texts[i]);
    }
}

/* Signs in the place of scalars. @return 0: something is none */
static int scan(const char *text, char *signs)
{
    regmatch_t found;

    while (*text) {
        if (isspace((unsigned char)*text) && *text != '\v' && *text != '\f') {
            ++text;
        }
        else if (strchr("[]{},:", *text)) {
            *signs++ = *text++;
        }
        else {
            int i;

            for (i = 0; i < 3 && regexec(&patterns[i], text, 1, &found, 0);
                 ++i) {
            }
            if (i == 3) {
                return 0;
            }
            *signs++ = (char)(i == 0 ? 's' : 'v');
            text += found.rm_eo;
            if (i > 0 && (isalnum((unsigned char)*text) || *text == '-'
                          || *text == '.' || *text == '"')) {
                return 0;
            }
        }
    }
    *signs = '\0';
    return 1;
}

static void reduce(char *signs)
{
    regmatch_t found;
    int i;

    for (i = 3; i < 5; ++i) {
        while (!regexec(&patterns[i], signs, 1, &found, 0)) {
            signs[found.rm_so] = 'v';
            memmove(signs + found.rm_so + 1, signs + found.rm_eo,
                    strlen(signs + found.rm_eo) + 1);
            i = 3;
        }
    }
}

static int has_control(const char *text)
{
    int inside = 0;

    for (; *text; ++text) {
        if (inside && (unsigned char)*text < 0x20) {
            return 1;
        }
        if (inside && *text == '\\' && text[1]) {
            ++text;
        }
        else if (*text == '"') {
            inside = !inside;
        }
    }
    return 0;
}

static int is_json(apr_pool_t *pool, const char *text)
{
    char *signs = apr_palloc(pool, strlen(text) + 1);

    if (!ct_is_utf8(text, strlen(text)) || has_control(text)
        || !scan(text, signs)) {
        return 0;
    }
    reduce(signs);
    return !strcmp(signs, "s") || !strcmp(signs, "v");
}

static int depth_of(const char *text)
{
    int inside = 0, depth = 0, most = 0;

    for (; *text; ++text) {
        if (inside && *text == '\\' && text[1]) {
            ++text;
        }
        else if (*text == '"') {
            inside = !inside;
        }
        else if (!inside && strchr("[{", *text)) {
            most = ++depth > most ? depth : most;
        }
        else if (!inside && strchr("]}", *text)) {
            --depth;
        }
    }
    return most;
}

/* ---- is it commands? ---- */

static long number(const char **at, char kind)
{
    char *end;
    long value;

    require(**at == kind && isdigit((unsigned char)(*at)[1]), "no %c", kind);
    value = strtol(*at + 1, &end, 10);
    require(!memcmp(end, "\r\n", 2), "no end of line");
    *at = end + 2;
    return value;
}

static void check_envelope(apr_pool_t *pool, const char *word)
{
    const char *body = strstr(word, "{\"body\":\"");
    char *decoded;

    require(is_json(pool, word), "envelope %s", word);
    if (body == word) {
        decoded = apr_pcalloc(pool, strlen(word) + 4);
        apr_base64_decode(decoded, apr_pstrmemdup(pool, word + 9,
            (apr_size_t)(strchr(word + 9, '"') - word - 9)));
        require(is_json(pool, decoded), "body %s", decoded);
    }
}

static void check_commands(apr_pool_t *pool, const ct_commands_t *commands,
                           int is_stream)
{
    apr_size_t size = ct_commands_size(commands);
    char *bytes = apr_pcalloc(pool, size + 3);
    const char *at = bytes;

    ct_commands_write(commands, bytes);
    while (at < bytes + size) {
        long words = number(&at, '*');

        require(words > 0, "a command without words");
        for (; words > 0; --words) {
            long length = number(&at, '$');
            const char *word = apr_pstrmemdup(pool, at, (apr_size_t)length);

            require(at + length + 2 <= bytes + size, "beyond the end");
            require(!memcmp(at + length, "\r\n", 2), "no end of a word");
            if (!is_stream && (*word == '{' || *word == '[')) {
                check_envelope(pool, word);
            }
            at += length + 2;
        }
    }
    require(at == bytes + size, "more than one command");
}

static void write_all(apr_pool_t *pool, const char *payload, apr_size_t length,
                      int fits)
{
    static const char *const names[] = {
        "stream", "sidekiq", "activejob", "celery", "rq", "bullmq", "laravel"
    };
    const ct_envelope_t envelope = { ID, 1, 2, payload, length, NULL };
    int i;

    for (i = 0; i < 14; ++i) {
        ct_route_t route = { .carrier = CT_BY_REDIS,
                             .format = ct_format_find(names[i % 7]),
                             .work = "A\\b:c.d", .queue = "queue",
                             .prefix = "p_", .once = i < 7 ? 60 : 0 };
        int is_stream = i % 7 == 0;
        ct_commands_t commands;

        require(!ct_route_complete(&route, "mail", pool), "%s", names[i % 7]);
        if (!ct_format_write(&route, &envelope, &commands, pool)) {
            require(fits || is_stream, "%s takes it", names[i % 7]);
            check_commands(pool, &commands, is_stream);
        }
        else {
            require(!fits && !is_stream, "%s refuses it", names[i % 7]);
        }
    }
}

/* A message comes out of the bytes in which it waits as it was. */
static void check_message(apr_pool_t *pool, const ct_publish_t *publish,
                          int is_envelope)
{
    apr_size_t size = ct_publish_size(publish);
    char *bytes = apr_pcalloc(pool, size);
    ct_publish_t read;
    int i;

    ct_publish_write(publish, bytes);
    ct_publish_read(&read, bytes, size);
    for (i = 0; i < CT_PUBLISH_TEXTS; ++i) {
        require(!strcmp(publish->texts[i], read.texts[i]), "text %d", i);
    }
    require(read.header_count == publish->header_count, "headers");
    for (i = 0; i < 2 * read.header_count; ++i) {
        require(!strcmp(publish->headers[i], read.headers[i]), "header %d", i);
    }
    require(read.length == publish->length
            && !memcmp(read.body, publish->body, read.length), "body");
    if (is_envelope) {
        check_envelope(pool, apr_pstrmemdup(pool, read.body, read.length));
    }
}

static void publish_all(apr_pool_t *pool, const char *payload,
                        apr_size_t length, int fits)
{
    static const char *const names[] = { "message", "celery" };
    const ct_envelope_t envelope = { ID, 1, 2, payload, length, NULL };
    int i;

    for (i = 0; i < 2; ++i) {
        ct_route_t route = { .carrier = CT_BY_AMQP,
                             .format = ct_format_find(names[i]),
                             .work = "a.b", .queue = "queue", .exchange = "" };
        ct_publish_t publish;

        require(!ct_route_complete(&route, "mail", pool), "%s", names[i]);
        if (!ct_format_publish(&route, &envelope, &publish, pool)) {
            require(fits || i == 0, "%s takes it", names[i]);
            check_message(pool, &publish, i == 1);
        }
        else {
            require(!fits && i == 1, "%s refuses it", names[i]);
        }
    }
}

/* As apr_pstrmemdup(), whose declaration keeps the last byte, the zero one,
 * from the compiler: UBSan takes whoever reads it for one who reads too
 * far. */
static const char *text_of(apr_pool_t *pool, const uint8_t *input, size_t size)
{
    char *text = apr_pcalloc(pool, size + 1);

    if (size > 0) {
        memcpy(text, input, size);
    }
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static apr_pool_t *pool;
    const char *text;
    ct_json_t json;
    apr_size_t column;
    int taken;
    int expected;

    if (!pool) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
        prepare();
    }
    apr_pool_clear(pool);
    text = text_of(pool, input, size);
    taken = !ct_json_read(&json, text, size, &column);
    require(taken || (column >= 1 && column <= size + 1), "column %lu",
            (unsigned long)column);
    expected = strlen(text) == size && is_json(pool, text)
               && depth_of(text) <= CT_JSON_DEPTH;
    require(taken == expected, "%s: taken %d", text, taken);
    write_all(pool, text, size, taken || size == 0);
    publish_all(pool, text, size, taken || size == 0);
    return 0;
}
