/* SPDX-License-Identifier: Apache-2.0 */
/* support_metrics: see support_metrics.h. */
#include "support_metrics.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apr_shm.h"

#define POOLS 4

metrics_server_t metrics_server;
static apr_pool_t *pools[POOLS];
static int pool_count;

void *ap_retained_data_get(const char *key)
{
    return metrics_server.retained;
}

void *ap_retained_data_create(const char *key, apr_size_t size)
{
    free(metrics_server.retained);
    return metrics_server.retained = calloc(1, size);
}

int ap_state_query(int query)
{
    return metrics_server.state;
}

apr_status_t ap_mpm_query(int query, int *answer)
{
    *answer = query == AP_MPMQ_HARD_LIMIT_DAEMONS ? metrics_server.limit
              : query == AP_MPMQ_IS_THREADED ? metrics_server.threads : 0;
    return APR_SUCCESS;
}

apr_time_t apr_time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000
           + metrics_server.later;
}

/* Aligned as little as can be. Its pool is the server's for ever. */
apr_status_t apr_shm_create(apr_shm_t **shm, apr_size_t size,
                            const char *name, apr_pool_t *p)
{
    char *memory;

    if (metrics_server.no_memory) {
        return APR_ENOMEM;
    }
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    *shm = (apr_shm_t *)(void *)(memory + 8);
    assert_true(pool_count < POOLS);
    pools[pool_count++] = p;
    return APR_SUCCESS;
}

void *apr_shm_baseaddr_get(const apr_shm_t *shm)
{
    return (void *)shm;
}


server_rec *server(void)
{
    return crosstown_test_server();
}

void configure(void)
{
    assert_int_equal(ap_run_post_config(crosstown_test_pool(),
                                        crosstown_test_pool(),
                                        crosstown_test_pool(), server()), OK);
}

crosstown_task_t task_of(const char *name)
{
    crosstown_task_t task;

    memset(&task, 0, sizeof(task));
    task.size = sizeof(task);
    task.name = name;
    task.recorded = apr_time_now();
    return task;
}

void queue(const char *name, int tasks)
{
    unsigned int number = ct_name_ids_find(name);
    int i;

    for (i = 0; i < tasks; ++i) {
        ct_accounting_recorded(number);
    }
    ct_accounting_queued(number, tasks);
}

void call(const char *name)
{
    crosstown_task_t task = task_of(name);

    ct_accounting_begun(&task, NULL, ct_name_ids_find(name), 0, 1);
}

static void end(const char *name)
{
    crosstown_task_t task = task_of(name);

    ct_accounting_ended(&task, CROSSTOWN_RAN, APR_SUCCESS, 1);
}

void work(const char *name)
{
    queue(name, 3);
    call(name);
    end(name);
    call(name);
    ct_scoreboard_child()->gauges.threads = 2;
    ct_scoreboard_child()->gauges.most_threads = 3;
}

static void work_off(const char *name)
{
    end(name);
    call(name);
    end(name);
    ct_accounting_pause();
}

child_t fork_child(const char *name)
{
    child_t child;
    int done[2], stay[2];
    char byte;

    assert_int_equal(pipe(done) | pipe(stay), 0);
    child.pid = fork();
    if (child.pid == 0) {
        close(stay[1]);
        ct_scoreboard_take(server());
        work(name);
        (void)!write(done[1], "", 1);
        (void)!read(stay[0], &byte, 1);
        work_off(name);
        _exit(0);
    }
    close(stay[0]);
    assert_int_equal(read(done[0], &byte, 1), 1);
    close(done[0]);
    close(done[1]);
    child.end = stay[1];
    return child;
}

void await_end(const child_t *child)
{
    int status;

    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
}

void note_end(pid_t pid)
{
    ap_run_child_status(server(), pid, 0, 0, MPM_CHILD_EXITED);
}

void let_go(const child_t *child)
{
    assert_int_equal(write(child->end, "", 1), 1);
    close(child->end);
    await_end(child);
    note_end(child->pid);
}

void kill_it(const child_t *child)
{
    kill(child->pid, SIGKILL);
    close(child->end);
    await_end(child);
}

void kill_child(const child_t *child)
{
    kill_it(child);
    note_end(child->pid);
}

ct_snapshot_t *snapshot(void)
{
    return ct_snapshot_read(crosstown_test_pool());
}

void assert_total(apr_uint64_t recorded, apr_uint64_t ran,
                         apr_uint64_t lost, apr_uint64_t running)
{
    ct_snapshot_t *now = snapshot();

    assert_int_equal(now->total.recorded, recorded);
    assert_int_equal(now->total.ran, ran);
    assert_int_equal(now->total.lost, lost);
    assert_int_equal(now->total.open, recorded - ran - lost);
    assert_int_equal(now->running.now, running);
    assert_int_equal(now->task_count, running);
}

void assert_waiting(apr_uint64_t waiting)
{
    assert_int_equal(snapshot()->waiting.now, waiting);
}

int logged(const char *text)
{
    return crosstown_test_logged(text) != NULL;
}

int metrics_setup(void **state)
{
    memset(&metrics_server, 0, sizeof(metrics_server));
    metrics_server.limit = 1;
    metrics_server.threads = 1;
    metrics_server.state = AP_SQ_MS_CREATE_CONFIG;
    return record_setup(state);
}

int metrics_teardown(void **state)
{
    while (pool_count > 0) {
        apr_pool_destroy(pools[--pool_count]);
    }
    free(metrics_server.retained);
    return end_teardown(state);
}
