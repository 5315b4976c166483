/* SPDX-License-Identifier: Apache-2.0 */
/* support_stress: see support_stress.h. */
#include "support_stress.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support_calls.h"
#include "support_chaos.h"

unsigned long long stress_seed = 20250321;
static char hanging[80];                 /* what the watchdog says */

void stress_give_up(const model_t *model, const char *what,
                    const model_task_t *task)
{
    fprintf(stderr, "stress: %s\n  CROSSTOWN_SEED=%llu; faults %d, inline %d, "
            "early %d, threads %u-%u, queue %u\n", what, stress_seed,
            model->faults, model->inline_overflow, model->early,
            (unsigned)model->settings.threads_min,
            (unsigned)model->settings.threads_max,
            (unsigned)model->settings.queue_max);
    if (task) {
        fprintf(stderr, "  task %d of %d%s: starts %d, overs %d, ends %d, "
                "outcomes %d and %d%s\n",
                (int)(task - task->request->tasks) + 1, task->request->count,
                task->request->attended ? ", attended" : "", task->starts,
                task->overs, task->ends, task->over_outcome,
                task->end_outcome, task->same_thread ? ", same thread" : "");
    }
    /* Threads may hang: nothing can be tidied up. */
    _exit(1);
}

void stress_look(const model_t *model)
{
    const char *complaint = MODEL_READ(model->complaint);

    if (complaint) {
        stress_give_up(model, complaint, MODEL_READ(model->about));
    }
}

int stress_reached(const model_t *model, const int *counter, int count)
{
    time_t until = time(NULL) + 2 * MODEL_PATIENCE;

    while (MODEL_READ(*counter) < count) {
        stress_look(model);
        if (time(NULL) > until) {
            return 0;
        }
        sched_yield();
    }
    return 1;
}

static void bark(int signum)
{
    (void)signum;
    if (write(STDERR_FILENO, hanging, strlen(hanging)) > 0) {
        _exit(1);
    }
    _exit(2);
}

/* For calls of the dispatcher that do not come back. */
void stress_watch(void)
{
    snprintf(hanging, sizeof(hanging), "stress: the round hangs\n"
                 "  CROSSTOWN_SEED=%llu\n", stress_seed);
    signal(SIGALRM, bark);
    alarm(6 * MODEL_PATIENCE);
}

static request_t *meeting_of(producer_t *producer)
{
    model_t *model = producer->model;
    int count = model->settings.threads_max < MODEL_TASKS
                ? (int)model->settings.threads_max : MODEL_TASKS;
    request_t *request;
    int i, before = 0;

    if (!model->meetings || count > (int)model->settings.queue_max
        || chance(&producer->luck, 6)
        || !__atomic_compare_exchange_n(&model->meeting, &before, 1, 0,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        return NULL;
    }
    request = model_request(model, producer->luck, count, 0);
    for (i = 0; i < count; ++i) {
        request->tasks[i].deed = DO_MEET;
        request->tasks[i].same_thread = 0;
    }
    return request;
}

static void trouble(producer_t *producer)
{
    if (producer->model->faults) {
        threads_refuse(chance(&producer->luck, 3) == 0);
        pools_refuse(chance(&producer->luck, 8) == 0);
    }
}

static void produce_one(producer_t *producer)
{
    model_t *model = producer->model;
    request_t *meeting = meeting_of(producer);
    request_t *request = meeting;

    if (!request) {
        request = model_request(model, producer->luck,
                                1 + chance(&producer->luck, producer->most),
                                producer->most > 2 ? 2 : 0);
    }
    trouble(producer);
    model_hand_over(request, producer->scratch);
    if ((meeting || producer->waits) && request->given == GIVEN
        && !stress_reached(model, &request->overs, request->count)) {
        model_complain(model, request->tasks, "a request waits, and nobody "
                       "takes it");
    }
    if (meeting) {
        MODEL_WRITE(model->meeting, 0);
    }
}

void *stress_produce(void *data)
{
    producer_t *producer = data;
    round_t *round = (round_t *)producer->model;
    int i;

    model_own_thread(0);
    for (i = 0; i < producer->requests; ++i) {
        produce_one(producer);
        if (producer->in_step) {
            MODEL_COUNT(round->steps, 1);
            (void)stress_reached(&round->model, &round->steps,
                          (i + 1) * round->count);
        }
        if (chance(&producer->luck, 3) == 0) {
            sched_yield();
        }
    }
    MODEL_COUNT(round->finished, 1);
    return NULL;
}
