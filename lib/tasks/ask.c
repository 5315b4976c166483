/* SPDX-License-Identifier: Apache-2.0 */
/* ask: what a task needs goes into one flat block, which mod_crosstown copies
 * if the task is admitted; a request that is refused costs no copy. What the
 * name means is not copied: it lives as long as the configuration, and so do
 * the child and its tasks. */
#include "ask.h"

#include "crosstown_client.h"

#include "apr_strings.h"

static crosstown_client_t crosstown;

/** What is handed over; bytes: the type and the fields with their zero bytes,
 *  then the body and one zero byte. */
typedef struct {
    const ct_named_task_t *task;
    apr_size_t type_size;
    apr_size_t fields_size;
    apr_size_t length;
    char bytes[];
} job_t;

static apr_status_t run(const crosstown_task_t *task, void *data)
{
    const job_t *job = data;
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;

    payload.type = job->bytes;
    payload.fields = job->fields_size > 0 ? job->bytes + job->type_size : NULL;
    payload.data = job->bytes + job->type_size + job->fields_size;
    payload.length = job->length;
    return job->task->kind->run(task, &payload, job->task->config);
}

static apr_size_t size_of_fields(const char *fields)
{
    const char *at = fields;

    while (at && *at) {
        at += strlen(at) + 1;
    }
    return at ? (apr_size_t)(at - fields) + 1 : 0;
}

static job_t *make_job(apr_pool_t *p, const ct_named_task_t *task,
                       const crosstown_payload_t *payload, apr_size_t *size)
{
    const char *type = payload->type ? payload->type
                                     : "application/octet-stream";
    const char *fields = CROSSTOWN_HAS(payload, crosstown_payload_t, fields)
                         ? payload->fields : NULL;
    apr_size_t type_size = strlen(type) + 1;
    apr_size_t fields_size = size_of_fields(fields);
    job_t *job;
    char *to;

    if (payload->length > APR_SIZE_MAX / 2) {
        return NULL;
    }
    *size = sizeof(*job) + type_size + fields_size + payload->length + 1;
    job = apr_palloc(p, *size);
    job->task = task;
    job->type_size = type_size;
    job->fields_size = fields_size;
    job->length = payload->length;
    to = memcpy(job->bytes, type, type_size);
    to += type_size;
    if (fields_size > 0) {
        memcpy(to, fields, fields_size);
        to += fields_size;
    }
    if (payload->length > 0) {
        memcpy(to, payload->data, payload->length);
    }
    to[payload->length] = '\0';
    return job;
}

static void set_opts(crosstown_opts_t *opts, const ct_named_task_t *task,
                     apr_size_t size, const char *no_go)
{
    opts->name = task->name;
    opts->no_go = no_go ? no_go : task->no_go;
    opts->data_size = size;
}

apr_status_t ct_ask_defer(request_rec *r, const ct_named_task_t *task,
                          const crosstown_payload_t *payload,
                          const char *no_go)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    apr_size_t size;
    job_t *job = make_job(r->pool, task, payload, &size);

    if (!job) {
        return APR_EINVAL;
    }
    set_opts(&opts, task, size, no_go);
    return crosstown_client_defer(&crosstown, r, run, job, &opts);
}

/* "key=value" texts, for who hands them over one by one. */
static const char *list_fields(apr_pool_t *p, const apr_array_header_t *fields)
{
    const ct_sf_parameter_t *all = (const ct_sf_parameter_t *)fields->elts;
    apr_size_t size = 1;
    char *list;
    char *to;
    int i;

    for (i = 0; i < fields->nelts; ++i) {
        size += strlen(all[i].key) + all[i].value.length + 2;
    }
    to = list = apr_palloc(p, size);
    for (i = 0; i < fields->nelts; ++i) {
        if (!memchr(all[i].value.text, '\0', all[i].value.length)) {
            to = apr_cpystrn(to, all[i].key, size - (apr_size_t)(to - list));
            *to++ = '=';
            to = apr_cpystrn(to, all[i].value.text,
                             size - (apr_size_t)(to - list)) + 1;
        }
    }
    *to = '\0';
    return list;
}

apr_status_t ct_ask_with_fields(request_rec *r, const ct_named_task_t *task,
                                const apr_array_header_t *fields,
                                const char *no_go)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;

    payload.type = ct_payload_type(task->format);
    payload.data = ct_payload_write(r->pool, task->format, fields,
                                    &payload.length);
    payload.fields = list_fields(r->pool, fields);
    return ct_ask_defer(r, task, &payload, no_go);
}

static const crosstown_payload_t no_payload = CROSSTOWN_PAYLOAD_INIT;

/* What a caller's options say, as far as this version can do it. */
static apr_status_t read_options(const crosstown_named_opts_t *opts,
                                 const char **no_go)
{
    *no_go = NULL;
    if (!opts) {
        return APR_SUCCESS;
    }
    if (opts->size < sizeof(opts->size)) {
        return APR_EINVAL;
    }
    if (CROSSTOWN_HAS(opts, crosstown_named_opts_t, no_go)) {
        *no_go = opts->no_go;
    }
    if ((CROSSTOWN_HAS(opts, crosstown_named_opts_t, delay) && opts->delay)
        || (CROSSTOWN_HAS(opts, crosstown_named_opts_t, unique)
            && opts->unique)) {
        return APR_ENOTIMPL;
    }
    return APR_SUCCESS;
}

static int is_payload(const crosstown_payload_t *payload)
{
    return CROSSTOWN_HAS(payload, crosstown_payload_t, type)
           && (payload->data || payload->length == 0);
}

static apr_status_t crosstown_defer_named(request_rec *r, const char *name,
                                          const crosstown_payload_t *payload,
                                          const crosstown_named_opts_t *opts)
{
    const ct_named_task_t *task;
    const char *no_go;
    apr_status_t rv = read_options(opts, &no_go);

    payload = payload ? payload : &no_payload;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!r || !name || !is_payload(payload)) {
        return APR_EINVAL;
    }
    task = ct_named_task_find(r->server, name);
    return task ? ct_ask_defer(r, task, payload, no_go) : APR_NOTFOUND;
}

static apr_status_t crosstown_submit_named(server_rec *s, const char *name,
                                           const crosstown_payload_t *payload,
                                           const crosstown_named_opts_t *opts)
{
    crosstown_opts_t submit_opts = CROSSTOWN_OPTS_INIT;
    const ct_named_task_t *task;
    const char *no_go;
    apr_status_t rv = read_options(opts, &no_go);
    apr_pool_t *pool;
    apr_size_t size;
    job_t *job;

    payload = payload ? payload : &no_payload;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!s || !name || no_go || !is_payload(payload)) {
        return APR_EINVAL;
    }
    task = ct_named_task_find(s, name);
    if (!task) {
        return APR_NOTFOUND;
    }
    rv = apr_pool_create(&pool, NULL);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    job = make_job(pool, task, payload, &size);
    if (job) {
        set_opts(&submit_opts, task, size, NULL);
        submit_opts.no_go = NULL;
        rv = crosstown_client_submit(&crosstown, s, run, job, &submit_opts);
    }
    apr_pool_destroy(pool);
    return job ? rv : APR_EINVAL;
}

static void retrieve(void)
{
    crosstown_client_load(&crosstown);
}

void ct_ask_register(void)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    APR_REGISTER_OPTIONAL_FN(crosstown_defer_named);
    APR_REGISTER_OPTIONAL_FN(crosstown_submit_named);
}
