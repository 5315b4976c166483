/* SPDX-License-Identifier: Apache-2.0 */
/* micro_glib: GLib's GThreadPool, one push for each task. */
#ifdef HAVE_GLIB

#include "micro.h"

#include <stdlib.h>

#include <glib.h>

static GThreadPool *threads;

/* What stands before the parcel in its block; itself a task for run(). */
typedef struct {
    micro_task_t task;
    const micro_task_t *wanted;
} packet_t;

static void run(gpointer data, gpointer nothing)
{
    micro_run(data);
}

static void run_packet(void *data)
{
    packet_t *packet = data;

    micro_run(packet->wanted);
    free(packet);
}

/* An exclusive pool has all of its threads from the start, the other makes
 * one when a task finds none idle, and keeps them. */
static void start(int most, int there)
{
    g_thread_pool_set_max_unused_threads(most);
    g_thread_pool_set_max_idle_time(0);
    threads = g_thread_pool_new(run, NULL, most, there == most, NULL);
    micro_insist(threads != NULL, "no GThreadPool");
}

static void *producer(int at_once)
{
    return NULL;
}

static void push(void *nothing, micro_task_t *tasks, int count)
{
    int i;

    for (i = 0; i < count; ++i) {
        g_thread_pool_push(threads, &tasks[i], NULL);
    }
}

static void push_parcel(void *nothing, const micro_task_t *task,
                        const micro_parcel_t *parcel)
{
    packet_t *packet = micro_copy(parcel, sizeof(*packet));

    packet->task.fn = run_packet;
    packet->task.data = packet;
    packet->wanted = task;
    g_thread_pool_push(threads, packet, NULL);
}

const contender_t micro_glib = {
    "glib", start, producer, push, push_parcel, NULL
};

#else

typedef int micro_glib_is_not_built_t;

#endif
