/* SPDX-License-Identifier: Apache-2.0 */
/* ask: a task without a key is copied by mod_crosstown, if it is admitted; one
 * with a key by carry(), which is called at that moment and holds the key. A
 * request that is refused costs no copy, and keeps nobody's task away. */
#include "ask.h"

#include "attempt.h"
#include "crosstown_client.h"
#include "named_keep.h"
#include "refusal_log.h"

#include "apr_strings.h"

static crosstown_client_t crosstown;

/* ---- the task's functions ---- */

static apr_status_t run(const crosstown_task_t *task, void *data)
{
    return ct_attempt(task, data);
}

const ct_job_t *ct_ask_job(crosstown_fn_t *fn, const void *data)
{
    return fn == run ? data : NULL;
}

/* Only now is it known that the task will run. */
static void *carry(request_rec *r, void *data, apr_pool_t *p)
{
    ct_job_t *job = apr_pmemdup(p, data, ct_job_size(data));

    if (ct_unique_take(&job->unique) == APR_EEXIST) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, CTLOGNO(02108)
                      "task \"%s\" will do nothing: one of the same key, "
                      "of another request, is to run", job->task->name);
    }
    return job;
}

static void over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    ct_unique_give(&((ct_job_t *)data)->unique);
}

static int payload_fits(const ct_job_t *job, server_rec *s, apr_pool_t *p)
{
    const ct_named_task_t *task = job->task;
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    const char *why;

    if (!CROSSTOWN_HAS(task->kind, crosstown_target_t, fits)
        || !task->kind->fits) {
        return 1;
    }
    ct_job_payload(job, &payload);
    why = task->kind->fits(&payload, task->config, p);
    if (why) {
        ct_refusal_log_payload(s, task->name, why, p);
    }
    return !why;
}

/* Can it be as it is? */
static apr_status_t check(const ct_job_t *job, server_rec *s, apr_pool_t *p)
{
    apr_interval_time_t expires = job ? job->task->backoff.expires : 0;

    return !job || !payload_fits(job, s, p) ? APR_EINVAL
        : expires && job->delay >= expires ? APR_TIMEUP : APR_SUCCESS;
}

static void set_opts(crosstown_opts_t *opts, const ct_job_t *job,
                     const ct_ask_t *ask)
{
    opts->delay = job->delay;
    opts->name = job->task->name;
    opts->no_go = ask->no_go ? ask->no_go : job->task->no_go;
}

/* ---- with a request ---- */

/* What carry() is going to copy must not go with a sub-request. */
static apr_pool_t *pool_of(request_rec *r)
{
    while (r->main) {
        r = r->main;
    }
    return r->pool;
}

apr_status_t ct_ask_defer(request_rec *r, const ct_named_task_t *task,
                          const crosstown_payload_t *payload,
                          const ct_ask_t *ask)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    ct_job_t *job = ct_job_make(pool_of(r), task, payload, ask);
    apr_status_t rv = check(job, r->server, r->pool);

    if (rv == APR_SUCCESS && task->keep) {
        return ct_named_keep_defer(r, job, ask);
    }
    rv = rv == APR_SUCCESS ? ct_unique_look(&job->unique) : rv;
    if (rv == APR_EEXIST) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, CTLOGNO(02107)
                      "task \"%s\" is dropped: one of the same key is not "
                      "done yet", task->name);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    set_opts(&opts, job, ask);
    if (job->unique.state == CT_UNIQUE_NONE) {
        opts.data_size = ct_job_size(job);
    }
    else {
        opts.carry = carry;
        opts.over = over;
    }
    return crosstown_client_defer(&crosstown, r, run, job, &opts);
}

/* "key=value" texts, for whoever hands them over one by one. */
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
                                const ct_ask_t *ask)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    ct_payload_format_e format =
        CROSSTOWN_HAS(task->kind, crosstown_target_t, fields_as_json)
        && task->kind->fields_as_json ? CT_PAYLOAD_JSON : task->format;

    payload.type = ct_payload_type(format);
    payload.data = ct_payload_write(r->pool, format, fields, &payload.length);
    payload.fields = list_fields(r->pool, fields);
    return ct_ask_defer(r, task, &payload, ask);
}

static const crosstown_payload_t no_payload = CROSSTOWN_PAYLOAD_INIT;

/* ---- for C callers ---- */

static apr_status_t read_options(const crosstown_named_opts_t *opts,
                                 ct_ask_t *ask)
{
    ask->by = "a module";
    if (!opts) {
        return APR_SUCCESS;
    }
    if (opts->size < sizeof(opts->size)) {
        return APR_EINVAL;
    }
    if (CROSSTOWN_HAS(opts, crosstown_named_opts_t, no_go)) {
        ask->no_go = opts->no_go;
    }
    if (CROSSTOWN_HAS(opts, crosstown_named_opts_t, delay) && opts->delay) {
        if (opts->delay < 0) {
            return APR_EINVAL;
        }
        ask->delay = opts->delay;
    }
    if (CROSSTOWN_HAS(opts, crosstown_named_opts_t, unique)) {
        ask->unique = opts->unique;
    }
    return APR_SUCCESS;
}

static int is_payload(const crosstown_payload_t *payload)
{
    return CROSSTOWN_HAS(payload, crosstown_payload_t, type)
           && (payload->data || payload->length == 0);
}

/* That one of its key is there already concerns a caller as little as that it
 * has to wait. */
static apr_status_t for_caller(apr_status_t rv)
{
    return rv == APR_EEXIST ? APR_SUCCESS : rv == APR_TIMEUP ? APR_EINVAL : rv;
}

static apr_status_t crosstown_defer_named(request_rec *r, const char *name,
                                          const crosstown_payload_t *payload,
                                          const crosstown_named_opts_t *opts)
{
    ct_ask_t ask = CT_ASK_INIT;
    const ct_named_task_t *task;
    apr_status_t rv = read_options(opts, &ask);

    payload = payload ? payload : &no_payload;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!r || !name || !is_payload(payload)) {
        return APR_EINVAL;
    }
    task = ct_named_task_find(r->server, name);
    return task ? for_caller(ct_ask_defer(r, task, payload, &ask))
                : APR_NOTFOUND;
}

/* It will run, so its key is held at once. */
static apr_status_t submit(server_rec *s, ct_job_t *job, const ct_ask_t *ask,
                           apr_pool_t *p)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    apr_status_t rv = check(job, s, p);

    if (rv == APR_SUCCESS && job->task->keep) {
        return ct_named_keep_submit(job);
    }
    rv = rv == APR_SUCCESS ? ct_unique_take(&job->unique) : rv;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    set_opts(&opts, job, ask);
    opts.no_go = NULL;
    opts.data_size = ct_job_size(job);
    opts.over = job->unique.state == CT_UNIQUE_HELD ? over : NULL;
    rv = crosstown_client_submit(&crosstown, s, run, job, &opts);
    if (rv != APR_SUCCESS) {
        ct_unique_give(&job->unique);
    }
    return rv;
}

static apr_status_t crosstown_submit_named(server_rec *s, const char *name,
                                           const crosstown_payload_t *payload,
                                           const crosstown_named_opts_t *opts)
{
    ct_ask_t ask = CT_ASK_INIT;
    const ct_named_task_t *task;
    apr_status_t rv = read_options(opts, &ask);
    apr_pool_t *pool;

    payload = payload ? payload : &no_payload;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!s || !name || ask.no_go || !is_payload(payload)) {
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
    rv = submit(s, ct_job_make(pool, task, payload, &ask), &ask, pool);
    apr_pool_destroy(pool);
    return for_caller(rv);
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
