/* SPDX-License-Identifier: Apache-2.0 */
/* job: flat, so that it is copied as a whole where a task is admitted. What
 * the name means is not copied: it lives as long as the configuration, and so
 * do the child and its tasks. */
#include "job.h"

static apr_size_t size_of_fields(const char *fields)
{
    const char *at = fields;

    while (at && *at) {
        at += strlen(at) + 1;
    }
    return at ? (apr_size_t)(at - fields) + 1 : 0;
}

/* The value of a field, or NULL; "key=value" texts, as in a payload. */
static const char *value_of(const char *fields, const char *key)
{
    apr_size_t length = strlen(key);

    for (; fields && *fields; fields += strlen(fields) + 1) {
        if (!strncmp(fields, key, length) && fields[length] == '=') {
            return fields + length + 1;
        }
    }
    return NULL;
}

static const char *key_of(const ct_named_task_t *task, const char *fields,
                          const ct_ask_t *ask)
{
    const char *key = ask->unique ? ask->unique
        : task->unique ? value_of(fields, task->unique) : NULL;

    return key && *key ? key : NULL;
}

static void put(char **to, const char *from, apr_size_t size)
{
    if (size > 0) {
        memcpy(*to, from, size);
    }
    *to += size;
}

ct_job_t *ct_job_make(apr_pool_t *p, const ct_named_task_t *task,
                      const crosstown_payload_t *payload, const ct_ask_t *ask)
{
    const char *type = payload->type ? payload->type
                                     : "application/octet-stream";
    const char *fields = CROSSTOWN_HAS(payload, crosstown_payload_t, fields)
                         ? payload->fields : NULL;
    apr_size_t type_size = strlen(type) + 1;
    apr_size_t fields_size = size_of_fields(fields);
    const char *key = key_of(task, fields, ask);
    apr_size_t key_size = key ? strlen(key) + 1 : 0;
    ct_job_t *job;
    char *to;

    if (payload->length > APR_SIZE_MAX / 2) {
        return NULL;
    }
    job = apr_palloc(p, sizeof(*job) + type_size + key_size + fields_size
                        + payload->length + 1);
    job->task = task;
    job->delay = ask->delay < 0 ? task->delay : ask->delay;
    job->by = ask->by;
    job->type_size = type_size;
    job->key_size = key_size;
    job->fields_size = fields_size;
    job->length = payload->length;
    to = job->bytes;
    put(&to, type, type_size);
    put(&to, key, key_size);
    put(&to, fields, fields_size);
    put(&to, payload->data, payload->length);
    *to = '\0';
    ct_unique_name(&job->unique, task, key);
    return job;
}

apr_size_t ct_job_size(const ct_job_t *job)
{
    return sizeof(*job) + job->type_size + job->key_size + job->fields_size
           + job->length + 1;
}

const char *ct_job_key(const ct_job_t *job)
{
    return job->key_size > 0 ? job->bytes + job->type_size : NULL;
}

void ct_job_payload(const ct_job_t *job, crosstown_payload_t *payload)
{
    const char *fields = job->bytes + job->type_size + job->key_size;

    payload->type = job->bytes;
    payload->fields = job->fields_size > 0 ? fields : NULL;
    payload->data = fields + job->fields_size;
    payload->length = job->length;
}
