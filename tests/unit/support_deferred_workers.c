/* SPDX-License-Identifier: Apache-2.0 */
/* support_deferred: the child process around deferreds: its pool of threads
 * and its log. See support_deferred.h. */
#include "support_deferred.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "deferred.h"
#include "deferreds.h"
#include "support_calls.h"

static crosstown_deferreds_t table;
const crosstown_deferreds_t *deferreds = &table;

/* ---- the log ---- */

static struct {
    pthread_mutex_t lock;
    int told;
    int expected;                    /* < 0: any number */
    apr_status_t status;
    char message[120];
} unseen = { PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, "" };

static void note_unseen(apr_status_t status, const char *message)
{
    pthread_mutex_lock(&unseen.lock);
    ++unseen.told;
    unseen.status = status;
    apr_cpystrn(unseen.message, message, sizeof(unseen.message));
    pthread_mutex_unlock(&unseen.lock);
}

void unseen_assert(int expected, const char *file, int line)
{
    int told;

    pthread_mutex_lock(&unseen.lock);
    unseen.expected = expected;
    told = unseen.told;
    pthread_mutex_unlock(&unseen.lock);
    if (told != expected) {
        print_error("%d failures unseen, expected %d; the last: %d \"%s\"\n",
                    told, expected, unseen.status, unseen.message);
        _fail(file, line);
    }
}

void unseen_assert_was(apr_status_t status, const char *message,
                       const char *file, int line)
{
    if (unseen.status != status || strcmp(unseen.message, message) != 0) {
        print_error("the last unseen: %d \"%s\", expected %d \"%s\"\n",
                    unseen.status, unseen.message, status, message);
        _fail(file, line);
    }
}

void unseen_ignore(void)
{
    unseen.expected = -1;
}

/* ---- workers ---- */

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

static apr_status_t submit(struct server_rec *s, crosstown_fn_t *fn,
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

/* ---- inside ---- */

static int has_waiter(void *data)
{
    crosstown_deferred_t *d = data;
    int has;

    ct_deferred_lock(d);
    has = d->waiters != NULL;
    ct_deferred_unlock(d);
    return has;
}

/* Nobody tells when it comes to this, hence the looking. */
static int reached(int (*is_so)(void *data), void *data)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);

    while (!is_so(data)) {
        if (apr_time_now() > until) {
            return 0;
        }
        sched_yield();
    }
    return 1;
}

int waiter_reached(crosstown_deferred_t *d)
{
    return reached(has_waiter, d);
}

/* ---- a test program ---- */

static int running;
static int uses;                     /* atomic */

static void note_use(void)
{
    __atomic_add_fetch(&uses, 1, __ATOMIC_SEQ_CST);
}

int child_uses(void)
{
    return __atomic_load_n(&uses, __ATOMIC_SEQ_CST);
}

void child_start(void)
{
    static const ct_deferreds_with_t with = { note_unseen, submit, on_worker,
                                              note_use };

    assert_int_equal(ct_deferreds_start(&with), APR_SUCCESS);
    running = 1;
}

void child_stop(void)
{
    if (running) {
        ct_deferreds_stop();
    }
    running = 0;
}

int deferreds_setup(void **state)
{
    int rv = pool_setup(state);

    unseen.told = 0;
    unseen.expected = 0;
    workers_set(WORKERS_HOLD);
    memset(&table, 0, sizeof(table));
    table.size = sizeof(table);
    ct_deferreds_fill(&table);
    child_start();
    return rv;
}

int deferreds_teardown(void **state)
{
    child_stop();
    workers_join();
    while (workers.count > 0) {
        workers_end_one(CROSSTOWN_STOPPED);
    }
    if (unseen.expected >= 0 && unseen.told != unseen.expected) {
        print_error("%d failures unseen, expected %d; the last: %d \"%s\"\n",
                    unseen.told, unseen.expected, unseen.status,
                    unseen.message);
        return 1;
    }
    return pool_teardown(state);
}
