/* SPDX-License-Identifier: Apache-2.0 */
/* text: what differs must look different, so no escape may be written that
 * the text itself could have had in it: the backslash of such a text is
 * escaped. */
#include "text.h"

#include <string.h>

#include "apr_escape.h"
#include "apr_lib.h"
#include "apr_strings.h"

/* The longest that one byte becomes. */
#define LONGEST_ESCAPE sizeof("\\u0000")

/* What the first byte of a UTF-8 character says about its length.
 * @return 0: it is none */
static apr_size_t announced(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc0 || first >= 0xf8) {
        return 0;
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Of a UTF-8 character: how many bytes. @return 0: it is none */
static apr_size_t character(const unsigned char *bytes)
{
    static const apr_uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    apr_size_t length = announced(bytes[0]);
    apr_uint32_t code = length < 2 ? bytes[0] : bytes[0] & (0x7fU >> length);
    apr_size_t i;

    for (i = 1; i < length; ++i) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (bytes[i] & 0x3f);
    }
    return code < least[length] || (code >= 0xd800 && code < 0xe000)
           || code > 0x10ffff ? 0 : length;
}

static int is_control(const unsigned char *bytes)
{
    return bytes[0] < 0x20 || bytes[0] == 0x7f
           || (bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

static int looks_escaped(const unsigned char *bytes)
{
    return bytes[0] == '\\' && bytes[1] == 'x' && apr_isxdigit(bytes[2])
           && apr_isxdigit(bytes[3]);
}

static const char *readable(apr_pool_t *p, const char *text, int controls)
{
    const unsigned char *bytes = (const unsigned char *)text;
    char *out = apr_palloc(p, strlen(text) * LONGEST_ESCAPE + 1);
    char *end = out;

    while (*bytes) {
        apr_size_t length = character(bytes);

        if (length == 0 || looks_escaped(bytes)
            || (!controls && is_control(bytes))) {
            end += apr_snprintf(end, LONGEST_ESCAPE, "\\x%02x", *bytes++);
        }
        else {
            memcpy(end, bytes, length);
            end += length;
            bytes += length;
        }
    }
    *end = '\0';
    return out;
}

const char *ct_status_text_visible(apr_pool_t *p, const char *bytes)
{
    return readable(p, bytes, 0);
}

const char *ct_status_text_spaces(apr_pool_t *p, const char *text)
{
    char *out = apr_palloc(p, strlen(text) * (sizeof("\\x20") - 1) + 1);
    char *end = out;
    const char *at;

    for (at = text; *at; ++at) {
        if (*at == ' ' && (at == text || at[-1] == ' ' || !at[1])) {
            end = apr_cpystrn(end, "\\x20", sizeof("\\x20"));
        }
        else {
            *end++ = *at;
        }
    }
    *end = '\0';
    return out;
}

const char *ct_status_text_html(apr_pool_t *p, const char *bytes)
{
    return apr_pescape_entity(
        p, ct_status_text_spaces(p, readable(p, bytes, 0)), 0);
}

/* Between quotes: what needs a backslash, and how control characters are
 * written, or NULL: as they are. */
static const char *quoted(apr_pool_t *p, const char *bytes,
                          const char *control)
{
    const char *text = readable(p, bytes, 1);
    char *out = apr_palloc(p, strlen(text) * LONGEST_ESCAPE + 3);
    char *end = out;

    for (*end++ = '"'; *text; ++text) {
        if (*text == '"' || *text == '\\') {
            *end++ = '\\';
            *end++ = *text;
        }
        else if (*text == '\n') {
            *end++ = '\\';
            *end++ = 'n';
        }
        else if (control && (unsigned char)*text < 0x20) {
            end += apr_snprintf(end, LONGEST_ESCAPE, control, *text);
        }
        else {
            *end++ = *text;
        }
    }
    *end++ = '"';
    *end = '\0';
    return out;
}

const char *ct_status_text_json(apr_pool_t *p, const char *bytes)
{
    return quoted(p, bytes, "\\u%04x");
}

const char *ct_status_text_label(apr_pool_t *p, const char *bytes)
{
    return quoted(p, bytes, NULL);
}

/* The space between groups does not break, and is a narrow one. */
const char *ct_status_text_number(apr_pool_t *p, apr_uint64_t number)
{
    static const char space[] = "\xe2\x80\xaf";
    const char *digits = apr_psprintf(p, "%" APR_UINT64_T_FMT, number);
    apr_size_t left = strlen(digits);
    char *out = apr_palloc(p, left * sizeof(space) + 1);
    char *end = out;

    while (left > 0) {
        *end++ = *digits++;
        --left;
        if (left > 0 && left % 3 == 0) {
            end = apr_cpystrn(end, space, sizeof(space));
        }
    }
    *end = '\0';
    return out;
}

const char *ct_status_text_bytes(apr_pool_t *p, apr_uint64_t bytes)
{
    static const char *const units[] = { "KB", "MB", "GB", "TB" };
    double size = (double)bytes / 1024;
    int unit = 0;

    if (bytes < 1024) {
        return apr_psprintf(p, "%d B", (int)bytes);
    }
    while (size >= 1024 && unit < 3) {
        size /= 1024;
        ++unit;
    }
    return apr_psprintf(p, size < 10 ? "%.1f %s" : "%.0f %s", size,
                        units[unit]);
}

const char *ct_status_text_duration(apr_pool_t *p, apr_interval_time_t took)
{
    long seconds = (long)apr_time_sec(took);

    if (took < 1000) {
        return apr_psprintf(p, "%d \xc2\xb5s", (int)took);
    }
    if (seconds < 1) {
        return apr_psprintf(p, took % 1000 ? "%.1f ms" : "%.0f ms",
                            (double)took / 1000);
    }
    if (seconds <= 100) {
        return apr_psprintf(p, took % 1000000 ? "%.1f s" : "%.0f s",
                            (double)took / 1000000);
    }
    if (seconds < 3600) {
        return apr_psprintf(p, "%ld min %ld s", seconds / 60, seconds % 60);
    }
    if (seconds < 86400) {
        return apr_psprintf(p, "%ld h %ld min", seconds / 3600,
                            seconds / 60 % 60);
    }
    return apr_psprintf(p, "%ld d %ld h", seconds / 86400,
                        seconds / 3600 % 24);
}

const char *ct_status_text_time(apr_pool_t *p, apr_time_t when)
{
    apr_time_exp_t utc;

    apr_time_exp_gmt(&utc, when);
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                        utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                        utc.tm_hour, utc.tm_min, utc.tm_sec);
}

const char *ct_status_text_seconds(apr_pool_t *p, apr_uint64_t microseconds)
{
    char *text = apr_psprintf(p, "%" APR_UINT64_T_FMT ".%06d",
                              microseconds / APR_USEC_PER_SEC,
                              (int)(microseconds % APR_USEC_PER_SEC));
    char *end = text + strlen(text);

    while (end[-1] == '0') {
        --end;
    }
    end[end[-1] == '.' ? -1 : 0] = '\0';
    return text;
}
