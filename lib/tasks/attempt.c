/* SPDX-License-Identifier: Apache-2.0 */
/* attempt: a task that only now turns out to be a second one of its key ends
 * well, as those do which were dropped when they were asked for. */
#include "attempt.h"

#include "target.h"

static apr_status_t call_target(const crosstown_task_t *task,
                                const ct_job_t *job)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;

    ct_job_payload(job, &payload);
    return job->task->kind->run(task, &payload, job->task->config);
}

apr_status_t ct_attempt(const crosstown_task_t *task, const ct_job_t *job)
{
    const ct_backoff_t *backoff = &job->task->backoff;

    if (job->unique.state == CT_UNIQUE_DUPLICATE) {
        return APR_SUCCESS;
    }
    if (job->unique.state == CT_UNIQUE_NO_ROOM) {
        return ct_target_fail(task, APR_ENOSPC, "the keys of %u unique tasks "
                              "are held, and there is room for no more",
                              CT_UNIQUE_ROOM);
    }
    if (ct_backoff_is_expired(backoff, task->recorded, apr_time_now())) {
        return ct_target_fail(task, APR_TIMEUP, "expired (expires=)");
    }
    return call_target(task, job);
}
