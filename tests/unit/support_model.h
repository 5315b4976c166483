/* SPDX-License-Identifier: Apache-2.0 */
/* support_model: what a stress knows about every task it made, noted where
 * the dispatcher calls out: the function, `over`, the report, carry, and the
 * clean-ups of the pools it hands out. Whatever must never be is noticed at
 * once and kept as the model's complaint; the rest is asked at the end.
 * Knows of the dispatcher what dispatcher.h and batch.h say, no more. */
#ifndef SUPPORT_MODEL_H
#define SUPPORT_MODEL_H

#include <pthread.h>
#include <stdint.h>

#include "dispatcher.h"

#define MODEL_TASKS 8                    /* of one request, at most */
#define MODEL_OWN_THREADS 8              /* of the test, at most */
#define MODEL_PATIENCE 10                /* seconds, where nothing should
                                            take long */
#define MODEL_STATUS 200

typedef enum {
    DO_NOTHING,
    DO_SPIN,
    DO_YIELD,
    DO_NAP,
    DO_SUBMIT,                           /* hand over a task of its own */
    DO_MEET                              /* stay until all of its request's
                                            tasks are inside as well */
} deed_e;

typedef enum {
    GIVEN_NOT,                           /* the dispatcher never got it */
    GIVEN                                /* its end is to be told */
} given_e;

struct model_t;
struct request_t;

typedef struct model_task_t {
    struct request_t *request;
    deed_e deed;
    unsigned int spin;
    int same_thread;                     /* for the request's thread */
    int place;                           /* it has one in the queue */
    unsigned int again;                  /* so often it asks to be called
                                            again */
    apr_interval_time_t pause;           /* and when; or its delay */
    int delayed;
    apr_status_t result;                 /* at last */
    int starts, inside, overs, ends, cleaned;
    int after_end;                       /* started when its end was told */
    int away;                            /* ran on a thread of the pool */
    apr_uint32_t order;                  /* of its first start, among all */
    crosstown_outcome_e over_outcome, end_outcome;
    apr_status_t over_result, end_result;
} model_task_t;

/** What is left of a request once it is handed over. */
typedef struct request_t {
    struct request_t *next;
    struct model_t *model;
    given_e given;
    int attended;
    int count;
    int carried, gone;                   /* its pool of carried data */
    int met;
    int overs;
    crosstown_response_t response;
    model_task_t tasks[MODEL_TASKS];
    uint64_t luck;
} request_t;

/** One dispatcher's life. */
typedef struct model_t {
    ct_dispatcher_t *d;
    ct_dispatcher_settings_t settings;
    int faults, inline_overflow, early, alone;
    int meetings;                        /* tasks may wait for each other */
    int none_later;                      /* none waits for its time */
    int meeting;                         /* one request's do */
    int stopping;                        /* the drain may come any moment */
    int drained;                         /* it has returned */
    int told_by_drain, told_early;       /* the latter before over */
    int told_by_task;                    /* that was not to be called again */
    int held;                            /* places given out, less starts */
    int running;                         /* functions on the pool's threads */
    int overs, expected;
    int carried, gone;                   /* batches with a pool */
    apr_uint32_t orders;
    pthread_mutex_t lock;                /* requests */
    request_t *requests;
    const char *complaint;               /* the first one */
    const model_task_t *about;
} model_t;

/** How often tasks were called before their predecessors, over all rounds. */
typedef struct model_tally_t {
    unsigned long tasks, followers, overtaken, rejected, stopped, inline_runs;
    unsigned long abandoned, late, attended, given_back, again, delayed;
    unsigned long cut_short;
} model_tally_t;

#define MODEL_COUNT(of, by) __atomic_add_fetch(&(of), by, __ATOMIC_SEQ_CST)
#define MODEL_READ(of) __atomic_load_n(&(of), __ATOMIC_SEQ_CST)
#define MODEL_WRITE(of, value) __atomic_store_n(&(of), value, __ATOMIC_SEQ_CST)

/** Settings that report to the model; limits and times are the caller's. */
void model_settings(model_t *model);

/** What a stopping child may still do; < 0, the start: not stopping. */
void model_time_left(apr_interval_time_t left);

/** Keep the first complaint. Any thread. */
void model_complain(model_t *model, const model_task_t *task,
                    const char *what);

/** The calling thread is one of the test's own, not the pool's. */
void model_own_thread(int drains_too);

/** A request with count tasks chosen by luck; depth: how often its tasks may
 *  hand over further ones. The model keeps it. */
request_t *model_request(model_t *model, uint64_t luck, int count, int depth);

/** Hand it over as the end of a request does. */
void model_hand_over(request_t *request, apr_pool_t *scratch);

/** Hand over a request of one task as crosstown_submit() does. */
void model_submit(request_t *request, apr_pool_t *parent);

/** What a task is made of: its function, over, carry, and its data. */
typedef struct model_payload_t {
    model_task_t *task;
    const model_task_t *same;
} model_payload_t;

apr_status_t model_run(const crosstown_task_t *seen, void *data);
void model_over(const crosstown_task_t *seen, crosstown_outcome_e outcome,
                apr_status_t result, void *data);
void *model_carry(struct request_rec *r, void *data, apr_pool_t *p);

/** All that can only be asked when nothing runs any more. */
void model_check(model_t *model, const ct_drained_t *drained,
                 model_tally_t *tally);

void model_free(model_t *model);

#endif
