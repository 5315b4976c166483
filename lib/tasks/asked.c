/* SPDX-License-Identifier: Apache-2.0 */
/* asked: who is believed. Nobody by default; a place that names a task with
 * CrosstownAccept trusts what answers there, a ProxyPass included. A forward
 * proxy's answers come from anywhere and are never believed. */
#include "asked.h"

#include "ask.h"
#include "refusal_log.h"
#include "report.h"
#include "task_header.h"
#include "task_place.h"
#include "task_time.h"

#include "crosstown_client.h"

#include "apr_strings.h"

/* What the options say; that they can be read is known. */
static void read_options(const ct_asked_task_t *asked, ct_ask_t *ask)
{
    ask->no_go = asked->no_go;
    ask->unique = asked->unique;
    if (asked->delay) {
        ct_task_time_read(asked->delay, &ask->delay);
    }
}

static const char *words_of(apr_status_t rv)
{
    switch (rv) {
    case APR_EOF:
        return "the response is over";
    case APR_ENOTIMPL:
        return "mod_crosstown is not loaded";
    case APR_TIMEUP:
        return "it would expire before its delay is over";
    case APR_ENOSPC:
        return "too many keys of unique tasks are held";
    default:
        return "it cannot be recorded";
    }
}

/* @return NULL: it is told what became of it | why it is not recorded; remedy
 * is for whoever has the configuration only */
static const char *take_one(request_rec *r, const ct_asked_task_t *asked,
                            const char **remedy)
{
    ct_ask_t ask = CT_ASK_INIT;
    const ct_named_task_t *task;
    apr_status_t rv;

    if (r->proxyreq == PROXYREQ_PROXY) {
        return "a forward proxy's answers may not ask for tasks";
    }
    task = ct_named_task_find(r->server, asked->name);
    if (!task) {
        *remedy = apr_pstrcat(r->pool, "; there are: ",
                              ct_named_task_names(r->pool, r->server), NULL);
        return "no CrosstownTask of this name";
    }
    if (!ct_task_place_accepts(ct_task_place_of(r), asked->name)) {
        *remedy = apr_psprintf(r->pool, "; write \"CrosstownAccept %s\" in a "
                               "<Directory> or <Location> of this page",
                               asked->name);
        return "no CrosstownAccept here";
    }
    read_options(asked, &ask);
    ask.by = "the response's header";
    rv = ct_ask_with_fields(r, task, asked->fields, &ask);
    if (rv == APR_SUCCESS) {
        ct_report_taken(r, asked->name, ask.no_go ? ask.no_go : task->no_go);
        return NULL;
    }
    if (rv == APR_EEXIST) {
        ct_report_duplicate(r, asked->name);
        return NULL;
    }
    return words_of(rv);
}

static void refuse_field(request_rec *r, const char *error)
{
    ct_refusal_log_field(r, error);
    ct_report_refused(r, "crosstown", error);
}

static void take_task(request_rec *r, const ct_asked_task_t *asked)
{
    const char *remedy = "";
    const char *why = take_one(r, asked, &remedy);

    if (why) {
        ct_report_refused(r, asked->name, why);
        ct_refusal_log_task(r, asked->name, apr_pstrcat(r->pool, why, remedy,
                                                        NULL));
    }
}

static const char *check_options(request_rec *r, const ct_asked_task_t *asked)
{
    const char *error = crosstown_client_check_statuses(NULL, r->pool,
                                                        asked->no_go);
    apr_interval_time_t delay;

    if (error) {
        return apr_psprintf(r->pool, "ct-no-go of \"%s\": %s", asked->name,
                            error);
    }
    return !asked->delay || ct_task_time_read(asked->delay, &delay) ? NULL
        : apr_psprintf(r->pool, "ct-delay of \"%s\": %s, not \"%s\"",
                       asked->name, CT_TASK_TIME_FORMS, asked->delay);
}

void ct_asked_take(request_rec *r, const char *field)
{
    const char *error = NULL;
    apr_array_header_t *tasks = ct_task_header_read(r->pool, field,
                                                    strlen(field), &error);
    const ct_asked_task_t *all;
    int i;

    if (!tasks) {
        refuse_field(r, error);
        return;
    }
    all = (const ct_asked_task_t *)tasks->elts;
    for (i = 0; i < tasks->nelts; ++i) {
        error = check_options(r, &all[i]);
        if (error) {
            refuse_field(r, error);
            return;
        }
    }
    for (i = 0; i < tasks->nelts; ++i) {
        take_task(r, &all[i]);
    }
}
