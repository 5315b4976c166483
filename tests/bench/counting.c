/* SPDX-License-Identifier: Apache-2.0 */
/* counting: what it costs a task that lib/metrics/accounting.c counts it,
 * clock included: recorded, queued, begun and ended, in this order. The best
 * of some rounds: others may be at work on the same machine. A library,
 * because what is loaded as a module is takes longer to find its threads' own
 * memory.
 *
 * usage: load counting.so, call count_and_tell() */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "dispatcher.h"
#include "mpm_common.h"
#include "scoreboard.h"
#include "accounting.h"

#define TASKS 200000
#define ROUNDS 15
#define NAMES 8

/* ---- what the counting needs of the server and of its thread; the slot is
 * that of lib/testing ---- */

module crosstown_module;
server_rec *ap_server_conf;
static int straight_on;

void ap_log_error_(const char *file, int line, int module_index, int level,
                   apr_status_t status, const server_rec *s, const char *fmt,
                   ...)
{
}

void ap_hook_monitor(ap_HOOK_monitor_t *fn, const char *const *before,
                     const char *const *after, int order)
{
}

/* ---- what is measured ---- */

typedef struct {
    int names;                       /* so many, in turns */
    int brings;
    int runs;
} part_t;

static const char *const names[NAMES] = {
    "mail", "phone", "index", "purge", "thumbnail", "audit", "invoice", "-"
};

static void *count_tasks(void *data)
{
    const part_t *part = data;
    crosstown_response_t response = {
        .size = sizeof(response), .status = 200,
        .uri = "/shop/articles/4711.html", .sent = apr_time_now()
    };
    crosstown_task_t task = { .size = sizeof(task), .response = &response };
    unsigned int labels[NAMES];
    int i;

    for (i = 0; i < NAMES; ++i) {
        labels[i] = ct_name_ids_find(names[i]);
    }
    for (i = 0; i < TASKS; ++i) {
        unsigned int label = labels[i % part->names];

        task.name = names[i % part->names];
        if (part->brings) {
            label = ct_name_ids_find(task.name);
            ct_accounting_recorded(label);
            ct_accounting_queued(label, 1);
        }
        if (part->runs) {
            ct_accounting_begun(&task, NULL, label, 0, 1);
            ct_accounting_ended(&task, CROSSTOWN_RAN, APR_SUCCESS, 1);
            if (!straight_on) {
                ct_accounting_pause();
            }
        }
    }
    ct_accounting_pause();
    return NULL;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One thread brings, the other one runs, at the same time. */
static void together(int how_many_names)
{
    part_t brings = { how_many_names, 1, 0 };
    part_t runs = { how_many_names, 0, 1 };
    pthread_t bringing, running;

    pthread_create(&bringing, NULL, count_tasks, &brings);
    pthread_create(&running, NULL, count_tasks, &runs);
    pthread_join(bringing, NULL);
    pthread_join(running, NULL);
}

static void alone(int how_many_names)
{
    part_t all = { how_many_names, 1, 1 };

    count_tasks(&all);
}

static double best_of(void (*measured)(int how_many_names), int how_many_names)
{
    double best = 0;
    int round;

    for (round = 0; round < ROUNDS; ++round) {
        double start = seconds();
        double took;

        measured(how_many_names);
        took = (seconds() - start) / TASKS * 1e9;
        best = round == 0 || took < best ? took : best;
    }
    return best;
}

static void read_the_clock(int unused)
{
    volatile apr_time_t now;
    int i;

    for (i = 0; i < TASKS; ++i) {
        now = apr_time_now();
    }
    (void)now;
}

__attribute__((visibility("default")))
int count_and_tell(void);

/* @return 0: and everything was counted */
int count_and_tell(void)
{
    ct_numbers_t total;
    int how_many;

    printf("nanoseconds for each task           one thread  two threads\n");
    for (how_many = 1; how_many <= NAMES; how_many += NAMES - 1) {
        straight_on = 1;
        printf("%d name(s), one task after the other %9.1f %12.1f\n",
               how_many, best_of(alone, how_many),
               best_of(together, how_many));
        straight_on = 0;
        printf("%d name(s), the thread was idle      %9.1f %12.1f\n",
               how_many, best_of(alone, how_many),
               best_of(together, how_many));
    }
    printf("of that, a reading of the clock      %9.1f\n",
           best_of(read_the_clock, 0));
    fflush(stdout);
    ct_snapshot_read_total(&total);
    return total.ran != 8 * (apr_uint64_t)TASKS * ROUNDS || total.open != 0;
}
