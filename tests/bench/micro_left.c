/* SPDX-License-Identifier: Apache-2.0 */
/* micro_left: how long it takes until many tasks are over that were left at
 * once, by one request or by as many requests as there are tasks. */
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What takes less is computed, what takes more is waited for. */
#define LONGEST_COMPUTED_US 100

static long work_us;

static void work(void *data)
{
    if (work_us > LONGEST_COMPUTED_US) {
        micro_sleep_us(work_us);
    }
    else if (work_us > 0) {
        int64_t until = micro_now() + work_us * 1000;

        while (micro_now() < until) {
            continue;
        }
    }
    micro_count(data);
}

void micro_left(const contender_t *c, char **arguments)
{
    int each = strcmp(arguments[0], "each") == 0;
    int count = atoi(arguments[1]);
    int threads = atoi(arguments[2]);
    micro_task_t *tasks = calloc((size_t)count, sizeof(*tasks));
    void *producer;
    int64_t begin;
    int i;

    work_us = atol(arguments[3]);
    c->start(threads, threads);
    producer = c->producer(count);
    micro_assemble(c, producer, threads);
    for (i = 0; i < count; ++i) {
        tasks[i].fn = work;
    }
    begin = micro_now();
    for (i = 0; i < (each ? count : 1); ++i) {
        c->push(producer, tasks + i, each ? 1 : count);
    }
    micro_wait_counted(c, producer, count);
    printf("over_ms %.2f\n", (double)(micro_now() - begin) / 1000000);
    free(tasks);
}
