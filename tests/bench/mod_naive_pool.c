/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The naive reference's threads: an apr_thread_pool on pchild, used as its
 * documentation suggests.
 *
 * Thread: requests push, the pool's threads run.
 * Lifetime: the child's; each task that is pushed has a pool of its own.
 */
#include "mod_naive.h"

#include <string.h>

#include "apr_strings.h"
#include "apr_thread_pool.h"

APR_IMPLEMENT_OPTIONAL_HOOK_RUN_ALL(crosstown, CROSSTOWN, int, crosstown_done,
                                    (const crosstown_task_t *task,
                                     crosstown_outcome_e outcome,
                                     apr_status_t result),
                                    (task, outcome, result), OK, DECLINED)

static apr_thread_pool_t *threads;    /* set once: in child_init */
static apr_pool_t *child_pool;        /* set once: in child_init */

void naive_task_view(const naive_task_t *task, crosstown_task_t *view)
{
    view->size = sizeof(*view);
    view->name = task->name;
    view->response = task->response;
    view->pool = task->pool;
    view->recorded = task->recorded;
}

/* Copy a task, and its data if that was copied before, out of the request. */
naive_task_t *naive_task_move(const naive_task_t *task)
{
    naive_task_t *moved;
    apr_pool_t *pool;

    if (apr_pool_create(&pool, child_pool) != APR_SUCCESS) {
        return NULL;
    }
    moved = apr_pmemdup(pool, task, sizeof(*task));
    moved->name = apr_pstrdup(pool, task->name);
    moved->pool = pool;
    moved->moved = 1;
    if (task->data_size > 0) {
        moved->data = apr_pmemdup(pool, task->data, task->data_size);
    }
    return moved;
}

void naive_task_end(naive_task_t *task, crosstown_outcome_e outcome,
                    apr_status_t result)
{
    crosstown_task_t view;

    naive_task_view(task, &view);
    if (outcome == CROSSTOWN_RAN && result != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, result, task->server,
                     "task \"%s\" failed", task->name);
    }
    if (task->over) {
        task->over(&view, outcome, result, task->data);
    }
    crosstown_run_crosstown_done(&view, outcome, result);
    if (task->moved) {
        apr_pool_destroy(task->pool);
    }
}

void naive_task_run(naive_task_t *task)
{
    crosstown_task_t view;

    naive_task_view(task, &view);
    naive_task_end(task, CROSSTOWN_RAN, task->fn(&view, task->data));
}

static void *APR_THREAD_FUNC run_pushed(apr_thread_t *thread, void *data)
{
    naive_task_run(data);
    return NULL;
}

/* A full queue: as CrosstownOverflow says. */
static apr_status_t overflow(naive_task_t *task)
{
    if (ct_config()->overflow_inline) {
        naive_task_run(task);
        return APR_SUCCESS;
    }
    return APR_EAGAIN;
}

apr_status_t naive_task_push(naive_task_t *task)
{
    if (!threads) {
        return APR_EINVAL;    /* not a child process */
    }
    if (apr_thread_pool_tasks_count(threads)
        >= ct_config()->queue_max) {
        return overflow(task);
    }
    if (naive_ways & NAIVE_ON_TOP) {
        return apr_thread_pool_top(threads, run_pushed, task,
                                   APR_THREAD_TASK_PRIORITY_NORMAL, NULL);
    }
    return apr_thread_pool_push(threads, run_pushed, task,
                                APR_THREAD_TASK_PRIORITY_NORMAL, NULL);
}

static apr_status_t drain(void *unused)
{
    apr_time_t deadline = apr_time_now() + ct_config()->drain;

    while (apr_thread_pool_tasks_count(threads)
           + apr_thread_pool_busy_count(threads) > 0
           && apr_time_now() < deadline) {
        apr_sleep(apr_time_from_msec(10));
    }
    return apr_thread_pool_destroy(threads);
}

void naive_pool_stopping(apr_pool_t *pchild, int graceful)
{
    if ((naive_ways & NAIVE_DRAIN_EARLY) && threads) {
        (void)drain(NULL);
    }
}

void naive_pool_start(apr_pool_t *pchild, server_rec *s)
{
    const ct_config_t *config = ct_config();
    apr_status_t rv;

    child_pool = pchild;
    rv = apr_thread_pool_create(&threads, config->threads_min,
                                config->threads_max, pchild);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "no thread pool");
    }
    else if (naive_ways & NAIVE_DRAIN_LATE) {
        apr_pool_pre_cleanup_register(pchild, NULL, drain);
    }
}
