/* SPDX-License-Identifier: Apache-2.0 */
/* payload: a form by default, because every language has it decoded already
 * ($_POST, request.form, req.body, params). Both are written into room that is
 * large enough for the worst of values, so that nothing is counted twice. */
#include "payload.h"

#include "apr_base64.h"
#include "apr_lib.h"

#include <string.h>

#define WORST_BYTE 6                 /* \u00xx */

const char *ct_payload_type(ct_payload_format_e format)
{
    return format == CT_PAYLOAD_JSON ? "application/json"
                                     : "application/x-www-form-urlencoded";
}

static char *put(char *to, const char *text)
{
    apr_size_t length = strlen(text);

    memcpy(to, text, length);
    return to + length;
}

static char *put_percent(char *to, const char *text, apr_size_t length)
{
    static const char digits[] = "0123456789ABCDEF";
    apr_size_t i;

    for (i = 0; i < length; ++i) {
        unsigned char c = (unsigned char)text[i];

        if (apr_isalnum(c) || (c && strchr("-._~", c))) {
            *to++ = (char)c;
        }
        else {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 0xf];
        }
    }
    return to;
}

static char *put_quoted(char *to, const char *text, apr_size_t length)
{
    static const char digits[] = "0123456789abcdef";
    apr_size_t i;

    *to++ = '"';
    for (i = 0; i < length; ++i) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\') {
            *to++ = '\\';
            *to++ = (char)c;
        }
        else if (c < 0x20 || c == 0x7f) {
            to = put(to, "\\u00");
            *to++ = digits[c >> 4];
            *to++ = digits[c & 0xf];
        }
        else {
            *to++ = (char)c;
        }
    }
    *to++ = '"';
    return to;
}

static char *put_json_value(char *to, const ct_sf_value_t *value)
{
    switch (value->kind) {
    case CT_SF_INTEGER:
    case CT_SF_DECIMAL:
        return put(to, value->text);
    case CT_SF_BOOLEAN:
        return put(to, *value->text == '1' ? "true" : "false");
    case CT_SF_BYTES:
        *to++ = '"';
        to += apr_base64_encode_binary(to, (const unsigned char *)value->text,
                                       (int)value->length) - 1;
        *to++ = '"';
        return to;
    default:
        return put_quoted(to, value->text, value->length);
    }
}

static char *put_form_field(char *to, const ct_sf_parameter_t *field)
{
    to = put_percent(to, field->key, strlen(field->key));
    *to++ = '=';
    return put_percent(to, field->value.text, field->value.length);
}

static char *put_json_field(char *to, const ct_sf_parameter_t *field)
{
    to = put_quoted(to, field->key, strlen(field->key));
    *to++ = ':';
    return put_json_value(to, &field->value);
}

static apr_size_t worst_length(const apr_array_header_t *fields)
{
    const ct_sf_parameter_t *all = (const ct_sf_parameter_t *)fields->elts;
    apr_size_t length = 3;
    int i;

    for (i = 0; i < fields->nelts; ++i) {
        length += WORST_BYTE * (strlen(all[i].key) + all[i].value.length) + 8;
    }
    return length;
}

const char *ct_payload_write(apr_pool_t *pool, ct_payload_format_e format,
                             const apr_array_header_t *fields,
                             apr_size_t *length)
{
    const ct_sf_parameter_t *all = (const ct_sf_parameter_t *)fields->elts;
    char *body = apr_palloc(pool, worst_length(fields));
    char *to = body;
    int json = format == CT_PAYLOAD_JSON;
    int i;

    to = put(to, json ? "{" : "");
    for (i = 0; i < fields->nelts; ++i) {
        to = put(to, i == 0 ? "" : json ? "," : "&");
        to = json ? put_json_field(to, &all[i]) : put_form_field(to, &all[i]);
    }
    to = put(to, json ? "}" : "");
    *to = '\0';
    *length = (apr_size_t)(to - body);
    return body;
}
