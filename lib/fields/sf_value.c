/* SPDX-License-Identifier: Apache-2.0 */
/* sf_value: a reader that goes over the field once, left to right, and stops
 * at the first thing that the grammar has no place for. A lenient reader could
 * never become strict again; so it is strict from the start, and its messages
 * say what to write instead. */
#include "sf_value.h"

#include "sf_text.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include <stdarg.h>
#include <string.h>

#define INTEGER_DIGITS 15
#define WHOLE_DIGITS 12              /* of a decimal, before the point */
#define FRACTION_DIGITS 3

void ct_sf_start(ct_sf_reader_t *reader, apr_pool_t *pool, const char *field,
                 apr_size_t length)
{
    reader->pool = pool;
    reader->start = reader->at = field;
    reader->end = field + length;
    reader->error = NULL;
    reader->column = 0;
}

int ct_sf_fail(ct_sf_reader_t *reader, const char *at, const char *format, ...)
{
    va_list values;

    if (!reader->error) {
        va_start(values, format);
        reader->error = apr_pvsprintf(reader->pool, format, values);
        va_end(values);
        reader->column = (apr_size_t)(at - reader->start) + 1;
    }
    return 0;
}

const char *ct_sf_found(const ct_sf_reader_t *reader)
{
    if (reader->at == reader->end) {
        return "the field ends here";
    }
    if ((unsigned char)*reader->at < 0x20
        || (unsigned char)*reader->at > 0x7e) {
        return apr_psprintf(reader->pool, "the byte 0x%02x stands here",
                            (unsigned char)*reader->at);
    }
    return apr_psprintf(reader->pool, "\"%c\" stands here", *reader->at);
}

static int next_is(const ct_sf_reader_t *reader, char wanted)
{
    return reader->at < reader->end && *reader->at == wanted;
}

static int is_digit(const ct_sf_reader_t *reader)
{
    return reader->at < reader->end && apr_isdigit(*reader->at);
}

static const char *taken_from(const ct_sf_reader_t *reader, const char *from)
{
    return apr_pstrmemdup(reader->pool, from, (apr_size_t)(reader->at - from));
}

const char *ct_sf_key(ct_sf_reader_t *reader)
{
    const char *from = reader->at;

    if (reader->at == reader->end
        || !(apr_islower(*reader->at) || *reader->at == '*')) {
        ct_sf_fail(reader, reader->at, "a key begins with a lower-case letter,"
                   " but %s", ct_sf_found(reader));
        return NULL;
    }
    while (reader->at < reader->end
           && (apr_islower(*reader->at) || apr_isdigit(*reader->at)
               || (*reader->at && strchr("_-.*", *reader->at)))) {
        ++reader->at;
    }
    if (reader->at < reader->end && apr_isupper(*reader->at)) {
        ct_sf_fail(reader, reader->at, "a key has lower-case letters only, but"
                   " %s", ct_sf_found(reader));
        return NULL;
    }
    return taken_from(reader, from);
}

static int is_in_token(char c)
{
    return apr_isalnum(c) || (c && strchr("!#$%&'*+-.^_`|~:/", c));
}

const char *ct_sf_token(ct_sf_reader_t *reader)
{
    const char *from = reader->at;

    if (reader->at == reader->end
        || !(apr_isalpha(*reader->at) || *reader->at == '*')) {
        ct_sf_fail(reader, reader->at, "a name begins with a letter, but %s",
                   ct_sf_found(reader));
        return NULL;
    }
    while (reader->at < reader->end && is_in_token(*reader->at)) {
        ++reader->at;
    }
    return taken_from(reader, from);
}

static apr_size_t count_digits(ct_sf_reader_t *reader)
{
    const char *from = reader->at;

    while (is_digit(reader)) {
        ++reader->at;
    }
    return (apr_size_t)(reader->at - from);
}

/* The shortest form: what JSON takes for a number, and one text for one
 * value. */
