/* SPDX-License-Identifier: Apache-2.0 */
/* kept_request: all tasks of a request go in one transaction. What the status
 * refuses is never written. */
#include "kept_request.h"

#include "keep_child.h"

#include "apr_strings.h"

request_rec *ct_kept_request_root(request_rec *r)
{
    while (r->main || r->prev) {
        r = r->main ? r->main : r->prev;
    }
    return r;
}

ct_kept_request_t *ct_kept_request_of(const request_rec *root)
{
    return ap_get_module_config(root->request_config, &crosstown_store_module);
}

ct_kept_job_t *ct_kept_request_add(request_rec *root)
{
    ct_kept_request_t *request = ct_kept_request_of(root);
    ct_kept_job_t *job = apr_pcalloc(root->pool, sizeof(*job));

    if (!request) {
        request = apr_pcalloc(root->pool, sizeof(*request));
        request->last = &request->first;
        ap_set_module_config(root->request_config, &crosstown_store_module,
                             request);
    }
    *request->last = job;
    request->last = &job->next;
    ++request->waiting;
    return job;
}

static int is_to_go(const ct_kept_job_t *job, int status)
{
    return job->state == CT_KEPT_NOT_YET
           && !ct_keep_others.refuses(&job->no_go, status);
}

static void tell_failure(request_rec *root, apr_status_t rv, int count)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, rv == APR_EGENERAL ? 0 : rv, root,
                  CTLOGNO(02330)
                  "%d task(s) of %s cannot be kept on disk: %s", count,
                  root->uri, rv == APR_TIMEUP ? "it takes longer than wait="
                  : rv == APR_ENOSPC ? "CrosstownStore is full"
                                     : "see CrosstownStore above");
}

static void note(ct_kept_request_t *request, ct_kept_job_t *job,
                 const ct_kept_t *record, apr_status_t rv)
{
    job->state = rv != APR_SUCCESS ? CT_KEPT_IN_VAIN
        : record->duplicate ? CT_KEPT_ELSEWHERE : CT_KEPT_ON_DISK;
    job->kept.id = record->id;
    --request->waiting;
}

/* @return how many are to go with this status */
static int collect(request_rec *root, int status, ct_kept_t *records,
                   ct_kept_job_t **jobs)
{
    ct_kept_request_t *request = ct_kept_request_of(root);
    ct_kept_job_t *job;
    int count = 0;

    for (job = request->first; job; job = job->next) {
        if (is_to_go(job, status)) {
            job->kept.status = status;
            records[count] = job->kept;
            jobs[count++] = job;
        }
    }
    request->refused = request->waiting - count;
    request->refused_status = status;
    return count;
}

/* A response may come in many pieces. */
static int are_refused(const ct_kept_request_t *request, int status)
{
    return request->waiting == request->refused
           && status == request->refused_status;
}

apr_status_t ct_kept_request_commit(request_rec *root, int status)
{
    ct_kept_request_t *request = ct_kept_request_of(root);
    apr_size_t most = (apr_size_t)request->waiting;
    ct_kept_t *records;
    ct_kept_job_t **jobs;
    apr_status_t rv;
    int count;
    int i;

    if (are_refused(request, status)) {
        return APR_SUCCESS;
    }
    records = apr_palloc(root->pool, most * sizeof(*records));
    jobs = apr_palloc(root->pool, most * sizeof(*jobs));
    count = collect(root, status, records, jobs);
    if (count == 0) {
        return APR_SUCCESS;
    }
    rv = ct_keep_put(records, count);
    for (i = 0; i < count; ++i) {
        note(request, jobs[i], &records[i], rv);
    }
    if (rv != APR_SUCCESS) {
        request->has_failed = !request->is_refused;
        request->is_refused = 1;
        tell_failure(root, rv, count);
    }
    return rv;
}

/* An error inside an error document is told by the status of the first error,
 * which would be a promise. */
int ct_kept_request_refuse(request_rec *r)
{
    ct_kept_request_of(ct_kept_request_root(r))->has_failed = 0;
    while (r->prev) {
        r = r->prev;
        if (r->status != HTTP_OK) {
            r->status = HTTP_SERVICE_UNAVAILABLE;
        }
    }
    return HTTP_SERVICE_UNAVAILABLE;
}

/* Taken back, too, if its owner dies before it is dispatched. The status that
 * it was put with lets it run. */
void ct_kept_request_seen(request_rec *root, int status)
{
    ct_kept_request_t *request = ct_kept_request_of(root);
    ct_kept_job_t *job;

    for (job = request->first; job; job = job->next) {
        job->wire_status = status;
        if (job->state == CT_KEPT_ON_DISK && status != job->kept.status
            && ct_keep_others.refuses(&job->no_go, status)) {
            job->state = CT_KEPT_TAKEN_BACK;
            ct_keep_end(job->kept.id, CT_ENDING_WITHDRAWN, 0, 0, NULL);
        }
    }
}
