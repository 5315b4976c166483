/* SPDX-License-Identifier: Apache-2.0 */
/* task_header: the rules on top of the grammar. An option that is not known
 * spoils the field, as everything else that is wrong does: an old server must
 * not run at once what a script wanted to have delayed. */
#include "task_header.h"

#include "apr_strings.h"

#include <string.h>

#define OPTION "ct-"

/* Whatever the locale. */
static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_in_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'
           || c == '.';
}

/* Not by strspn(), which costs a thousand instructions for so many letters. */
int ct_task_name_is_valid(const char *name)
{
    apr_size_t length = 0;

    while (is_in_name(name[length])) {
        ++length;
    }
    return is_letter(*name) && !name[length] && length <= CT_TASK_NAME_LENGTH;
}

int ct_task_field_is_valid(apr_pool_t *pool, const char *name)
{
    ct_sf_reader_t reader;

    ct_sf_start(&reader, pool, name, strlen(name));
    return ct_sf_key(&reader) && reader.at == reader.end
           && strncmp(name, OPTION, strlen(OPTION)) != 0;
}

static const char **option_of(ct_asked_task_t *task, const char *key)
{
    const struct {
        const char *key;
        const char **value;
    } options[] = { { OPTION "no-go", &task->no_go },
                    { OPTION "delay", &task->delay },
                    { OPTION "unique", &task->unique } };
    apr_size_t i;

    for (i = 0; i < sizeof(options) / sizeof(options[0]); ++i) {
        if (!strcmp(options[i].key, key)) {
            return options[i].value;
        }
    }
    return NULL;
}

static int read_option(ct_sf_reader_t *reader, ct_asked_task_t *task,
                       const ct_sf_parameter_t *parameter)
{
    const char **option = option_of(task, parameter->key);

    if (!option) {
        return ct_sf_fail(reader, parameter->at, "there is no option \"%s\"; "
                          "ct-no-go, ct-delay and ct-unique may be written",
                          parameter->key);
    }
    if (parameter->value.kind == CT_SF_BOOLEAN
        || parameter->value.length == 0
        || strlen(parameter->value.text) != parameter->value.length) {
        return ct_sf_fail(reader, parameter->at, "the option \"%s\" has no "
                          "value; write %s=\"...\"", parameter->key,
                          parameter->key);
    }
    *option = parameter->value.text;
    return 1;
}

static int read_task(ct_sf_reader_t *reader, const ct_sf_member_t *member,
                     ct_asked_task_t *task)
{
    const ct_sf_parameter_t *all =
        (const ct_sf_parameter_t *)member->parameters->elts;
    int i;

    memset(task, 0, sizeof(*task));
    task->name = member->token;
    task->column = (apr_size_t)(member->at - reader->start) + 1;
    task->fields = apr_array_make(reader->pool, member->parameters->nelts,
                                  sizeof(ct_sf_parameter_t));
    if (!ct_task_name_is_valid(member->token)) {
        return ct_sf_fail(reader, member->at, "\"%.60s\" is no task's name: a "
                          "letter, then letters, digits, \"_\", \"-\" and "
                          "\".\", %d bytes at most", member->token,
                          CT_TASK_NAME_LENGTH);
    }
    for (i = 0; i < member->parameters->nelts; ++i) {
        if (strncmp(all[i].key, OPTION, strlen(OPTION)) != 0) {
            *(ct_sf_parameter_t *)apr_array_push(task->fields) = all[i];
        }
        else if (!read_option(reader, task, &all[i])) {
            return 0;
        }
    }
    return 1;
}

static apr_array_header_t *read_tasks(ct_sf_reader_t *reader)
{
    apr_array_header_t *members = ct_sf_list(reader, CT_TASK_HEADER_ITEMS,
                                             CT_TASK_HEADER_FIELDS);
    apr_array_header_t *tasks;
    int i;

    if (!members) {
        return NULL;
    }
    tasks = apr_array_make(reader->pool, members->nelts,
                           sizeof(ct_asked_task_t));
    for (i = 0; i < members->nelts; ++i) {
        if (!read_task(reader, &((ct_sf_member_t *)members->elts)[i],
                       apr_array_push(tasks))) {
            return NULL;
        }
    }
    return tasks;
}

apr_array_header_t *ct_task_header_read(apr_pool_t *pool, const char *field,
                                        apr_size_t length, const char **error)
{
    ct_sf_reader_t reader;
    apr_array_header_t *tasks;

    if (length > CT_TASK_HEADER_BYTES) {
        *error = apr_psprintf(pool, "it has %" APR_SIZE_T_FMT " bytes, %d are "
                              "taken; hand over what a large payload is about "
                              "by its number or name", length,
                              CT_TASK_HEADER_BYTES);
        return NULL;
    }
    ct_sf_start(&reader, pool, field, length);
    tasks = read_tasks(&reader);
    if (!tasks) {
        *error = apr_psprintf(pool, "column %" APR_SIZE_T_FMT ": %s",
                              reader.column, reader.error);
    }
    return tasks;
}