static void set_number(const ct_sf_reader_t *reader, ct_sf_value_t *value,
                       const char *from)
{
    int negative = *from == '-';
    char *text;
    apr_size_t length;

    from += negative;
    while (from + 1 < reader->at && from[0] == '0' && from[1] != '.') {
        ++from;
    }
    length = (apr_size_t)(reader->at - from);
    while (value->kind == CT_SF_DECIMAL && from[length - 1] == '0'
           && from[length - 2] != '.') {
        --length;
    }
    negative = negative && !(length == 1 && from[0] == '0')
               && !(length == 3 && !memcmp(from, "0.0", 3));
    text = apr_palloc(reader->pool, (apr_size_t)negative + length + 1);
    text[0] = '-';
    memcpy(text + negative, from, length);
    value->text = text;
    value->length = (apr_size_t)negative + length;
    text[value->length] = '\0';
}

static int read_number(ct_sf_reader_t *reader, ct_sf_value_t *value)
{
    const char *from = reader->at;
    apr_size_t whole;
    apr_size_t fraction;

    reader->at += *reader->at == '-';
    value->kind = CT_SF_INTEGER;
    whole = count_digits(reader);
    if (whole == 0) {
        return ct_sf_fail(reader, reader->at, "a digit was expected behind "
                          "\"-\", but %s", ct_sf_found(reader));
    }
    if (next_is(reader, '.')) {
        value->kind = CT_SF_DECIMAL;
        ++reader->at;
        fraction = count_digits(reader);
        if (fraction < 1 || fraction > FRACTION_DIGITS
            || whole > WHOLE_DIGITS) {
            return ct_sf_fail(reader, from, "a decimal has at most %d digits, "
                              "a point and one to %d digits; write it as a "
                              "string in quotes", WHOLE_DIGITS,
                              FRACTION_DIGITS);
        }
    }
    else if (whole > INTEGER_DIGITS) {
        return ct_sf_fail(reader, from, "an integer has at most %d digits; "
                          "write it as a string in quotes", INTEGER_DIGITS);
    }
    set_number(reader, value, from);
    return 1;
}

static int read_token(ct_sf_reader_t *reader, ct_sf_value_t *value)
{
    value->kind = CT_SF_TOKEN;
    value->text = ct_sf_token(reader);
    value->length = value->text ? strlen(value->text) : 0;
    return value->text != NULL;
}

static int read_boolean(ct_sf_reader_t *reader, ct_sf_value_t *value)
{
    ++reader->at;
    if (!next_is(reader, '0') && !next_is(reader, '1')) {
        return ct_sf_fail(reader, reader->at, "0 or 1 was expected behind "
                          "\"?\", but %s", ct_sf_found(reader));
    }
    value->kind = CT_SF_BOOLEAN;
    value->text = *reader->at == '1' ? "1" : "0";
    value->length = 1;
    ++reader->at;
    return 1;
}

int ct_sf_value(ct_sf_reader_t *reader, const char *key, ct_sf_value_t *value)
{
    if (reader->at == reader->end) {
        return ct_sf_fail(reader, reader->at, "a value was expected behind "
                          "\"%s=\", but the field ends here", key);
    }
    switch (*reader->at) {
    case '"':
        return ct_sf_string(reader, value);
    case ':':
        return ct_sf_bytes(reader, value);
    case '%':
        return ct_sf_display(reader, value);
    case '?':
        return read_boolean(reader, value);
    case '@':
        return ct_sf_fail(reader, reader->at, "dates are not taken; write "
                          "seconds since 1970 as a number");
    default:
        break;
    }
    if (is_digit(reader) || *reader->at == '-') {
        return read_number(reader, value);
    }
    if (apr_isalpha(*reader->at) || *reader->at == '*') {
        return read_token(reader, value);
    }
    return ct_sf_fail(reader, reader->at, "no value begins like this: %s; "
                      "write %s=\"...\"", ct_sf_found(reader), key);
}
