/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_task_header: any bytes as the field. The references: the grammar of
 * RFC 9651 as one regular expression says whether a field parses; what was
 * read is written down again in its canonical form and must be read as the
 * same. What no regular expression can say (how much base64, UTF-8, limits) is
 * checked on what came out. */
#include "fuzz.h"

#include "sf_list.h"
#include "sf_text.h"
#include "utf8.h"

#include "apr_base64.h"
#include "apr_general.h"
#include "apr_strings.h"

#include <regex.h>

#define MOST 1000

#define INTEGER "-?[0-9]{1,15}"
#define DECIMAL "-?[0-9]{1,12}[.][0-9]{1,3}"
#define STRING  "\"([] !#-[^-~]|\\\\[\"\\\\])*\""
#define TOKEN   "[A-Za-z*][!#$%&'*+.^_`|~:/0-9A-Za-z-]*"
#define BYTES   ":[A-Za-z0-9+/]*=*:"
#define BOOLEAN "[?][01]"
#define DISPLAY "%\"([] !#$&-[\\\\^-~]|%[0-9a-f]{2})*\""
#define VALUE   "(" INTEGER "|" DECIMAL "|" STRING "|" TOKEN "|" BYTES "|" \
                BOOLEAN "|" DISPLAY ")"
#define KEY     "[a-z*][a-z0-9_.*-]*"
#define MEMBER  TOKEN "(; *" KEY "(=" VALUE ")?)*"
#define LIST    "^ *(" MEMBER "([ \t]*,[ \t]*" MEMBER ")*)? *$"

static regex_t list;

static int is_list(const char *field)
{
    static int ready;

    if (!ready) {
        require(!regcomp(&list, LIST, REG_EXTENDED | REG_NOSUB), "regcomp");
        ready = 1;
    }
    return !regexec(&list, field, 0, NULL, 0);
}

static const char *canonical_text(apr_pool_t *pool, const ct_sf_value_t *value)
{
    char *text = apr_palloc(pool, 3 * value->length + 4);
    char *to = text;
    apr_size_t i;

    *to++ = '%';
    *to++ = '"';
    for (i = 0; i < value->length; ++i) {
        to += sprintf(to, "%%%02x", (unsigned char)value->text[i]);
    }
    *to++ = '"';
    *to = '\0';
    return text;
}

static const char *canonical(apr_pool_t *pool, const ct_sf_value_t *value)
{
    char *text;
    char *to;
    const char *at;

    switch (value->kind) {
    case CT_SF_BOOLEAN:
        return apr_pstrcat(pool, "?", value->text, NULL);
    case CT_SF_BYTES:
        text = apr_palloc(pool, 2 * value->length + 8);
        apr_base64_encode_binary(text, (const unsigned char *)value->text,
                                 (int)value->length);
        return apr_pstrcat(pool, ":", text, ":", NULL);
    case CT_SF_DISPLAY:
        require(ct_is_utf8(value->text, value->length), "not UTF-8");
        return canonical_text(pool, value);
    case CT_SF_STRING:
        to = text = apr_palloc(pool, 2 * value->length + 3);
        *to++ = '"';
        for (at = value->text; *at; *to++ = *at++) {
            if (*at == '"' || *at == '\\') {
                *to++ = '\\';
            }
        }
        memcpy(to, "\"", 2);
        return text;
    default:
        return value->text;
    }
}

static const char *written(apr_pool_t *pool, const apr_array_header_t *members)
{
    apr_array_header_t *parts = apr_array_make(pool, 16, sizeof(char *));
    int i;
    int j;

    for (i = 0; i < members->nelts; ++i) {
        const ct_sf_member_t *member =
            &((const ct_sf_member_t *)members->elts)[i];

        *(const char **)apr_array_push(parts) = i ? ", " : "";
        *(const char **)apr_array_push(parts) = member->token;
        for (j = 0; j < member->parameters->nelts; ++j) {
            const ct_sf_parameter_t *parameter =
                &((const ct_sf_parameter_t *)member->parameters->elts)[j];

            *(const char **)apr_array_push(parts) =
                apr_pstrcat(pool, ";", parameter->key, "=",
                            canonical(pool, &parameter->value), NULL);
        }
    }
    return apr_array_pstrcat(pool, parts, 0);
}

/* A list whose members have no more parameters than MOST, and so on: inputs
 * are shorter than that. */
static apr_array_header_t *read_list(apr_pool_t *pool, const char *field,
                                     apr_size_t length, const char **error)
{
    ct_sf_reader_t reader;
    apr_array_header_t *members;

    ct_sf_start(&reader, pool, field, length);
    members = ct_sf_list(&reader, MOST, MOST);
    require(!members == !!reader.error, "either a list or an error");
    require(members || (reader.column >= 1 && reader.column <= length + 1),
            "column %lu", (unsigned long)reader.column);
    *error = reader.error;
    return members;
}

/* What the expression takes and the RFC does not. */
static int is_beyond_grammar(const char *error)
{
    return strstr(error, "no base64") || strstr(error, "not UTF-8");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static apr_pool_t *pool;
    const char *error;
    const char *again;
    const char *text;
    apr_array_header_t *members;

    if (!pool) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    apr_pool_clear(pool);
    members = read_list(pool, (const char *)input, size, &error);
    text = apr_pstrmemdup(pool, (const char *)input, size);
    if (strlen(text) < size) {
        require(!members, "a zero byte is in it");
        return 0;
    }
    if (!members) {
        require(is_beyond_grammar(error) || !is_list(text), "%s: %s", text,
                error);
        return 0;
    }
    require(is_list(text), "taken, but no list: %s", text);
    again = written(pool, members);
    members = read_list(pool, again, strlen(again), &error);
    require(members, "%s: %s", again, error);
    require(!strcmp(again, written(pool, members)), "%s", again);
    return 0;
}
