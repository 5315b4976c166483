/* SPDX-License-Identifier: Apache-2.0 */
/* instructions: what one request costs below httpd, for callgrind to count:
 * nothing but the measured_ functions is collected. A request's pool is
 * cleared outside of them, as the server does that with or without tasks.
 *
 * usage: instructions                 the names of the paths
 *        instructions versions        of what the counts depend on
 *        instructions PATH REQUESTS */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnu/libc-version.h>

#include "apr_general.h"
#include "apr_strings.h"
#include "apr_version.h"

#include "dispatcher.h"

static ct_dispatcher_t *dispatcher;
static apr_pool_t *scratch;
static sem_t held;
static sem_t let_go;
static int ran;

static const ct_statuses_t no_go = CT_STATUSES_4XX_5XX;

static const crosstown_response_t response = {
    .size = sizeof(crosstown_response_t),
    .status = 200,
    .method = "GET",
    .uri = "/shop/articles/4711.html",
    .args = "colour=green&size=2",
    .hostname = "www.example.com",
    .client_ip = "192.0.2.17"
};

static void tell_nobody(void *context, struct server_rec *server,
                        const crosstown_task_t *task,
                        crosstown_outcome_e outcome, apr_status_t result)
{
}

static const ct_report_t report = { .end = tell_nobody };

static apr_status_t run(const crosstown_task_t *task, void *data)
{
    ++ran;
    return APR_SUCCESS;
}

static apr_status_t hold(const crosstown_task_t *task, void *data)
{
    sem_post(&held);
    while (sem_wait(&let_go) != 0) {
    }
    return APR_SUCCESS;
}

static apr_time_t now(void)
{
    return 1;
}

static apr_interval_time_t time_left(void)
{
    return -1;
}

static void insist(int is_true, const char *what)
{
    if (!is_true) {
        fprintf(stderr, "instructions: %s\n", what);
        exit(1);
    }
}

/* ---- steps of a request ---- */

static ct_ledger_t *record(apr_pool_t *p, int tasks, const char *words)
{
    ct_ledger_t *ledger = ct_ledger_make(p, &report);
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    ct_rules_t rules = { .no_go = &no_go, .lasting = 1 };
    const char *why = "";

    opts.no_go = words;
    while (tasks-- > 0) {
        insist(ct_ledger_record(ledger, run, NULL, &opts, &rules, 1, &why)
               == APR_SUCCESS, why);
    }
    return ledger;
}

static ct_batch_t *pack(ct_ledger_t *ledger, int here)
{
    ct_verdict_t verdict = { 200, 0, &response, NULL, NULL };
    apr_uint32_t wanted;
    ct_batch_t *batch;

    ct_ledger_settle(ledger, &verdict);
    wanted = ct_ledger_places(ledger, here);
    insist(here || ct_dispatcher_reserve(dispatcher, wanted) == wanted,
           "the queue is full");
    batch = ct_batch_make(&response, ledger->first, ledger->count);
    insist(batch != NULL, "no memory");
    return batch;
}

/* ---- what is measured ---- */

typedef void (measured_fn_t)(apr_pool_t *p);
measured_fn_t measured_record, measured_refused, measured_pool,
    measured_pool_words, measured_pool_ten, measured_inline;

#define MEASURED __attribute__((noinline, visibility("default")))

/* Recorded, then the request dies without being logged. */
MEASURED void measured_record(apr_pool_t *p)
{
    record(p, 1, NULL);
}

/* The final status says no. */
MEASURED void measured_refused(apr_pool_t *p)
{
    ct_verdict_t verdict = { 404, 0, &response, NULL, NULL };

    ct_ledger_settle(record(p, 1, NULL), &verdict);
}

/* Up to the hand-over, to a pool whose only thread is busy. */
static void hand_over(apr_pool_t *p, int tasks, const char *words)
{
    ct_batch_t *batch = pack(record(p, tasks, words), 0);

    insist(ct_dispatcher_push(dispatcher, batch) == APR_SUCCESS, "refused");
}

MEASURED void measured_pool(apr_pool_t *p)
{
    hand_over(p, 1, NULL);
}

MEASURED void measured_pool_words(apr_pool_t *p)
{
    hand_over(p, 1, "5xx 400-405 302");
}

MEASURED void measured_pool_ten(apr_pool_t *p)
{
    hand_over(p, 10, NULL);
}

/* From the first to the last, on this thread. */
MEASURED void measured_inline(apr_pool_t *p)
{
    ct_batch_t *batch = pack(record(p, 1, NULL), 1);

    batch->calls[0].run_inline = 1;
    ct_dispatcher_attend(dispatcher, batch, scratch);
}

static const struct {
    const char *name;
    measured_fn_t *fn;
} paths[] = {
    { "record", measured_record },
    { "refused", measured_refused },
    { "pool", measured_pool },
    { "pool_words", measured_pool_words },
    { "pool_ten", measured_pool_ten },
    { "inline", measured_inline }
};

/* One thread, held inside a task: from then on a hand-over neither wakes nor
 * makes one. */
static void make_dispatcher(void)
{
    ct_dispatcher_settings_t settings;
    ct_record_t first;

    memset(&settings, 0, sizeof(settings));
    settings.threads_min = settings.threads_max = 1;
    settings.queue_max = 1000000;
    settings.linger = settings.patience = APR_USEC_PER_SEC;
    settings.now = now;
    settings.time_left = time_left;
    settings.report = report;
    insist(ct_dispatcher_make(&dispatcher, &settings) == APR_SUCCESS,
           "no dispatcher");
    memset(&first, 0, sizeof(first));
    first.task.fn = hold;
    first.task.name = "-";
    ct_dispatcher_reserve(dispatcher, 1);
    insist(ct_dispatcher_push(dispatcher, ct_batch_make(NULL, &first, 1))
           == APR_SUCCESS, "refused");
    while (sem_wait(&held) != 0) {
    }
}

static void make_requests(measured_fn_t *fn, int requests)
{
    ct_drained_t drained;
    apr_pool_t *p;

    sem_init(&held, 0, 0);
    sem_init(&let_go, 0, 0);
    apr_pool_create(&p, NULL);
    apr_pool_create(&scratch, NULL);
    make_dispatcher();
    while (requests-- > 0) {
        fn(p);
        apr_pool_clear(p);
    }
    sem_post(&let_go);
    ct_dispatcher_drain(dispatcher, 60 * APR_USEC_PER_SEC, &drained);
    insist(drained.stopped == 0 && drained.left_running == 0,
           "not all tasks ran");
}

int main(int argc, char **argv)
{
    size_t i;

    apr_initialize();
    if (argc == 2 && strcmp(argv[1], "versions") == 0) {
        printf("compiler %s, glibc %s, APR %s\n", __VERSION__,
               gnu_get_libc_version(), apr_version_string());
        return 0;
    }
    for (i = 0; i < sizeof(paths) / sizeof(*paths); ++i) {
        if (argc == 1) {
            puts(paths[i].name);
        }
        else if (argc == 3 && strcmp(argv[1], paths[i].name) == 0) {
            make_requests(paths[i].fn, atoi(argv[2]));
            return 0;
        }
    }
    insist(argc == 1, "usage: instructions [PATH REQUESTS]");
    return 0;
}
