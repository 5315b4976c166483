/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deeds that put a strain on mod_crosstown: a flood of tasks, a process that
 * may not make threads, a hand-over by whatever thread ends a connection.
 *
 * Thread: the request's; farewell: the one that destroys the connection.
 * Lifetime: a farewell lives in the connection's pool.
 */
#include "mod_probe.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "apr_strings.h"

/** What is submitted when the connection ends. */
typedef struct farewell_t {
    server_rec *server;
    const char *name;
    probe_order_t order;
} farewell_t;

static apr_int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (apr_int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static apr_status_t do_nothing(const crosstown_task_t *task, void *data)
{
    (void)task;
    (void)data;
    return APR_SUCCESS;
}

/* So many tasks that leave no trace, and one line that says how long it took
 * to hand them over. */
void probe_do_flood(probe_script_t *script, const char *value)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    int wanted = atoi(value);
    int taken = 0;
    apr_int64_t begin = now_ns();
    probe_line_t line;

    opts.name = PROBE_QUIET;
    while (taken < wanted
           && crosstown_client_submit(&probe_crosstown, script->r->server,
                                      do_nothing, NULL, &opts)
              == APR_SUCCESS) {
        ++taken;
    }
    begin = now_ns() - begin;
    probe_line_begin(&line, "flood");
    probe_line_add(&line, "tag", script->order.tag);
    probe_line_number(&line, "count", taken);
    probe_line_number(&line, "took", begin);
    probe_line_end(&line);
}

/* "no": from here on this process cannot make a thread, unless it is root;
 * "yes": it can again. */
void probe_do_threads(probe_script_t *script, const char *value)
{
    struct rlimit limit;
    probe_line_t line;
    int rv = getrlimit(RLIMIT_NPROC, &limit);

    limit.rlim_cur = strcmp(value, "no") ? limit.rlim_max : 0;
    rv = rv ? rv : setrlimit(RLIMIT_NPROC, &limit);
    probe_line_begin(&line, "threads");
    probe_line_add(&line, "tag", script->order.tag);
    probe_line_add(&line, "may", rv ? "unknown" : value);
    probe_line_end(&line);
}

/* event and worker block all signals in all of their threads but the one that
 * listens, which has SIGHUP open, and the main thread. */
static int is_listener(void)
{
    sigset_t mask;

    return pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0
           && !sigismember(&mask, SIGHUP) && gettid() != getpid();
}

static apr_status_t say_farewell(void *data)
{
    farewell_t *farewell = data;
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    apr_int64_t begin;
    apr_status_t rv;
    probe_line_t line;

    opts.name = farewell->name;
    opts.data_size = sizeof(farewell->order);
    opts.over = probe_over;
    begin = now_ns();
    rv = crosstown_client_submit(&probe_crosstown, farewell->server,
                                 probe_run, &farewell->order, &opts);
    begin = now_ns() - begin;
    probe_line_begin(&line, "farewell");
    probe_line_add(&line, "tag", farewell->order.tag);
    probe_line_number(&line, "listener", is_listener());
    probe_line_number(&line, "took", begin);
    probe_line_result(&line, "answer", rv);
    probe_line_end(&line);
    return APR_SUCCESS;
}

/* When the connection's memory goes, by whatever thread, submit one task. */
void probe_do_farewell(probe_script_t *script, const char *value)
{
    apr_pool_t *pool = script->r->connection->pool;
    farewell_t *farewell = apr_palloc(pool, sizeof(*farewell));

    farewell->server = script->r->server;
    farewell->name = apr_pstrdup(pool, value);
    farewell->order = script->order;
    apr_pool_cleanup_register(pool, farewell, say_farewell,
                              apr_pool_cleanup_null);
}
