/* SPDX-License-Identifier: Apache-2.0 */
/* support_model: what is noted while a round runs. See support_model.h. */
#include "support_model.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apr_strings.h"

#include "support_chaos.h"

static apr_interval_time_t left_to_go;   /* the clock knows no context */
static __thread int own;                 /* a thread of the test */
static __thread int drains;              /* and the one that drains */
static __thread int uncleaned;           /* scratch memory in use */

void model_own_thread(int drains_too)
{
    own = 1;
    drains = drains_too;
}

void model_complain(model_t *model, const model_task_t *task,
                    const char *what)
{
    const char *none = NULL;

    if (__atomic_compare_exchange_n(&model->complaint, &none, what, 0,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        MODEL_WRITE(model->about, task);
    }
}

static void never(int is, model_task_t *task, const char *what)
{
    if (is) {
        model_complain(task->request->model, task, what);
    }
}

static model_task_t *task_of(void *data)
{
    model_payload_t *payload = data;

    never(payload->task != payload->same, payload->task,
          "a task's data is not what was recorded");
    return payload->task;
}

static apr_status_t note_cleaned(void *data)
{
    MODEL_COUNT(((model_task_t *)data)->cleaned, 1);
    --uncleaned;
    return APR_SUCCESS;
}

static apr_status_t note_gone(void *data)
{
    request_t *request = data;

    if (MODEL_READ(request->given) == GIVEN) {
        never(MODEL_READ(request->overs) < request->count, request->tasks,
              "a batch was given back before its last task was over");
    }
    never(MODEL_COUNT(request->gone, 1) > 1, request->tasks,
          "a batch was given back twice");
    MODEL_COUNT(request->model->gone, 1);
    return APR_SUCCESS;
}

void *model_carry(struct request_rec *r, void *data, apr_pool_t *p)
{
    request_t *request = ((model_payload_t *)data)->task->request;

    (void)r;
    if (request->carried++ == 0) {
        MODEL_COUNT(request->model->carried, 1);
        apr_pool_cleanup_register(p, request, note_gone,
                                  apr_pool_cleanup_null);
    }
    return apr_pmemdup(p, data, sizeof(model_payload_t));
}

/* Not longer than the drain leaves it: its partners may never come. */
static void meet(model_task_t *task)
{
    request_t *request = task->request;
    time_t until = time(NULL) + MODEL_PATIENCE;

    MODEL_COUNT(request->met, 1);
    while (MODEL_READ(request->met) < request->count
           && !MODEL_READ(request->model->stopping)) {
        if (time(NULL) > until) {
            model_complain(request->model, task, "threads are there, work is "
                           "waiting, and nobody calls them");
            return;
        }
        sched_yield();
    }
}

static void submit(model_task_t *task, apr_pool_t *scratch)
{
    request_t *request = task->request;

    model_submit(model_request(request->model,
                               request->luck + task->order, 1, 0), scratch);
}

static void act(model_task_t *task, const crosstown_task_t *seen)
{
    volatile unsigned int spin;
    struct timespec nap = { 0, 1 + task->spin * 20 };

    switch (task->deed) {
    case DO_NOTHING:
        break;
    case DO_SPIN:
        for (spin = 0; spin < task->spin; ++spin) {
        }
        break;
    case DO_YIELD:
        sched_yield();
        break;
    case DO_NAP:
        nanosleep(&nap, NULL);
        break;
    case DO_SUBMIT:
        submit(task, seen->pool);
        break;
    case DO_MEET:
        meet(task);
        break;
    }
}

static void note_start(model_task_t *task)
{
    model_t *model = task->request->model;
    int drained = MODEL_READ(model->drained);    /* in this order */
    int ended = MODEL_READ(task->ends);

    never(MODEL_COUNT(task->starts, 1) > 1 + (int)task->again, task,
          "a task was called once more than it asked for");
    never(MODEL_READ(task->overs), task, "a task was called when it was over");
    never(uncleaned, task, "the scratch pool was not cleared");
    task->after_end = ended;
    task->away = !own;
    if (task->place) {
        task->place = 0;
        MODEL_COUNT(model->held, -1);
    }
    if (!own) {
        never(MODEL_COUNT(model->running, 1)
              > (int)model->settings.threads_max, task,
              "more tasks at once than there may be threads");
        never(drained && !ended, task, "a task was called after the drain");
    }
}

static apr_status_t ask_again(model_task_t *task, const crosstown_task_t *seen)
{
    task->place = 1;
    MODEL_COUNT(task->request->model->held, 1);
    return ct_task_ask_again(seen, apr_time_now() + task->pause);
}

apr_status_t model_run(const crosstown_task_t *seen, void *data)
{
    model_task_t *task = task_of(data);
    model_t *model = task->request->model;

    if (seen->attempt == 1) {
        task->order = MODEL_COUNT(model->orders, 1);
    }
    note_start(task);
    never(seen->attempt != (unsigned int)task->starts, task,
          "an attempt with a number that is not its own");
    MODEL_WRITE(task->inside, 1);
    never((model_task_t *)(uintptr_t)seen->recorded != task
          || strcmp(seen->name, "stress") != 0
          || seen->response->status != MODEL_STATUS, task,
          "a task was shown something that is not its own");
    apr_pool_cleanup_register(seen->pool, task, note_cleaned,
                              apr_pool_cleanup_null);
    ++uncleaned;
    act(task, seen);
    MODEL_WRITE(task->inside, 0);
    if (!own) {
        MODEL_COUNT(model->running, -1);
    }
    return (unsigned int)task->starts <= task->again ? ask_again(task, seen)
                                                     : task->result;
}

void model_over(const crosstown_task_t *seen, crosstown_outcome_e outcome,
                apr_status_t result, void *data)
{
    model_task_t *task = task_of(data);

    (void)seen;
    never(MODEL_READ(task->inside), task, "a task was over while it ran");
    task->over_outcome = outcome;
    task->over_result = result;
    if (task->place) {
        MODEL_COUNT(task->request->model->held, -1);
    }
    never(MODEL_COUNT(task->overs, 1) > 1, task, "over was told twice");
    chaos_pause();
    MODEL_COUNT(task->request->overs, 1);
    MODEL_COUNT(task->request->model->overs, 1);
}

/* The report knows no data: a task comes as the time at which it was
 * recorded. */
static void end(void *context, struct server_rec *server,
                const crosstown_task_t *seen, crosstown_outcome_e outcome,
                apr_status_t result)
{
    model_task_t *task = (model_task_t *)(uintptr_t)seen->recorded;
    model_t *model = context;

    (void)server;
    task->end_outcome = outcome;
    task->end_result = result;
    never(MODEL_COUNT(task->ends, 1) > 1, task, "an end was reported twice");
    if (drains && MODEL_READ(model->stopping) && !MODEL_READ(model->drained)) {
        MODEL_COUNT(model->told_by_drain, 1);
        MODEL_COUNT(model->told_early, !MODEL_READ(task->overs));
        return;
    }
    if (outcome == CROSSTOWN_STOPPED && MODEL_READ(model->stopping)) {
        MODEL_COUNT(model->told_by_task, 1);
    }
    never(!MODEL_READ(task->overs), task, "an end was reported before over");
}

static apr_interval_time_t time_left(void)
{
    return MODEL_READ(left_to_go);
}

void model_time_left(apr_interval_time_t left)
{
    MODEL_WRITE(left_to_go, left);
}

static apr_time_t now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return apr_time_from_sec(at.tv_sec) + at.tv_nsec / 1000;
}

void model_settings(model_t *model)
{
    model->settings.now = now;
    model->settings.time_left = time_left;
    model_time_left(-1);
    model->settings.report.end = end;
    model->settings.report.context = model;
}
