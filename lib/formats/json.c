/* SPDX-License-Identifier: Apache-2.0 */
/* json: RFC 8259 to the letter, since what one worker's parser lets pass ends
 * another one: no NaN, no comments, no trailing commas, nothing but UTF-8, and
 * no half of a surrogate pair, which Python takes and then cannot write. The
 * text is only looked at: it is handed on byte by byte, so that no number
 * loses a digit here. */
#include "json.h"

#include "utf8.h"

#include "apr_lib.h"

#include <string.h>

#define VALUE "a value: {}, [], a text in double quotes, a number, true, " \
              "false or null"

typedef struct {
    const char *at;
    const char *end;
    const char *wrong;               /* what was expected; NULL: so far none */
    int depth;
} reader_t;

static int fail(reader_t *reader, const char *expected)
{
    if (!reader->wrong) {
        reader->wrong = expected;
    }
    return 0;
}

/* The character that is next; 0 stands for the end, too, which is as wrong in
 * every place where it is asked for. */
static char next(const reader_t *reader)
{
    return (char)(reader->at < reader->end ? *reader->at : '\0');
}

static int is_next(reader_t *reader, char c)
{
    if (reader->at < reader->end && *reader->at == c) {
        ++reader->at;
        return 1;
    }
    return 0;
}

static void skip_blanks(reader_t *reader)
{
    while (reader->at < reader->end && *reader->at
           && strchr(" \t\r\n", *reader->at)) {
        ++reader->at;
    }
}

static int read_word(reader_t *reader, const char *word)
{
    apr_size_t length = strlen(word);

    if ((apr_size_t)(reader->end - reader->at) < length
        || memcmp(reader->at, word, length) != 0) {
        return fail(reader, VALUE);
    }
    reader->at += length;
    return 1;
}

static int read_digits(reader_t *reader)
{
    if (!apr_isdigit(next(reader))) {
        return fail(reader, "a digit");
    }
    while (apr_isdigit(next(reader))) {
        ++reader->at;
    }
    return 1;
}

static int read_number(reader_t *reader)
{
    (void)is_next(reader, '-');
    if (!is_next(reader, '0') && !read_digits(reader)) {
        return 0;
    }
    if (is_next(reader, '.') && !read_digits(reader)) {
        return 0;
    }
    if (is_next(reader, 'e') || is_next(reader, 'E')) {
        if (!is_next(reader, '+')) {
            (void)is_next(reader, '-');
        }
        return read_digits(reader);
    }
    return 1;
}

/* Four digits. @return their number, or -1 */
static int read_code(reader_t *reader)
{
    static const char digits[] = "0123456789abcdef";
    int code = 0;
    int i;

    for (i = 0; i < 4; ++i) {
        char c = (char)apr_tolower(next(reader));
        const char *digit = c ? strchr(digits, c) : NULL;

        if (!digit) {
            fail(reader, "four hexadecimal digits");
            return -1;
        }
        code = code * 16 + (int)(digit - digits);
        ++reader->at;
    }
    return code;
}

static int read_unicode(reader_t *reader)
{
    int code = read_code(reader);

    if (code < 0xd800 || code > 0xdfff) {
        return code >= 0;
    }
    if (code > 0xdbff || !is_next(reader, '\\') || !is_next(reader, 'u')) {
        return fail(reader, "both halves of a surrogate pair");
    }
    code = read_code(reader);
    return code < 0 ? 0 : code >= 0xdc00 && code <= 0xdfff
           ? 1 : fail(reader, "both halves of a surrogate pair");
}

static int read_escape(reader_t *reader)
{
    char c = next(reader);

    if (!c || !strchr("\"\\/bfnrtu", c)) {
        return fail(reader, "one of \"\\/bfnrtu behind a backslash");
    }
    ++reader->at;
    return c != 'u' || read_unicode(reader);
}

static int read_text(reader_t *reader)
{
    if (!is_next(reader, '"')) {
        return fail(reader, "a text in double quotes");
    }
    while (reader->at < reader->end && *reader->at != '"') {
        if ((unsigned char)*reader->at < 0x20) {
            return fail(reader, "an escape instead of a control character");
        }
        if (is_next(reader, '\\')) {
            if (!read_escape(reader)) {
                return 0;
            }
        }
        else {
            ++reader->at;
        }
    }
    return is_next(reader, '"') || fail(reader, "a double quote");
}

static int read_value(reader_t *reader);

static int read_member(reader_t *reader)
{
    skip_blanks(reader);
    if (!read_text(reader)) {
        return 0;
    }
    skip_blanks(reader);
    return is_next(reader, ':') ? read_value(reader) : fail(reader, "a colon");
}

/* Behind its opening bracket. */
static int read_members(reader_t *reader, char close,
                        int (*read)(reader_t *reader))
{
    if (++reader->depth > CT_JSON_DEPTH) {
        return fail(reader, "not more than 64 values within each other");
    }
    skip_blanks(reader);
    if (!is_next(reader, close)) {
        do {
            if (!read(reader)) {
                return 0;
            }
            skip_blanks(reader);
        } while (is_next(reader, ','));
        if (!is_next(reader, close)) {
            return fail(reader, close == '}' ? "a comma or }"
                                             : "a comma or ]");
        }
    }
    --reader->depth;
    return 1;
}

static int read_value(reader_t *reader)
{
    skip_blanks(reader);
    switch (next(reader)) {
    case '{':
        ++reader->at;
        return read_members(reader, '}', read_member);
    case '[':
        ++reader->at;
        return read_members(reader, ']', read_value);
    case '"':
        return read_text(reader);
    case 't':
        return read_word(reader, "true");
    case 'f':
        return read_word(reader, "false");
    case 'n':
        return read_word(reader, "null");
    case '-':
        return read_number(reader);
    default:
        return apr_isdigit(next(reader)) ? read_number(reader)
                                         : fail(reader, VALUE);
    }
}

const char *ct_json_read(ct_json_t *json, const char *text, apr_size_t length,
                         apr_size_t *column)
{
    reader_t reader = { text, text + length, NULL, 0 };

    *column = 1;
    if (!ct_is_utf8(text, length)) {
        return "UTF-8";
    }
    skip_blanks(&reader);
    json->text = reader.at;
    json->kind = next(&reader) == '[' ? CT_JSON_ARRAY
                 : next(&reader) == '{' ? CT_JSON_OBJECT : CT_JSON_OTHER;
    if (read_value(&reader)) {
        json->length = (apr_size_t)(reader.at - json->text);
        skip_blanks(&reader);
        if (reader.at < reader.end) {
            fail(&reader, "nothing behind the value");
        }
    }
    *column = (apr_size_t)(reader.at - text) + 1;
    return reader.wrong;
}
