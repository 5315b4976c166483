/* SPDX-License-Identifier: Apache-2.0 */
/* mod_bench: the consumer that `make bench` measures: a few bytes, and as
 * many tasks as its directives say. Without mod_crosstown it does the very
 * same and records nothing.
 *
 *   <Location /path>
 *       SetHandler bench
 *       BenchTasks number        tasks for each request, 0
 *       BenchSameThread On|Off   Off
 *       BenchWork milliseconds   what a task does, 0: nothing
 *       BenchStamp On|Off        note when tasks start after the last write
 *       BenchAsk tasks           what a script would say: a header Crosstown
 *       BenchPage microseconds   of processor time, that the page takes, 0
 *   </Location>
 *
 * It provides the named tasks bench_memory and bench_disk, which do nothing,
 * and bench_later, which asks for bench_disk: what is kept on disk without a
 * client that waits for it.
 *
 * SetHandler bench-counts tells how many tasks ran, then the notes, in
 * nanoseconds, since it was last asked. */
#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_protocol.h"
#include "apr_atomic.h"
#include "apr_strings.h"

#include <stdlib.h>
#include <time.h>

#include "crosstown_client.h"
#include "crosstown_tasks.h"

#define NOTES 65536

module AP_MODULE_DECLARE_DATA bench_module;

typedef struct {
    int tasks;
    int same_thread;
    int work;                        /* milliseconds */
    int stamp;
    const char *ask;
    int page;                        /* microseconds */
} bench_place_t;

/* Malloc, because a task is to have it after the request without anything
 * being carried. */
typedef struct {
    apr_int64_t sent;                /* monotonic, nanoseconds */
} stamp_t;

static crosstown_client_t crosstown;
static crosstown_tasks_t named;
static apr_uint32_t ran;             /* atomic */
static apr_uint32_t noted;           /* atomic */
static apr_uint32_t shown;           /* one client asks at a time */
static apr_int64_t notes[NOTES];

static apr_int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (apr_int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* ---- tasks ---- */

static apr_status_t do_nothing(const crosstown_task_t *task, void *data)
{
    apr_atomic_inc32(&ran);
    return APR_SUCCESS;
}

static apr_status_t work(const crosstown_task_t *task, void *data)
{
    const bench_place_t *place = data;

    apr_sleep(apr_time_from_msec(place->work));
    apr_atomic_inc32(&ran);
    return APR_SUCCESS;
}

static apr_status_t note_start(const crosstown_task_t *task, void *data)
{
    apr_int64_t started = now();
    stamp_t *stamp = data;

    notes[apr_atomic_inc32(&noted) % NOTES] = started - stamp->sent;
    free(stamp);
    apr_atomic_inc32(&ran);
    return APR_SUCCESS;
}

/* ---- named tasks ---- */

static apr_status_t named_nothing(const crosstown_task_t *task,
                                  const crosstown_payload_t *payload,
                                  void *data)
{
    apr_atomic_inc32(&ran);
    return APR_SUCCESS;
}

static apr_status_t put_on_disk(const crosstown_task_t *task,
                                const crosstown_payload_t *payload,
                                void *data)
{
    return crosstown_tasks_submit(&named, task->response->server,
                                  "bench_disk", payload, NULL);
}

/* Nobody is told if there are no named tasks: none is asked for then. */
static int provide(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    crosstown_tasks_load(&named);
    (void)crosstown_tasks_provide(&named, "bench_memory", named_nothing, NULL);
    (void)crosstown_tasks_provide(&named, "bench_disk", named_nothing, NULL);
    (void)crosstown_tasks_provide(&named, "bench_later", put_on_disk, NULL);
    return OK;
}

/* ---- requests ---- */

/* The first hook after the last write: the moment nearest to it that a
 * module can see. */
static int stamp_sent(request_rec *r)
{
    stamp_t *stamp = ap_get_module_config(r->request_config, &bench_module);

    if (stamp) {
        stamp->sent = now();
    }
    return DECLINED;
}

static void record(request_rec *r, const bench_place_t *place)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    crosstown_fn_t *fn = do_nothing;
    void *data = NULL;
    int i;

    opts.same_thread = place->same_thread;
    if (place->stamp && place->tasks) {
        data = calloc(1, sizeof(stamp_t));
        fn = note_start;
    }
    else if (place->work) {
        data = (void *)place;        /* the server's, not the request's */
        fn = work;
    }
    for (i = 0; i < place->tasks; ++i) {
        if (crosstown_client_defer(&crosstown, r, fn, data, &opts)
            != APR_SUCCESS && fn == note_start) {
            free(data);
            return;
        }
    }
    if (fn == note_start) {
        ap_set_module_config(r->request_config, &bench_module, data);
    }
}

