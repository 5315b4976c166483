/* SPDX-License-Identifier: Apache-2.0 */
/* target: the way back to mod_crosstown, whose functions are fetched once. */
#include "target.h"

#include "crosstown_client.h"

#include "apr_strings.h"

#include <stdarg.h>

/* Where words are kept; the pool is that of one attempt. */
#define WORDS "crosstown-tasks-words"

static crosstown_client_t crosstown;
static APR_OPTIONAL_FN_TYPE(crosstown_on_finish) *on_finish;
static APR_OPTIONAL_FN_TYPE(crosstown_describe) *describe;

apr_status_t ct_target_fail(const crosstown_task_t *task, apr_status_t status,
                            const char *format, ...)
{
    va_list values;
    const char *words;

    va_start(values, format);
    words = apr_pvsprintf(task->pool, format, values);
    va_end(values);
    apr_pool_userdata_setn(words, WORDS, NULL, task->pool);
    return crosstown.fail ? crosstown.fail(task, status, "%s", words) : status;
}

const char *ct_target_words(const crosstown_task_t *task)
{
    void *words = NULL;

    apr_pool_userdata_get(&words, WORDS, task->pool);
    return words;
}

void ct_target_on_finish(const crosstown_task_t *task,
                         crosstown_on_finish_fn_t *ask, void *data)
{
    if (on_finish) {
        on_finish(task, ask, data);
    }
}

void ct_target_show(const crosstown_task_t *task, const char *target,
                    const char *by)
{
    if (describe) {
        describe(task, target, by);
    }
}

apr_status_t ct_target_retry_at(const crosstown_task_t *task, apr_time_t when)
{
    return crosstown_client_retry_at(&crosstown, task, when);
}

static int may_do_better(int status)
{
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

apr_status_t ct_target_answered(const crosstown_task_t *task, const char *who,
                                int status, apr_interval_time_t retry_after,
                                apr_interval_time_t max_delay)
{
    if (status >= 200 && status < 300) {
        return APR_SUCCESS;
    }
    if (!may_do_better(status)) {
        return ct_target_fail(task, CROSSTOWN_GIVE_UP, "%s: answered %d", who,
                              status);
    }
    if (retry_after == 0) {
        return ct_target_fail(task, APR_EGENERAL, "%s: answered %d", who,
                              status);
    }
    if (retry_after > max_delay) {
        retry_after = max_delay;
    }
    return ct_target_fail(task, ct_target_retry_at(task, apr_time_now()
                                                         + retry_after),
                          "%s: answered %d, Retry-After", who, status);
}

apr_time_t ct_target_deadline(void)
{
    return crosstown.deadline ? crosstown.deadline() : 0;
}

static void add(apr_table_t *all, const char *name, const char *value)
{
    if (value) {
        apr_table_setn(all, name, value);
    }
}

void ct_target_describe(const crosstown_task_t *task,
                        void (*set)(void *context, const char *name,
                                    const char *value), void *context)
{
    const crosstown_response_t *response = task->response;
    apr_table_t *all = apr_table_make(task->pool, 12);
    const apr_table_entry_t *entries;
    int i;

    apr_table_setn(all, "CROSSTOWN_TASK", task->name);
    apr_table_setn(all, "CROSSTOWN_ID", task->id);
    apr_table_setn(all, "CROSSTOWN_ATTEMPT",
                   apr_psprintf(task->pool, "%u", task->attempt));
    if (response) {
        add(all, "CROSSTOWN_STATUS", apr_itoa(task->pool, response->status));
        add(all, "CROSSTOWN_METHOD", response->method);
        add(all, "CROSSTOWN_URI", response->uri);
        add(all, "CROSSTOWN_HOST", response->hostname);
        add(all, "CROSSTOWN_CLIENT", response->client_ip);
        add(all, "CROSSTOWN_USER", response->user);
        add(all, "CROSSTOWN_LOG_ID", response->log_id);
        add(all, "TRACEPARENT", response->traceparent);
    }
    entries = (const apr_table_entry_t *)apr_table_elts(all)->elts;
    for (i = 0; i < apr_table_elts(all)->nelts; ++i) {
        set(context, entries[i].key, entries[i].val);
    }
}

static void retrieve(void)
{
    crosstown_client_load(&crosstown);
    on_finish = APR_RETRIEVE_OPTIONAL_FN(crosstown_on_finish);
    describe = APR_RETRIEVE_OPTIONAL_FN(crosstown_describe);
}

void ct_target_register(void)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
}
