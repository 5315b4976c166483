/* SPDX-License-Identifier: Apache-2.0 */
/* attempt: mod_crosstown tries again what asks for it; whether and when it is
 * asked is decided here, by what the target has returned and the keys of the
 * task, at once or, of one that is held, when it is finished. A target that
 * names the time itself has the last word on that alone.
 *
 * A task that only now turns out to be a second one of its key ends well, as
 * those do which were dropped when they were asked for. */
#include "attempt.h"

#include "target.h"

#include "apr_general.h"

static apr_status_t call_target(const crosstown_task_t *task,
                                const ct_job_t *job)
{
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;

    ct_job_payload(job, &payload);
    return job->task->kind->run(task, &payload, job->task->config);
}

/* A function that has chosen its words by itself keeps them, unless `first`
 * has to be said. */
static apr_status_t end(const crosstown_task_t *task, apr_status_t rv,
                        const char *first, unsigned int attempts)
{
    const char *words = ct_target_words(task);

    if (rv == CROSSTOWN_AGAIN) {
        rv = CROSSTOWN_GIVE_UP;
    }
    if (*first || (words && attempts > 1)) {
        ct_target_fail(task, rv, "%s%safter %u attempt%s%s%s", first,
                       *first ? " " : "", attempts, attempts == 1 ? "" : "s",
                       words ? ": " : "", words ? words : "");
    }
    return rv;
}

static apr_status_t end_expired(const crosstown_task_t *task, apr_status_t rv,
                                unsigned int attempts)
{
    return attempts > 0 ? end(task, rv, "expired (expires=)", attempts)
                        : ct_target_fail(task, rv, "expired (expires=)");
}

static apr_uint32_t any_number(void)
{
    apr_uint32_t number = 0;

    (void)apr_generate_random_bytes((unsigned char *)&number, sizeof(number));
    return number;
}

static apr_status_t follow(const crosstown_task_t *task,
                           const ct_backoff_t *backoff, apr_status_t rv)
{
    apr_time_t now = apr_time_now();
    apr_interval_time_t wait = rv == CROSSTOWN_AGAIN ? 0
        : ct_backoff_delay(backoff, task->attempt, any_number());

    switch (ct_backoff_next(backoff, task->attempt, task->recorded, now,
                            wait)) {
    case CT_BACKOFF_AGAIN:
        return rv == CROSSTOWN_AGAIN ? rv
                                     : ct_target_retry_at(task, now + wait);
    case CT_BACKOFF_EXPIRED:
        return end_expired(task, rv, task->attempt);
    default:
        return end(task, rv, "", task->attempt);
    }
}

/* The target has returned this, or one that is held is finished with it. What
 * was not tried is no attempt. */
static apr_status_t judge(const crosstown_task_t *task, apr_status_t rv,
                          void *data)
{
    const ct_job_t *job = data;

    return rv == APR_SUCCESS || rv == CROSSTOWN_HELD || rv == CROSSTOWN_UNTRIED
        ? rv
        : rv == CROSSTOWN_GIVE_UP ? end(task, rv, "", task->attempt)
                                  : follow(task, &job->task->backoff, rv);
}

apr_status_t ct_attempt(const crosstown_task_t *task, ct_job_t *job)
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
        return end_expired(task, APR_TIMEUP, task->attempt - 1);
    }
    ct_target_show(task, job->task->shown, job->by);
    ct_target_on_finish(task, judge, job);
    return judge(task, call_target(task, job), job);
}
