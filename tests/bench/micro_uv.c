/* SPDX-License-Identifier: Apache-2.0 */
/* micro_uv: libuv's uv_queue_work(). Only the thread that runs a loop may
 * push to it, so each producer has a loop of its own; the pool behind them is
 * one for the process. A finished request is given back by its loop, which
 * is part of the price. */
#ifdef HAVE_UV

#include "micro.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

typedef struct {
    uv_work_t work;                  /* work.data: the task */
    void *reserved;                  /* keeps what follows aligned */
} packet_t;

static void start(int most, int there)
{
    char size[16];

    snprintf(size, sizeof(size), "%d", most);
    setenv("UV_THREADPOOL_SIZE", size, 1);
}

static void *producer(int at_once)
{
    uv_loop_t *loop = malloc(sizeof(*loop));

    micro_insist(loop && uv_loop_init(loop) == 0, "no uv loop");
    return loop;
}

static void run(uv_work_t *work)
{
    micro_run(work->data);
}

static void give_back(uv_work_t *work, int status)
{
    free(work);
}

static void queue(void *loop, packet_t *packet, const micro_task_t *task)
{
    micro_insist(packet != NULL, "no memory");
    packet->work.data = (void *)task;
    micro_insist(uv_queue_work(loop, &packet->work, run, give_back) == 0,
                 "libuv refuses a task");
}

static void push(void *loop, micro_task_t *tasks, int count)
{
    int i;

    for (i = 0; i < count; ++i) {
        queue(loop, malloc(sizeof(packet_t)), &tasks[i]);
    }
}

static void push_parcel(void *loop, const micro_task_t *task,
                        const micro_parcel_t *parcel)
{
    queue(loop, micro_copy(parcel, sizeof(packet_t)), task);
}

static void collect(void *loop)
{
    uv_run(loop, UV_RUN_NOWAIT);
}

const contender_t micro_uv = {
    "uv", start, producer, push, push_parcel, collect
};

#else

typedef int micro_uv_is_not_built_t;

#endif