/* Whoever has the processor meanwhile. */
static void take_time(int microseconds)
{
    struct timespec start, time;
    apr_int64_t taken;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        taken = (apr_int64_t)(time.tv_sec - start.tv_sec) * 1000000000
                + time.tv_nsec - start.tv_nsec;
    } while (taken < (apr_int64_t)microseconds * 1000);
}

static int tell_counts(request_rec *r)
{
    apr_uint32_t known = apr_atomic_read32(&noted);

    ap_rprintf(r, "%u\n", (unsigned)apr_atomic_read32(&ran));
    for (; shown < known; ++shown) {
        ap_rprintf(r, "%" APR_INT64_T_FMT "\n", notes[shown % NOTES]);
    }
    return OK;
}

static int handle(request_rec *r)
{
    const bench_place_t *place = ap_get_module_config(r->per_dir_config,
                                                      &bench_module);

    ap_set_content_type(r, "text/plain");
    if (strcmp(r->handler, "bench-counts") == 0) {
        return tell_counts(r);
    }
    if (strcmp(r->handler, "bench") != 0) {
        return DECLINED;
    }
    record(r, place);
    if (place->page) {
        take_time(place->page);
    }
    if (place->ask) {
        apr_table_setn(r->headers_out, "Crosstown", place->ask);
    }
    ap_rputs("answer\n", r);
    return OK;
}

/* ---- module ---- */

static void *make_place(apr_pool_t *p, char *dir)
{
    return apr_pcalloc(p, sizeof(bench_place_t));
}

#define FIELD(name) ((void *)APR_OFFSETOF(bench_place_t, name))

static const command_rec directives[] = {
    AP_INIT_TAKE1("BenchTasks", ap_set_int_slot, FIELD(tasks), ACCESS_CONF,
                  "tasks for each request"),
    AP_INIT_FLAG("BenchSameThread", ap_set_flag_slot, FIELD(same_thread),
                 ACCESS_CONF, "run on the thread of the request"),
    AP_INIT_TAKE1("BenchWork", ap_set_int_slot, FIELD(work), ACCESS_CONF,
                  "milliseconds that a task takes"),
    AP_INIT_FLAG("BenchStamp", ap_set_flag_slot, FIELD(stamp), ACCESS_CONF,
                 "note when the task starts"),
    AP_INIT_TAKE1("BenchAsk", ap_set_string_slot, FIELD(ask), ACCESS_CONF,
                  "the named tasks that an answer asks for"),
    AP_INIT_TAKE1("BenchPage", ap_set_int_slot, FIELD(page), ACCESS_CONF,
                  "microseconds of processor time that the page takes"),
    { NULL }
};

static void retrieve(void)
{
    crosstown_client_load(&crosstown);
    crosstown_tasks_load(&named);
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_pre_config(provide, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(stamp_sent, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

AP_DECLARE_MODULE(bench) = {
    STANDARD20_MODULE_STUFF, make_place, NULL, NULL, NULL, directives,
    register_hooks, AP_MODULE_FLAG_NONE
};
