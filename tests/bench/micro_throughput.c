/* SPDX-License-Identifier: Apache-2.0 */
/* micro_throughput: how long a no-op task takes from hand to hand when
 * producers push as fast as they are let; and what a push costs when many
 * tasks wait.
 *
 * A producer has about WINDOW tasks under way, or LEAST_BATCHES, since with
 * fewer its own falling asleep would be measured. Credits flow back by
 * marker tasks, one in STEP or one in each batch, so that no other task
 * touches anything shared. */
#include "micro.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define WINDOW 256
#define STEP 128                         /* tasks per credit, one per batch */
#define LEAST_BATCHES 8
#define MOST_PER_BATCH 1000
#define MOST_PRODUCERS 64
#define TIMED_PUSHES 64

typedef struct {
    const contender_t *contender;
    int per_batch;
    int64_t until;
    int64_t pushed;
    sem_t credits;
    pthread_t thread;
} pusher_t;

static pthread_barrier_t barrier;
static int64_t total;                    /* atomic; pushed by all */
static int pushing;                      /* atomic; producers not through */

static void mark(void *data)
{
    pusher_t *pusher = data;

    micro_count(NULL);
    sem_post(&pusher->credits);
}

static void wait_for_credit(pusher_t *pusher, void *producer)
{
    while (sem_wait(&pusher->credits) != 0) {
    }
    if (pusher->contender->collect) {
        pusher->contender->collect(producer);
    }
}

static void push_until(pusher_t *pusher, void *producer)
{
    micro_task_t plain[MOST_PER_BATCH];
    micro_task_t *tasks = plain;
    micro_task_t marker = { mark, pusher };
    int count = pusher->per_batch;
    int i;

    for (i = 0; i < MOST_PER_BATCH; ++i) {
        plain[i].fn = micro_count;
        plain[i].data = NULL;
    }
    if (count > 1) {
        plain[count - 1] = marker;
    }
    while (micro_now() < pusher->until) {
        wait_for_credit(pusher, producer);
        if (count > 1) {
            pusher->contender->push(producer, tasks, count);
            pusher->pushed += count;
            continue;
        }
        for (i = 1; i < STEP; ++i) {
            pusher->contender->push(producer, tasks, 1);
        }
        pusher->contender->push(producer, &marker, 1);
        pusher->pushed += STEP;
    }
    /* The tasks lie on this stack. */
    __atomic_add_fetch(&total, pusher->pushed, __ATOMIC_SEQ_CST);
    __atomic_sub_fetch(&pushing, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&pushing, __ATOMIC_SEQ_CST) > 0) {
        micro_sleep_us(20);
    }
    micro_wait_counted(pusher->contender, producer,
                       __atomic_load_n(&total, __ATOMIC_SEQ_CST));
}

static void *pusher_main(void *data)
{
    pusher_t *pusher = data;
    void *producer = pusher->contender->producer(pusher->per_batch);

    pthread_barrier_wait(&barrier);
    push_until(pusher, producer);
    return NULL;
}

void micro_throughput(const contender_t *c, char **arguments)
{
    int producers = atoi(arguments[0]);
    int runners = atoi(arguments[1]);
    int per_batch = atoi(arguments[2]);
    int64_t duration = atoi(arguments[3]) * 1000000LL;
    static pusher_t pushers[MOST_PRODUCERS];
    int64_t begin;
    int i;

    micro_insist(producers > 0 && producers <= MOST_PRODUCERS && per_batch > 0
                 && per_batch <= MOST_PER_BATCH, "out of range");
    c->start(runners, runners);
    micro_assemble(c, c->producer(1), runners);
    pthread_barrier_init(&barrier, NULL, (unsigned)producers + 1);
    pushing = producers;
    begin = micro_now();
    for (i = 0; i < producers; ++i) {
        pusher_t *pusher = &pushers[i];
        int in_window = WINDOW / (per_batch > 1 ? per_batch : STEP);
        int credits = per_batch > 1 && in_window < LEAST_BATCHES
                      ? LEAST_BATCHES : in_window;

        pusher->contender = c;
        pusher->per_batch = per_batch;
        pusher->until = begin + duration;
        sem_init(&pusher->credits, 0, (unsigned)credits);
        micro_insist(pthread_create(&pusher->thread, NULL, pusher_main,
                                    pusher) == 0, "no thread");
    }
    begin = micro_now();
    pthread_barrier_wait(&barrier);
    for (i = 0; i < producers; ++i) {
        pthread_join(pushers[i].thread, NULL);
    }
    printf("ns_per_task %.1f\n", (double)(micro_now() - begin)
                                 / (double)total);
}

/* The one runner is held; the last of the timed pushes finds TIMED_PUSHES
 * more waiting than the first. */
static int64_t time_pushes(const contender_t *c, void *producer, int waiting,
                           int64_t *counted)
{
    static micro_task_t task = { micro_count, NULL };
    micro_hold_t hold;
    int64_t begin, took;
    int i;

    micro_hold(c, producer, &hold);
    for (i = 0; i < waiting; ++i) {
        c->push(producer, &task, 1);
    }
    begin = micro_now();
    for (i = 0; i < TIMED_PUSHES; ++i) {
        c->push(producer, &task, 1);
    }
    took = micro_now() - begin;
    micro_let_go(&hold);
    *counted += waiting + TIMED_PUSHES;
    micro_wait_counted(c, producer, *counted);
    return took;
}

void micro_depth(const contender_t *c, char **arguments)
{
    int waiting = atoi(arguments[0]);
    int times = atoi(arguments[1]);
    int64_t *took = calloc((size_t)times, sizeof(*took));
    int64_t counted = 0;
    void *producer;
    int i, middle = times / 2;

    c->start(1, 1);
    producer = c->producer(1);
    for (i = 0; i < times; ++i) {
        took[i] = time_pushes(c, producer, waiting, &counted);
    }
    qsort(took, (size_t)times, sizeof(*took), micro_by_size);
    printf("ns_per_push %.1f\n", (double)took[middle] / TIMED_PUSHES);
}
