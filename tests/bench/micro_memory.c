/* SPDX-License-Identifier: Apache-2.0 */
/* micro_memory: what waiting tasks take while the one runner is held, and
 * what is left of it when they have run. Both from the process' resident
 * memory, which misses nothing, and from the C library's own books. */
#include "micro.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As a server's request threads: each has memory of its own at malloc(). */
#define PUSHERS 4
#define SETTLE_STEPS 100                 /* of 10 ms, at most */

static pthread_barrier_t barrier;
static micro_task_t task = { micro_count, NULL };

typedef struct {
    const contender_t *contender;
    int tasks;                           /* of this pusher */
    int total;
    pthread_t thread;
} pusher_t;

static int64_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long size, pages;

    micro_insist(file && fscanf(file, "%lld %lld", &size, &pages) == 2,
                 "/proc/self/statm cannot be read");
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static int64_t allocated(void)
{
    struct mallinfo2 books = mallinfo2();

    return (int64_t)(books.uordblks + books.hblkhd);
}

static void *push_parcels(void *data)
{
    pusher_t *pusher = data;
    void *producer = pusher->contender->producer(1);
    micro_parcel_t parcel;
    int i;

    micro_typical(&parcel);
    pthread_barrier_wait(&barrier);
    for (i = 0; i < pusher->tasks; ++i) {
        pusher->contender->push_parcel(producer, &task, &parcel);
    }
    pthread_barrier_wait(&barrier);
    micro_wait_counted(pusher->contender, producer, pusher->total);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return NULL;
}

/* The lowest within a second: threads may still be giving back. */
static int64_t settled(void)
{
    int64_t lowest = resident();
    int i;

    for (i = 0; i < SETTLE_STEPS; ++i) {
        int64_t now;

        micro_sleep_us(10000);
        now = resident();
        lowest = now < lowest ? now : lowest;
    }
    return lowest;
}

typedef struct {
    int64_t resident;
    int64_t allocated;
} level_t;

static level_t level(void)
{
    level_t now = { resident(), allocated() };

    return now;
}

static void print(const level_t *before, const level_t *peak, int64_t after,
                  int tasks)
{
    int64_t grown = peak->resident - before->resident;

    printf("resident_per_task %.1f\nallocated_per_task %.1f\n"
           "kept_percent %.1f\n", (double)grown / tasks,
           (double)(peak->allocated - before->allocated) / tasks,
           100.0 * (double)(after - before->resident) / (double)grown);
}

/* Each task is a request's only one, with its snapshot and 16 bytes. */
static void measure_each(const contender_t *c, void *producer, int tasks)
{
    pusher_t pushers[PUSHERS];
    micro_hold_t hold;
    level_t before, peak;
    int i;

    pthread_barrier_init(&barrier, NULL, PUSHERS + 1);
    for (i = 0; i < PUSHERS; ++i) {
        pushers[i].contender = c;
        pushers[i].tasks = tasks / PUSHERS;
        pushers[i].total = tasks;
        micro_insist(pthread_create(&pushers[i].thread, NULL, push_parcels,
                                    &pushers[i]) == 0, "no thread");
    }
    micro_hold(c, producer, &hold);
    before = level();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    peak = level();
    micro_let_go(&hold);
    pthread_barrier_wait(&barrier);
    print(&before, &peak, settled(), tasks);
}

/* The tasks themselves, and what a request has of them in its own memory,
 * are there before and do not count. */
static void measure_one(const contender_t *c, void *producer, int tasks)
{
    micro_task_t *all = calloc((size_t)tasks, sizeof(*all));
    micro_hold_t hold;
    level_t before, peak;
    int i;

    for (i = 0; i < tasks; ++i) {
        all[i] = task;
    }
    micro_hold(c, producer, &hold);
    before = level();
    c->push(producer, all, tasks);
    peak = level();
    micro_let_go(&hold);
    micro_wait_counted(c, producer, tasks);
    print(&before, &peak, settled(), tasks);
}

void micro_memory(const contender_t *c, char **arguments)
{
    int each = strcmp(arguments[0], "each") == 0;
    int tasks = atoi(arguments[1]);
    void *producer;

    micro_insist(tasks > 0 && tasks % PUSHERS == 0, "out of range");
    c->start(1, 1);
    producer = c->producer(each ? 1 : tasks);
    (each ? measure_each : measure_one)(c, producer, tasks);
}
