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

#include "crosstown_client.h"

#include "apr_strings.h"

/* @return NULL: it is recorded | why it is not */
static const char *take_one(request_rec *r, const ct_asked_task_t *asked)
{
    const ct_named_task_t *task;
    apr_status_t rv;

    if (r->proxyreq == PROXYREQ_PROXY) {
        return "a forward proxy's answers may not ask for tasks";
    }
    task = ct_named_task_find(r->server, asked->name);
    if (!task) {
        return "no CrosstownTask of this name";
    }
    if (!ct_task_place_accepts(ct_task_place_of(r), asked->name)) {
        return "no CrosstownAccept here";
    }
    if (asked->delay || asked->unique) {
        return "ct-delay and ct-unique are not in this version";
    }
    rv = ct_ask_with_fields(r, task, asked->fields, asked->no_go);
    if (rv == APR_EOF) {
        return "the response is over";
    }
    return rv == APR_SUCCESS ? NULL
        : rv == APR_ENOTIMPL ? "mod_crosstown is not loaded"
                             : "it cannot be recorded";
}

static void refuse_field(request_rec *r, const char *error)
{
    ct_refusal_log_field(r, error);
    ct_report_add(r, "crosstown", error);
}

static void take_task(request_rec *r, const ct_asked_task_t *asked)
{
    const char *why = take_one(r, asked);

    ct_report_add(r, asked->name, why);
    if (why) {
        ct_refusal_log_task(r, asked->name, why);
    }
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
        error = crosstown_client_check_statuses(NULL, r->pool, all[i].no_go);
        if (error) {
            refuse_field(r, apr_psprintf(r->pool, "ct-no-go of \"%s\": %s",
                                         all[i].name, error));
            return;
        }
    }
    for (i = 0; i < tasks->nelts; ++i) {
        take_task(r, &all[i]);
    }
}
