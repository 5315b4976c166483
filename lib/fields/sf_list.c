/* SPDX-License-Identifier: Apache-2.0 */
/* sf_list: a field that does not parse counts as not there, all of it: half a
 * list of tasks is worse than none. */
#include "sf_list.h"

#include <string.h>

static void skip(ct_sf_reader_t *reader, const char *characters)
{
    while (reader->at < reader->end && *reader->at
           && strchr(characters, *reader->at)) {
        ++reader->at;
    }
}

static ct_sf_parameter_t *parameter_of(apr_array_header_t *parameters,
                                       const char *key)
{
    ct_sf_parameter_t *all = (ct_sf_parameter_t *)parameters->elts;
    int i;

    for (i = 0; i < parameters->nelts; ++i) {
        if (!strcmp(all[i].key, key)) {
            return &all[i];
        }
    }
    return apr_array_push(parameters);
}

static int read_parameter(ct_sf_reader_t *reader,
                          apr_array_header_t *parameters, int most)
{
    const char *at = reader->at;
    const char *key = ct_sf_key(reader);
    ct_sf_value_t value = { CT_SF_BOOLEAN, "1", 1 };
    ct_sf_parameter_t *parameter;

    if (!key) {
        return 0;
    }
    if (reader->at < reader->end && *reader->at == '=') {
        ++reader->at;
        if (!ct_sf_value(reader, key, &value)) {
            return 0;
        }
    }
    parameter = parameter_of(parameters, key);
    if (parameters->nelts > most) {
        return ct_sf_fail(reader, at, "there are more than %d fields", most);
    }
    parameter->key = key;
    parameter->at = at;
    parameter->value = value;
    return 1;
}

static int read_member(ct_sf_reader_t *reader, ct_sf_member_t *member,
                       int most_parameters)
{
    member->at = reader->at;
    member->parameters = apr_array_make(reader->pool, 4,
                                        sizeof(ct_sf_parameter_t));
    member->token = ct_sf_token(reader);
    if (!member->token) {
        return 0;
    }
    while (reader->at < reader->end && *reader->at == ';') {
        ++reader->at;
        skip(reader, " ");
        if (!read_parameter(reader, member->parameters, most_parameters)) {
            return 0;
        }
    }
    return 1;
}

static int is_bare(ct_sf_kind_e kind)
{
    return kind == CT_SF_TOKEN || kind == CT_SF_INTEGER
           || kind == CT_SF_DECIMAL;
}

/* What stops us most often is a character that an unquoted value has no place
 * for, and a blank before "=". */
static int unexpected(ct_sf_reader_t *reader, const ct_sf_member_t *member)
{
    const apr_array_header_t *all = member->parameters;
    const ct_sf_parameter_t *last = all->nelts > 0
        ? &((const ct_sf_parameter_t *)all->elts)[all->nelts - 1] : NULL;
    const char *stop = reader->at;

    skip(reader, " \t");
    if (reader->at > stop && (*reader->at == '=' || *reader->at == ';')) {
        return ct_sf_fail(reader, stop, "no blank may stand before \"%c\"",
                          *reader->at);
    }
    reader->at = stop;
    if (last && is_bare(last->value.kind)) {
        return ct_sf_fail(reader, stop, "a value without quotes ends "
                          "before this, but %s; write %s=\"...\"",
                          ct_sf_found(reader), last->key);
    }
    return ct_sf_fail(reader, stop, "\";\" or \",\" was expected, but %s; "
                      "write name;field=value", ct_sf_found(reader));
}

/* Between two members. @return 0: at the end, or an error */
static int next_member(ct_sf_reader_t *reader, const ct_sf_member_t *member)
{
    const char *behind = reader->at;

    skip(reader, " \t");
    if (reader->at == reader->end) {
        /* Of white space a tab may stand before a comma only. */
        return memchr(behind, '\t', (apr_size_t)(reader->end - behind))
            ? ct_sf_fail(reader, behind, "a tab stands at the end") : 0;
    }
    if (*reader->at != ',') {
        reader->at = behind;
        return unexpected(reader, member);
    }
    ++reader->at;
    skip(reader, " \t");
    if (reader->at == reader->end) {
        return ct_sf_fail(reader, reader->at, "a name was expected behind "
                          "\",\", but the field ends here");
    }
    return 1;
}

apr_array_header_t *ct_sf_list(ct_sf_reader_t *reader, int most_members,
                               int most_parameters)
{
    apr_array_header_t *members = apr_array_make(reader->pool, 4,
                                                 sizeof(ct_sf_member_t));
    ct_sf_member_t *member;

    skip(reader, " ");
    if (reader->at == reader->end) {
        return members;
    }
    do {
        if (members->nelts == most_members) {
            ct_sf_fail(reader, reader->at, "there are more than %d tasks",
                       most_members);
            break;
        }
        member = apr_array_push(members);
        if (!read_member(reader, member, most_parameters)) {
            break;
        }
    } while (next_member(reader, member));
    return reader->error ? NULL : members;
}
