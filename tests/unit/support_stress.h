/* SPDX-License-Identifier: Apache-2.0 */
/* support_stress: the threads of a stress that make requests, and the ways to
 * say that it has failed, also where a thread hangs. */
#ifndef SUPPORT_STRESS_H
#define SUPPORT_STRESS_H

#include "support.h"
#include "support_model.h"

/** Of the round that is being played. */
extern unsigned long long stress_seed;

typedef struct producer_t {
    model_t *model;
    int requests;
    int waits;                           /* for each request to be over */
    int in_step;                         /* and for the others' as well */
    int most;                            /* tasks of a request */
    uint64_t luck;
    apr_pool_t *scratch;                 /* with an allocator of its own */
    pthread_t thread;
} producer_t;

typedef struct round_t {
    model_t model;
    producer_t producers[MODEL_OWN_THREADS - 1];
    int count;                           /* of producers */
    int finished;                        /* producers */
    int steps;                           /* requests of those in step */
    int begin_drain;                     /* at so many tasks over */
    apr_interval_time_t drain;
} round_t;

/** Say what is wrong, with the seed, and end the process: threads may hang,
 *  nothing can be tidied up. task: or NULL. */
void stress_give_up(const model_t *model, const char *what,
                    const model_task_t *task);

/** Give up if the model has something to complain of. */
void stress_look(const model_t *model);

/** Wait until the counter says so. @return 0: it did not come to this */
int stress_reached(const model_t *model, const int *counter, int count);

/** From now on: for calls of the dispatcher that do not come back. */
void stress_watch(void);

/** What a producer's thread does; data is the producer. */
void *stress_produce(void *data);

#endif
