/* SPDX-License-Identifier: Apache-2.0 */
/* micro_latency: when a task starts that finds an idle pool, and when the
 * first and the last of a burst do. */
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>

#define PAUSE_US 2000
#define MOST_THREADS 100

typedef struct {
    int64_t pushed;
    int64_t started;
    int64_t over;
    long work_us;
} moment_t;

static void note(void *data)
{
    moment_t *moment = data;

    moment->started = micro_now();
    if (moment->work_us) {
        micro_sleep_us(moment->work_us);
    }
    moment->over = micro_now();
    micro_count(NULL);
}

static double us(int64_t ns)
{
    return (double)ns / 1000;
}

/* Up to 8 threads, of which one is there, as an idle server has it. */
void micro_latency(const contender_t *c, char **arguments)
{
    int samples = atoi(arguments[0]);
    int64_t *took = calloc((size_t)samples, sizeof(*took));
    moment_t moment = { 0, 0, 0, 0 };
    micro_task_t task = { note, &moment };
    void *producer;
    int i;

    c->start(8, 1);
    producer = c->producer(1);
    micro_assemble(c, producer, 1);
    for (i = 0; i < samples; ++i) {
        micro_sleep_us(PAUSE_US);
        moment.pushed = micro_now();
        c->push(producer, &task, 1);
        micro_wait_counted(c, producer, i + 1);
        took[i] = moment.started - moment.pushed;
    }
    qsort(took, (size_t)samples, sizeof(*took), micro_by_size);
    printf("p50_us %.1f\np99_us %.1f\n", us(took[samples / 2]),
           us(took[samples * 99 / 100]));
}

/* All on one request. Times count from before the push. */
void micro_burst(const contender_t *c, char **arguments)
{
    int idle = atoi(arguments[0]);
    int count = atoi(arguments[1]);
    long work_us = atol(arguments[2]) * 1000;
    moment_t *moments = calloc((size_t)count, sizeof(*moments));
    micro_task_t *tasks = calloc((size_t)count, sizeof(*tasks));
    int64_t begin, pushed, first = 0, started = 0, over = 0;
    void *producer;
    int i;

    c->start(MOST_THREADS, idle);
    producer = c->producer(count);
    if (idle) {
        micro_assemble(c, producer, idle);
        micro_sleep_us(20000);
    }
    for (i = 0; i < count; ++i) {
        moments[i].work_us = work_us;
        tasks[i].fn = note;
        tasks[i].data = &moments[i];
    }
    begin = micro_now();
    c->push(producer, tasks, count);
    pushed = micro_now();
    micro_wait_counted(c, producer, count);
    for (i = 0; i < count; ++i) {
        if (!first || moments[i].started < first) {
            first = moments[i].started;
        }
        started = moments[i].started > started ? moments[i].started : started;
        over = moments[i].over > over ? moments[i].over : over;
    }
    printf("push_ms %.3f\nfirst_started_ms %.3f\nall_started_ms %.3f\n"
           "last_over_ms %.3f\n", us(pushed - begin) / 1000,
           us(first - begin) / 1000, us(started - begin) / 1000,
           us(over - begin) / 1000);
    free(moments);
    free(tasks);
}
