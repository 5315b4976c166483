/* SPDX-License-Identifier: Apache-2.0 */
/* kept_job: its row stays until the end is known. Who dies before that has it
 * run again; so an end is said as soon as the function has returned, and what
 * has not run here is given back to the store. */
#include "kept_job.h"

#include "keep_child.h"
#include "origin.h"

#include "apr_strings.h"

/* Until a name that nobody knows is looked for again: a deployment that is
 * half done must not kill tasks. */
#define UNKNOWN_WAIT apr_time_from_sec(60)

/* ---- a copy ---- */

static void *copy_bytes(apr_pool_t *p, const void *bytes, apr_size_t length)
{
    return bytes ? memcpy(apr_pcalloc(p, length + 1), bytes, length) : NULL;
}

/* But for the texts of its origin: not each needs all of them. */
static ct_kept_job_t *copy(apr_pool_t *p, const ct_kept_t *kept)
{
    ct_kept_job_t *job = apr_pcalloc(p, sizeof(*job));

    job->kept = *kept;
    job->kept.name = apr_pstrdup(p, kept->name);
    job->kept.token = apr_pstrdup(p, kept->token);
    job->kept.unique = NULL;
    job->kept.type = apr_pstrdup(p, kept->type);
    job->kept.payload = copy_bytes(p, kept->payload, kept->length);
    job->kept.fields = copy_bytes(p, kept->fields, kept->fields_length);
    memset(job->kept.origin, 0, sizeof(job->kept.origin));
    return job;
}

/* It has a response, which tells the rest of its origin. */
void *ct_kept_job_carry(request_rec *r, void *data, apr_pool_t *p)
{
    const ct_kept_job_t *from = data;
    ct_kept_job_t *job = copy(p, &from->kept);

    job->kept.origin[CT_ORIGIN_SERVER] =
        apr_pstrdup(p, from->kept.origin[CT_ORIGIN_SERVER]);
    job->kept.received = 0;
    job->state = from->state;
    job->no_go = from->no_go;
    job->wire_status = from->wire_status;
    return job;
}

/* ---- the work ---- */

static void set_payload(crosstown_payload_t *payload, const ct_kept_t *kept)
{
    payload->data = kept->payload ? kept->payload : "";
    payload->length = kept->length;
    payload->type = kept->type;
    payload->fields = kept->fields;
}

static void give_place(ct_kept_job_t *job)
{
    if (job->has_place) {
        job->has_place = 0;
        ct_keep_taken_is_over();
    }
}

/* Once: a function that a stop has left behind may return after all. Room for
 * the next one first: the store looks when it is told. */
static void say(ct_kept_job_t *job, ct_ending_e how, int attempt,
                apr_time_t not_before, const char *error)
{
    if (job->is_said) {
        return;
    }
    job->is_said = 1;
    give_place(job);
    ct_keep_end(job->kept.id, how, attempt, not_before, error);
}

/* It cannot be run here and now; that is no attempt. */
static apr_status_t put_off(const crosstown_task_t *task, ct_kept_job_t *job,
                            const char *why)
{
    const crosstown_client_t *crosstown = &ct_keep_others.crosstown;
    apr_time_t when = apr_time_now() + UNKNOWN_WAIT;

    say(job, CT_ENDING_RELEASE, job->kept.attempt - 1, when, NULL);
    ct_keep_others.stays_kept(task);
    return crosstown_client_fail(crosstown, task,
                                 crosstown_client_retry_at(crosstown, task,
                                                           when),
                                 "%s; it waits on disk", why);
}

/* The next attempt is the store's: it may be days away, and many; it is one
 * task with one end all the same. */
static apr_status_t conclude(const crosstown_task_t *task,
                             ct_kept_job_t *job, apr_status_t result)
{
    crosstown_said_t said = CROSSTOWN_SAID_INIT;
    char words[128];

    if (result == APR_SUCCESS) {
        say(job, CT_ENDING_DONE, 0, 0, NULL);
        return result;
    }
    ct_keep_others.said(task, &said);
    if (result == CROSSTOWN_UNTRIED) {
        say(job, CT_ENDING_RELEASE, job->kept.attempt - 1, said.again, NULL);
        ct_keep_others.stays_kept(task);
        return result;
    }
    if (result == CROSSTOWN_AGAIN && said.again) {
        say(job, CT_ENDING_RETRY, job->kept.attempt, said.again, said.words);
        ct_keep_others.stays_kept(task);
        return result;
    }
    say(job, CT_ENDING_DEAD, job->kept.attempt, 0,
        said.words ? said.words
                   : apr_strerror(result, words, sizeof(words)));
    return result;
}

