/* SPDX-License-Identifier: Apache-2.0 */
/* support_deferred: workers, which stand in for the pool of threads around
 * deferreds. See support_deferred.h. */
#include "support_deferred.h"

#include <stdio.h>
#include <stdlib.h>

#include "support_calls.h"

#define WORKERS_MOST 64

typedef struct work_t {
    crosstown_fn_t *fn;
    void *data;
    void *copy;                      /* what data is then; or NULL */
    crosstown_over_fn_t *over;
    char name[40];
    pthread_t thread;
} work_t;

static struct {
    pthread_mutex_t lock;
    workers_e mode;
    apr_status_t refusal;
    work_t *held[WORKERS_MOST];
    int count;
    work_t *started[WORKERS_MOST];
    int threads;
    char last_name[40];
    struct server_rec *last_server;
} workers = { PTHREAD_MUTEX_INITIALIZER, WORKERS_HOLD, APR_EAGAIN, { NULL }, 0,
              { NULL }, 0, "", NULL };

static __thread int is_worker;

int on_worker(void)
{
    return is_worker;
}

static work_t *work_of(crosstown_fn_t *fn, void *data,
                       const crosstown_opts_t *opts)
{
    work_t *work = calloc(1, sizeof(*work));

    work->fn = fn;
    work->data = data;
    apr_cpystrn(work->name, opts && opts->name ? opts->name : "-",
                sizeof(work->name));
    if (opts) {
        work->over = opts->over;
        if (opts->data_size) {
            work->copy = malloc(opts->data_size);
            memcpy(work->copy, data, opts->data_size);
            work->data = work->copy;
        }
    }
    return work;
}

/* What a task sees; outcome RAN: run it. */
static void end_work(work_t *work, crosstown_outcome_e outcome)
{
    apr_pool_t *scratch;
    crosstown_task_t task;
    apr_status_t result = APR_SUCCESS;

    apr_pool_create_unmanaged_ex(&scratch, NULL, NULL);
    memset(&task, 0, sizeof(task));
    task.size = sizeof(task);
    task.name = work->name;
    task.pool = scratch;
    if (outcome == CROSSTOWN_RAN) {
        result = work->fn(&task, work->data);
    }
    if (work->over) {
        work->over(&task, outcome, result, work->data);
    }
    apr_pool_destroy(scratch);
    free(work->copy);
}

static void *run_work(void *data)
{
    is_worker = 1;
    end_work(data, CROSSTOWN_RAN);
    return NULL;
}

apr_status_t workers_submit(struct server_rec *s, crosstown_fn_t *fn,
                            void *data, const crosstown_opts_t *opts)
{
    apr_status_t rv = APR_SUCCESS;
    work_t *work;

    pthread_mutex_lock(&workers.lock);
    workers.last_server = s;
    if (workers.mode == WORKERS_REFUSE) {
        rv = workers.refusal;
    }
    else if (workers.count == WORKERS_MOST
             || workers.threads == WORKERS_MOST) {
        fprintf(stderr, "the workers have too much to do\n");
        abort();
    }
    else {
        work = work_of(fn, data, opts);
        apr_cpystrn(workers.last_name, work->name, sizeof(workers.last_name));
        if (workers.mode == WORKERS_HOLD) {
            workers.held[workers.count++] = work;
        }
        else {
            workers.started[workers.threads++] = work;
            work->thread = own_thread(run_work, work);
        }
    }
    pthread_mutex_unlock(&workers.lock);
    return rv;
}

void workers_set(workers_e mode)
{
    pthread_mutex_lock(&workers.lock);
    workers.mode = mode;
    pthread_mutex_unlock(&workers.lock);
}

void workers_refuse_with(apr_status_t status)
{
    workers.refusal = status;
    workers_set(WORKERS_REFUSE);
}

int workers_held(void)
{
    int count;

    pthread_mutex_lock(&workers.lock);
    count = workers.count;
    pthread_mutex_unlock(&workers.lock);
    return count;
}

const char *workers_last_name(void)
{
    return workers.last_name;
}

struct server_rec *workers_last_server(void)
{
    return workers.last_server;
}

static work_t *take_oldest(void)
{
    work_t *work;

    pthread_mutex_lock(&workers.lock);
    assert_int_not_equal(workers.count, 0);
    work = workers.held[0];
    memmove(workers.held, workers.held + 1,
            --workers.count * sizeof(*workers.held));
    pthread_mutex_unlock(&workers.lock);
    return work;
}

void workers_run_one(void)
{
    work_t *work = take_oldest();

    pthread_join(own_thread(run_work, work), NULL);
    free(work);
}

void workers_end_one(crosstown_outcome_e outcome)
{
    work_t *work = take_oldest();

    end_work(work, outcome);
    free(work);
}

typedef struct call_t {
    void (*call)(void *data);
    void *data;
} call_t;

static void *call_there(void *data)
{
    call_t *call = data;

    is_worker = 1;
    call->call(call->data);
    return NULL;
}

void on_worker_thread(void (*call)(void *data), void *data)
{
    call_t there = { call, data };

    pthread_join(own_thread(call_there, &there), NULL);
}

void workers_join(void)
{
    while (workers.threads > 0) {
        work_t *work = workers.started[--workers.threads];

        pthread_join(work->thread, NULL);
        free(work);
    }
}
