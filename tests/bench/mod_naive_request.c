/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a request in the naive reference: the status that r->status
 * names, the abort that c->aborted names, and a push for each task.
 *
 * Thread: the request's.
 * Lifetime: what is pushed has memory of its own.
 */
#include "mod_naive.h"

#include "apr_strings.h"

APR_IMPLEMENT_OPTIONAL_HOOK_RUN_ALL(crosstown, CROSSTOWN, int,
                                    crosstown_admit,
                                    (request_rec *r,
                                     const crosstown_task_t *task), (r, task),
                                    OK, DECLINED)
static int is_aborted(const request_rec *r)
{
    if (naive_ways & NAIVE_BYTES_SENT) {
        return !r->header_only && r->bytes_sent < r->clength;
    }
    return r->connection->aborted;
}

crosstown_response_t *naive_request_snapshot(const request_rec *r,
                                             apr_pool_t *p)
{
    crosstown_response_t *response = apr_pcalloc(p, sizeof(*response));

    response->size = sizeof(*response);
    response->server = r->server;
    response->status = r->status;
    response->aborted = is_aborted(r);
    response->bytes_sent = r->bytes_sent;
    response->received = r->request_time;
    response->sent = apr_time_now();
    response->method = apr_pstrdup(p, r->method);
    response->uri = apr_pstrdup(p, r->uri);
    response->args = apr_pstrdup(p, r->args);
    response->hostname = apr_pstrdup(p, r->hostname);
    response->client_ip = apr_pstrdup(p, r->useragent_ip);
    response->user = apr_pstrdup(p, r->user);
    response->log_id = apr_pstrdup(p, r->log_id);
    return response;
}

static int may_run(const naive_task_t *task, request_rec *r)
{
    ct_settings_t settings = ct_place_settings(r, 0);
    crosstown_task_t view;
    int answer;

    if (ct_statuses_has(&task->no_go, r->status)
        || (settings.skip_aborted && is_aborted(r))) {
        return 0;
    }
    naive_task_view(task, &view);
    answer = crosstown_run_crosstown_admit(r, &view);
    return answer == OK || answer == DECLINED;
}

static void push_or_reject(naive_task_t *task)
{
    apr_status_t rv = naive_task_push(task);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, task->server,
                     "task \"%s\" rejected", task->name);
        naive_task_end(task, CROSSTOWN_REJECTED, APR_SUCCESS);
    }
}

static apr_status_t push_later(void *task)
{
    push_or_reject(task);
    return APR_SUCCESS;
}

/* Everything of the request that the task will need. */
static naive_task_t *pack(const naive_task_t *task, request_rec *r)
{
    naive_task_t *moved = naive_task_move(task);

    moved->response = naive_request_snapshot(r, moved->pool);
    if (task->carry) {
        moved->data = task->carry(r, task->data, moved->pool);
    }
    return moved;
}

static void hand_over(naive_task_t *task, request_rec *r)
{
    conn_rec *c = r->connection->master ? r->connection->master
                                        : r->connection;

    if (task->same_thread) {
        naive_task_run(task);
    }
    else if (naive_ways & NAIVE_AT_CONNECTION_END) {
        apr_pool_cleanup_register(c->pool, task, push_later,
                                  apr_pool_cleanup_null);
    }
    else {
        push_or_reject(task);
    }
}

void naive_request_dispatch(request_rec *r, int on)
{
    naive_list_t *list = ap_get_module_config(r->request_config,
                                              &crosstown_module);
    crosstown_response_t *response;
    naive_task_t *packed = NULL;
    naive_task_t **last = &packed;
    naive_task_t *task;

    if (!list) {
        return;
    }
    response = naive_request_snapshot(r, r->pool);
    for (task = list->first; task; task = task->next) {
        task->response = response;
        if (on && may_run(task, r)) {
            *last = pack(task, r);
            last = &(*last)->next;
        }
        else {
            naive_task_end(task, CROSSTOWN_NO_GO, APR_SUCCESS);
        }
    }
    *last = NULL;
    list->first = NULL;
    list->dispatched = 1;
    while ((task = packed) != NULL) {
        packed = task->next;
        hand_over(task, r);
    }
}
