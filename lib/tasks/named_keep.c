/* SPDX-License-Identifier: Apache-2.0 */
/* named_keep: who keeps a task knows its name, its payload and its key, and
 * asks for an attempt; what the name means, and what follows a failure, is
 * known here only. */
#include "named_keep.h"

#include "attempt.h"

#include "ap_provider.h"

static void fill_in(crosstown_kept_t *kept, crosstown_payload_t *payload,
                    const ct_job_t *job)
{
    ct_job_payload(job, payload);
    memset(kept, 0, sizeof(*kept));
    kept->size = sizeof(*kept);
    kept->server = job->task->setup.server;
    kept->name = job->task->name;
    kept->payload = payload;
    kept->unique = ct_job_key(job);
    kept->delay = job->delay;
    kept->expires = job->task->backoff.expires;
}

apr_status_t ct_named_keep_defer(request_rec *r, const ct_job_t *job,
                                 const ct_ask_t *ask)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    crosstown_kept_t kept;

    fill_in(&kept, &payload, job);
    kept.no_go = ask->no_go ? ask->no_go : job->task->no_go;
    return job->task->keep->defer(r, &kept);
}

apr_status_t ct_named_keep_submit(const ct_job_t *job)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    crosstown_kept_t kept;

    fill_in(&kept, &payload, job);
    return job->task->keep->submit(&kept);
}

int ct_named_keep_settle(request_rec *r)
{
    const crosstown_keep_t *disk = ap_lookup_provider(CROSSTOWN_KEEP_GROUP,
                                                      "disk",
                                                      CROSSTOWN_KEEP_VERSION);

    return disk ? disk->settle(r) : 0;
}

static apr_status_t crosstown_run_named(server_rec *s, const char *name,
                                        const crosstown_task_t *shown,
                                        const crosstown_payload_t *payload,
                                        apr_status_t *result)
{
    const ct_named_task_t *task = ct_named_task_find(s, name);
    const ct_ask_t ask = CT_ASK_INIT;
    ct_job_t *job;

    if (!task) {
        return APR_NOTFOUND;
    }
    job = ct_job_make(shown->pool, task, payload, &ask);
    if (!job) {
        return APR_ENOMEM;
    }
    /* One of its key is whoever keeps it's business. */
    job->unique.state = CT_UNIQUE_NONE;
    *result = ct_attempt(shown, job);
    return APR_SUCCESS;
}

static int crosstown_is_named(const char *name)
{
    return ct_named_task_is_anywhere(ap_server_conf, name);
}

void ct_named_keep_register(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_is_named);
    APR_REGISTER_OPTIONAL_FN(crosstown_run_named);
}