/* For what has to be there until it is over, if it is held. */
static int has_pool(ct_kept_job_t *job)
{
    return job->pool || apr_pool_create(&job->pool, NULL) == APR_SUCCESS;
}

static const crosstown_response_t *response_of(const ct_kept_job_t *job,
                                               server_rec *s)
{
    crosstown_response_t *response = apr_palloc(job->pool, sizeof(*response));

    ct_origin_response(&job->kept, s, response);
    return response;
}

static apr_status_t run_on(const crosstown_task_t *task, ct_kept_job_t *job)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    crosstown_task_t shown = *task;
    server_rec *s =
        ct_origin_find_server(job->kept.origin[CT_ORIGIN_SERVER]);
    apr_status_t result = APR_SUCCESS;

    if (!has_pool(job)) {
        return put_off(task, job, "no memory");
    }
    set_payload(&payload, &job->kept);
    shown.pool = job->pool;
    if (!shown.response && job->kept.received) {
        shown.response = response_of(job, s);
    }
    if (!s || ct_keep_others.run_named(s, job->kept.name, &shown, &payload,
                                       &result) != APR_SUCCESS) {
        return put_off(task, job, "nobody provides this task (any more)");
    }
    job->is_held = result == CROSSTOWN_HELD;
    if (!job->is_held) {
        return conclude(task, job, result);
    }
    give_place(job);
    return result;
}

apr_status_t ct_kept_job_run(const crosstown_task_t *task, void *data)
{
    ct_kept_job_t *job = data;

    if (job->state == CT_KEPT_ELSEWHERE) {
        return APR_SUCCESS;
    }
    if (job->state != CT_KEPT_ON_DISK) {
        return crosstown_client_fail(&ct_keep_others.crosstown, task,
                                     APR_EGENERAL, "it could not be kept on "
                                     "disk, and its response says so");
    }
    if (!job->is_taken) {
        job->kept.attempt = 1;
    }
    ct_keep_others.identify(task, job->kept.token,
                            (unsigned int)job->kept.attempt,
                            job->kept.created);
    if (job->is_taken && job->kept.recovered > 0) {
        ct_keep_begin(job->kept.id);
    }
    return run_on(task, job);
}

/* The status that the client saw lets it run; the one in the log, which came
 * later, does not. What the client saw counts. */
static int was_promised(const crosstown_task_t *task, const ct_kept_job_t *job)
{
    return job->wire_status && task->response
           && task->response->status != job->wire_status
           && !ct_keep_others.refuses(&job->no_go, job->wire_status);
}

static void give_up(const crosstown_task_t *task, crosstown_outcome_e outcome,
                    ct_kept_job_t *job)
{
    if (outcome == CROSSTOWN_CANCELLED
        || (outcome == CROSSTOWN_NO_GO && !was_promised(task, job))) {
        say(job, CT_ENDING_WITHDRAWN, 0, 0, NULL);
    }
    else if (outcome != CROSSTOWN_RAN && !job->is_said) {
        say(job, CT_ENDING_RELEASE, job->is_taken ? job->kept.attempt - 1 : 0,
            job->kept.not_before, NULL);
        ct_keep_others.stays_kept(task);
    }
}

void ct_kept_job_over(const crosstown_task_t *task,
                      crosstown_outcome_e outcome, apr_status_t result,
                      void *data)
{
    ct_kept_job_t *job = data;

    if (job->is_held) {
        conclude(task, job, result);
    }
    else if (job->state == CT_KEPT_ON_DISK) {
        give_up(task, outcome, job);
    }
    if (job->pool) {
        apr_pool_destroy(job->pool);
    }
}

apr_status_t ct_kept_job_submit(const ct_kept_t *kept, int is_taken)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    ct_kept_job_t *job;
    server_rec *s;
    apr_pool_t *pool;
    apr_status_t rv = apr_pool_create(&pool, NULL);
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    job = copy(pool, kept);
    for (i = 0; i < CT_ORIGINS; ++i) {
        job->kept.origin[i] = apr_pstrdup(pool, kept->origin[i]);
    }
    job->pool = pool;
    job->state = CT_KEPT_ON_DISK;
    job->is_taken = job->has_place = is_taken;
    opts.name = job->kept.name;
    opts.over = ct_kept_job_over;
    s = ct_origin_find_server(kept->origin[CT_ORIGIN_SERVER]);
    rv = crosstown_client_submit(&ct_keep_others.crosstown, s,
                                 ct_kept_job_run, job, &opts);
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(pool);
    }
    return rv;
}
