/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks that are over later: a thread of the probe's own waits at a gate, and
 * finishes them then.
 *
 * Thread: hold: the one that runs the task; the rest: one for each such task.
 * Lifetime: what the thread is told is its own; the order lives until `over`.
 */
#include "mod_probe.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

typedef struct held_t {
    crosstown_held_t *held;
    const probe_order_t *order;
    int twice;
} held_t;

static void note(const probe_order_t *order, const char *event)
{
    probe_line_t line;

    probe_line_begin(&line, event);
    probe_line_add(&line, "tag", order->tag);
    probe_line_number(&line, "index", order->index);
    probe_line_end(&line);
}

static void *finish_later(void *data)
{
    held_t *held = data;
    const crosstown_task_t *task =
        crosstown_client_held_task(&probe_crosstown, held->held);
    apr_status_t result;

    probe_wait_at_gate(held->order->ends);
    result = probe_result(task, held->order);
    note(held->order, "finish");
    crosstown_client_finish(&probe_crosstown, held->held, result, NULL);
    if (held->twice) {
        crosstown_client_finish(&probe_crosstown, held->held, result, NULL);
    }
    free(held);
    return NULL;
}

static int start(held_t *held)
{
    pthread_t thread;
    sigset_t all, before;
    int started;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    started = pthread_create(&thread, NULL, finish_later, held) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started) {
        pthread_detach(thread);
    }
    return started;
}

int probe_hold_task(const crosstown_task_t *task, const probe_order_t *order)
{
    held_t *held;

    if (!*order->ends) {
        return 0;
    }
    held = malloc(sizeof(*held));
    ap_assert(held);
    held->held = crosstown_client_hold(&probe_crosstown, task);
    held->order = order;
    held->twice = order->twice;
    if (held->held && start(held)) {
        return 1;
    }
    note(order, "unheld");
    free(held);
    return 0;
}
