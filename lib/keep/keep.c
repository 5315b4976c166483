/* SPDX-License-Identifier: Apache-2.0 */
/* keep: a task that waits (delay=) is put on the disk and taken from there
 * when it is due; all others are mod_crosstown's from the beginning, as if
 * they were kept in memory, and their row is only there in case. */
#include "keep.h"

#include "commit_filter.h"
#include "keep_child.h"
#include "keep_config.h"
#include "kept_request.h"
#include "origin.h"

#include "ap_provider.h"
#include "apr_strings.h"

static void fill_in(ct_kept_t *record, const crosstown_kept_t *kept,
                    apr_pool_t *p)
{
    const crosstown_payload_t *payload = kept->payload;
    const char *server = ct_origin_server(p, kept->server);
    const char *at;

    record->name = kept->name;
    record->token = ct_keep_others.new_id(p);
    record->unique = kept->unique;
    if (record->unique && server) {
        record->unique = apr_pstrcat(p, server, " ", kept->unique, NULL);
    }
    record->created = apr_time_now();
    record->not_before = record->created + kept->delay;
    record->expires = kept->expires ? record->created + kept->expires : 0;
    record->owned = kept->delay <= 0;
    record->type = payload->type;
    record->payload = payload->data;
    record->length = payload->length;
    record->fields = payload->fields;
    for (at = payload->fields; at && *at; at += strlen(at) + 1) {
    }
    record->fields_length = at ? (apr_size_t)(at - payload->fields) + 1 : 0;
    record->origin[CT_ORIGIN_SERVER] = server;
}

/* ---- without a request ---- */

static apr_status_t submit(const crosstown_kept_t *kept)
{
    ct_kept_t one = { 0 };
    apr_pool_t *pool;
    apr_status_t rv;

    if (crosstown_client_stopping(&ct_keep_others.crosstown)) {
        return APR_EOF;
    }
    rv = apr_pool_create(&pool, NULL);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    fill_in(&one, kept, pool);
    rv = ct_keep_put(&one, 1);
    if (rv == APR_SUCCESS && one.duplicate) {
        rv = APR_EEXIST;
    }
    else if (rv == APR_SUCCESS && one.owned
             && ct_kept_job_submit(&one, 0) != APR_SUCCESS) {
        ct_keep_end(one.id, CT_ENDING_RELEASE, 0, one.not_before, NULL);
    }
    apr_pool_destroy(pool);
    return rv;
}

/* ---- with one ---- */

static const void *copy(apr_pool_t *p, const void *bytes, apr_size_t length)
{
    return bytes ? apr_pmemdup(p, bytes, length) : NULL;
}

static const request_rec *last_of(const request_rec *root)
{
    while (root->next) {
        root = root->next;
    }
    return root;
}

static apr_status_t record(request_rec *r, ct_kept_job_t *job,
                           const char *no_go)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.name = job->kept.name;
    opts.no_go = no_go;
    opts.carry = ct_kept_job_carry;
    opts.over = ct_kept_job_over;
    return crosstown_client_defer(&ct_keep_others.crosstown, r,
                                  ct_kept_job_run, job, &opts);
}

static int is_refused(const request_rec *root)
{
    const ct_kept_request_t *request = ct_kept_request_of(root);

    return request && request->is_refused;
}

/* The answer that says so may ask for tasks itself, and not for ever. If no
 * byte of a response can tell the client any more, what it asks for is put on
 * the disk now. */
static apr_status_t defer(request_rec *r, const crosstown_kept_t *kept)
{
    request_rec *root = ct_kept_request_root(r);
    apr_pool_t *p = root->pool;
    ct_kept_job_t *job;
    apr_status_t rv = APR_SUCCESS;

    if (is_refused(root)) {
        return APR_EGENERAL;
    }
    job = ct_kept_request_add(root);
    fill_in(&job->kept, kept, p);
    job->kept.name = apr_pstrdup(p, job->kept.name);
    job->kept.unique = apr_pstrdup(p, job->kept.unique);
    job->kept.type = apr_pstrdup(p, job->kept.type);
    job->kept.payload = copy(p, job->kept.payload, job->kept.length);
    job->kept.fields = copy(p, job->kept.fields, job->kept.fields_length);
    ct_keep_others.find_no_go(r, kept->no_go, &job->no_go);
    ct_origin_of(root, &job->kept);
    if (job->kept.owned) {
        rv = record(r, job, kept->no_go);
    }
    if (rv != APR_SUCCESS) {
        job->state = CT_KEPT_IN_VAIN;
        --ct_kept_request_of(root)->waiting;
        return rv;
    }
    if (last_of(root)->eos_sent) {
        rv = ct_kept_request_commit(root, last_of(root)->status);
    }
    ct_commit_filter_want(r);
    return rv;
}

/* Whoever calls stands between our filter and the headers. */
static int settle(request_rec *r)
{
    request_rec *root = ct_kept_request_root(r);
    ct_kept_request_t *request = ct_kept_request_of(root);

    if (request && request->waiting > 0) {
        ct_kept_request_commit(root, r->status);
    }
    return request && request->has_failed ? ct_kept_request_refuse(r) : 0;
}

static const crosstown_keep_t disk = {
    sizeof(crosstown_keep_t), ct_keep_config_check, defer, submit, settle
};

void ct_keep_register(apr_pool_t *p)
{
    ap_register_provider(p, CROSSTOWN_KEEP_GROUP, "disk",
                         CROSSTOWN_KEEP_VERSION, &disk);
}
