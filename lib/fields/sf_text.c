/* SPDX-License-Identifier: Apache-2.0 */
/* sf_text: text is decoded into a buffer as long as what is left of the field:
 * no form of it grows when it is decoded. Base64 is read here and not by
 * apr_base64, which skips what it does not know. */
#include "sf_text.h"

#include "utf8.h"

#include <string.h>

static char *room_for_rest(const ct_sf_reader_t *reader)
{
    return apr_palloc(reader->pool,
                      (apr_size_t)(reader->end - reader->at) + 1);
}

static int set_text(ct_sf_value_t *value, ct_sf_kind_e kind, char *text,
                    apr_size_t length)
{
    text[length] = '\0';
    value->kind = kind;
    value->text = text;
    value->length = length;
    return 1;
}

static int is_printable(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c <= 0x7e;
}

int ct_sf_string(ct_sf_reader_t *reader, ct_sf_value_t *value)
{
    const char *from = reader->at++;
    char *text = room_for_rest(reader);
    apr_size_t length = 0;

    for (; reader->at < reader->end; ++reader->at) {
        if (*reader->at == '"') {
            ++reader->at;
            return set_text(value, CT_SF_STRING, text, length);
        }
        if (!is_printable(*reader->at)) {
            return ct_sf_fail(reader, reader->at, "a string has printable "
                              "ASCII only, but %s; write other text as "
                              ":base64:", ct_sf_found(reader));
        }
        if (*reader->at == '\\') {
            ++reader->at;
            if (reader->at == reader->end
                || (*reader->at != '"' && *reader->at != '\\')) {
                return ct_sf_fail(reader, reader->at, "only \\\" and \\\\ may "
                                  "be written behind a backslash, but %s",
                                  ct_sf_found(reader));
            }
        }
        text[length++] = *reader->at;
    }
    return ct_sf_fail(reader, from, "the string that begins here has no "
                      "closing quote");
}

/* The six bits of a base64 character, or -1. */
static int sextet(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(letters, c) : NULL;

    return at ? (int)(at - letters) : -1;
}

/* RFC 9651 asks readers to take what lacks its padding or has other bits than
 * zeros behind the last byte; a single character left over says nothing. */
static apr_size_t decode(const char *from, apr_size_t characters, char *bytes)
{
    unsigned int bits = 0;
    unsigned int held = 0;
    apr_size_t length = 0;
    apr_size_t i;

    for (i = 0; i < characters; ++i) {
        bits = (bits << 6 | (unsigned int)sextet(from[i])) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[length++] = (char)(bits >> held & 0xff);
        }
    }
    return length;
}

int ct_sf_bytes(ct_sf_reader_t *reader, ct_sf_value_t *value)
{
    const char *from = reader->at++;
    char *bytes = room_for_rest(reader);
    const char *first = reader->at;
    apr_size_t characters;
    apr_size_t padding = 0;

    while (reader->at < reader->end && sextet(*reader->at) >= 0) {
        ++reader->at;
    }
    characters = (apr_size_t)(reader->at - first);
    for (; reader->at < reader->end && *reader->at == '='; ++reader->at) {
        ++padding;
    }
    if (reader->at == reader->end) {
        return ct_sf_fail(reader, from, "the bytes that begin here have no "
                          "closing \":\"");
    }
    if (*reader->at != ':') {
        return ct_sf_fail(reader, reader->at, "between two \":\" stands "
                          "base64, but %s", ct_sf_found(reader));
    }
    if (characters % 4 == 1
        || (padding > 0 && (characters + padding) % 4 != 0)
        || padding > 2) {
        return ct_sf_fail(reader, from, "what stands between the two \":\" is "
                          "no base64");
    }
    ++reader->at;
    return set_text(value, CT_SF_BYTES, bytes,
                    decode(first, characters, bytes));
}

/* Lower case only: RFC 9651, section 4.2.10. */
static int nibble(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int percent(ct_sf_reader_t *reader, char *byte)
{
    int high = reader->end - reader->at > 2 ? nibble(reader->at[1]) : -1;
    int low = high >= 0 ? nibble(reader->at[2]) : -1;

    if (low < 0) {
        return ct_sf_fail(reader, reader->at, "two lower-case hexadecimal "
                          "digits were expected behind \"%%\"");
    }
    *byte = (char)(high << 4 | low);
    reader->at += 2;
    return 1;
}

int ct_sf_display(ct_sf_reader_t *reader, ct_sf_value_t *value)
{
    const char *from = reader->at++;
    char *text = room_for_rest(reader);
    apr_size_t length = 0;

    if (reader->at == reader->end || *reader->at != '"') {
        return ct_sf_fail(reader, reader->at, "a quote was expected behind "
                          "\"%%\", but %s", ct_sf_found(reader));
    }
    for (++reader->at; reader->at < reader->end; ++reader->at) {
        if (*reader->at == '"') {
            ++reader->at;
            if (!ct_is_utf8(text, length)) {
                return ct_sf_fail(reader, from, "the text that begins here is "
                                  "not UTF-8; write bytes as :base64:");
            }
            return set_text(value, CT_SF_DISPLAY, text, length);
        }
        if (!is_printable(*reader->at)) {
            return ct_sf_fail(reader, reader->at, "write other characters "
                              "than printable ASCII as %%xx, but %s",
                              ct_sf_found(reader));
        }
        text[length] = *reader->at;
        if (*reader->at == '%' && !percent(reader, &text[length])) {
            return 0;
        }
        ++length;
    }
    return ct_sf_fail(reader, from, "the text that begins here has no closing "
                      "quote");
}
