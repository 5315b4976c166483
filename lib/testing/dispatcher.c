/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher: lib/pool/dispatcher.h for one thread: the same places and
 * batches, but a task waits until ct_single_run_next() comes for it, also one
 * that was to run on the thread that finished the response.
 * Thread: the test's.
 * Lifetime: one test. */
#include "dispatcher.h"

#include "crash.h"
#include "guarded.h"
#include "single.h"
#include "stage.h"

static int running;                  /* tasks inside their functions */

struct ct_dispatcher_t {
    apr_pool_t *pool;
    ct_dispatcher_settings_t settings;
    ct_batch_t *first;
    ct_batch_t **end;                /* where the next batch is linked */
    apr_uint32_t reserved;           /* places in use */
    apr_uint32_t waiting;            /* tasks */
    int closed;
};

apr_status_t ct_dispatcher_make(ct_dispatcher_t **dispatcher,
                                const ct_dispatcher_settings_t *settings)
{
    apr_pool_t *pool;
    apr_status_t rv = apr_pool_create(&pool, NULL);

    *dispatcher = NULL;
    running = 0;
    ct_single_forget_held();
    if (rv == APR_SUCCESS) {
        *dispatcher = apr_pcalloc(pool, sizeof(**dispatcher));
        (*dispatcher)->pool = pool;
        (*dispatcher)->settings = *settings;
        (*dispatcher)->end = &(*dispatcher)->first;
    }
    return rv;
}

int ct_dispatcher_closed(ct_dispatcher_t *d)
{
    return d->closed;
}

apr_pool_t *ct_dispatcher_pool(ct_dispatcher_t *d)
{
    return d->pool;
}

apr_uint32_t ct_dispatcher_reserve(ct_dispatcher_t *d, apr_uint32_t wanted)
{
    apr_uint32_t most = d->settings.queue_max;
    apr_uint32_t left = d->reserved < most ? most - d->reserved : 0;
    apr_uint32_t got = wanted < left ? wanted : left;

    d->reserved += got;
    return got;
}

void ct_dispatcher_release(ct_dispatcher_t *d, apr_uint32_t places)
{
    d->reserved -= places;
}

apr_status_t ct_dispatcher_push(ct_dispatcher_t *d, ct_batch_t *batch)
{
    if (d->closed) {
        return APR_EOF;
    }
    batch->next = NULL;
    *d->end = batch;
    d->end = &batch->next;
    d->waiting += batch->count;
    return APR_SUCCESS;
}

static apr_uint32_t count_inline(const ct_batch_t *batch)
{
    apr_uint32_t places = 0;
    apr_uint32_t i;

    for (i = 0; i < batch->count; ++i) {
        places += batch->calls[i].run_inline != 0;
    }
    return places;
}

/* Only the others have a place so far. */
void ct_dispatcher_attend(ct_dispatcher_t *d, ct_batch_t *batch,
                          apr_pool_t *scratch)
{
    d->reserved += count_inline(batch);
    if (ct_dispatcher_push(d, batch) != APR_SUCCESS) {
        d->reserved -= batch->count;
        ct_dispatcher_end_batch(d, batch, CROSSTOWN_STOPPED, scratch);
    }
}

int ct_dispatcher_must_stop(ct_dispatcher_t *d)
{
    return d->closed;
}

/* No request's thread is a thread that may run tasks, see ap_mpm_query(). */
void ct_dispatcher_run_alone(ct_dispatcher_t *d, const ct_record_t *record,
                             const crosstown_response_t *response,
                             const ct_report_t *report, apr_pool_t *scratch)
{
    ct_stage_misused("r->connection->current_thread is this thread: tasks "
                     "would run while their request is there");
}

/* The next task's batch and index, out of the queue. */
static ct_batch_t *take(ct_dispatcher_t *d, apr_uint32_t *index)
{
    ct_batch_t *batch = d->first;

    if (batch) {
        *index = batch->taken++;
        --d->waiting;
        --d->reserved;
        if (batch->taken == batch->count) {
            d->first = batch->next;
            d->end = d->first ? d->end : &d->first;
        }
    }
    return batch;
}

static void let_go(ct_batch_t *batch, apr_uint32_t tasks)
{
    batch->left -= tasks;
    if (batch->left == 0) {
        ct_batch_free(batch);
    }
}

void ct_single_let_go(ct_batch_t *batch)
{
    let_go(batch, 1);
}

const ct_report_t *ct_single_report(const ct_dispatcher_t *d)
{
    return &d->settings.report;
}

/* @return 0: it is held, and over later */
static int call(const ct_single_inside_t *inside, ct_task_view_t *view)
{
    const ct_call_t *its = &inside->batch->calls[inside->index];
    const ct_report_t *report = &inside->d->settings.report;
    apr_status_t result;

    ct_task_begin(view, its->label, report);
    view->inside = inside;
    result = its->task.fn(&view->task, its->task.data);
    view->inside = NULL;
    if (view->held && ct_single_is_held(inside, view, result)) {
        return 0;
    }
    ct_task_end(&its->task, view, CROSSTOWN_RAN, result, report);
    return 1;
}

/* Scratch memory is guarded too: it is gone when the call returns. */
apr_uint32_t ct_single_run_next(ct_dispatcher_t *d)
{
    ct_single_inside_t inside = { .d = d };
    ct_task_view_t view;
    apr_pool_t *scratch;
    const char *outer;
    int is_over;

    inside.batch = take(d, &inside.index);
    if (!inside.batch) {
        return 0;
    }
    scratch = ct_guarded_make(d->pool);
    ct_task_view(&view, &inside.batch->calls[inside.index].task,
                 inside.batch->response, scratch);
    outer = ct_crash_task(view.task.name);
    ++running;
    is_over = call(&inside, &view);
    d->settings.report.pause();
    --running;
    (void)ct_crash_task(outer);
    ct_guarded_destroy(scratch, "a task that has ended (task->pool goes with "
                       "its task)");
    if (is_over) {
        let_go(inside.batch, 1);
    }
    return 1;
}

int ct_dispatcher_on_worker(void)
{
    return running > 0;
}

apr_uint32_t ct_single_waiting(const ct_dispatcher_t *d)
{
    return d->waiting;
}

const ct_task_t *ct_single_look(const ct_dispatcher_t *d, apr_uint32_t index)
{
    const ct_batch_t *batch = d->first;

    while (batch && index >= batch->count - batch->taken) {
        index -= batch->count - batch->taken;
        batch = batch->next;
    }
    return batch ? &batch->calls[batch->taken + index].task : NULL;
}

static void end_call(ct_dispatcher_t *d, ct_batch_t *batch,
                     const ct_task_t *task, crosstown_outcome_e outcome,
                     apr_pool_t *scratch)
{
    const char *outer = ct_crash_task(task->name);
    ct_task_view_t view;

    ct_task_view(&view, task, batch->response, scratch);
    ct_task_end(task, &view, outcome, APR_SUCCESS, &d->settings.report);
    (void)ct_crash_task(outer);
    let_go(batch, 1);
}

void ct_dispatcher_end_batch(ct_dispatcher_t *d, ct_batch_t *batch,
                             crosstown_outcome_e outcome,
                             apr_pool_t *scratch)
{
    apr_uint32_t count = batch->count;
    apr_uint32_t i;

    for (i = 0; i < count; ++i) {
        end_call(d, batch, &batch->calls[i].task, outcome, scratch);
    }
}

static apr_uint32_t end_waiting(ct_dispatcher_t *d,
                                crosstown_outcome_e outcome,
                                apr_pool_t *scratch)
{
    apr_uint32_t ended = 0;
    apr_uint32_t index;
    ct_batch_t *batch;

    for (; (batch = take(d, &index)) != NULL; ++ended) {
        end_call(d, batch, &batch->calls[index].task, outcome, scratch);
    }
    return ended;
}

/* The next three are for who is told that no thread can be had; here one can
 * always be had. */
apr_uint32_t ct_dispatcher_number(ct_dispatcher_t *d, ct_batch_t *batch)
{
    return 0;
}

int ct_dispatcher_take_back(ct_dispatcher_t *d, const ct_batch_t *batch,
                            apr_uint32_t number)
{
    return 0;
}

apr_uint32_t ct_dispatcher_stand_in(ct_dispatcher_t *d, apr_pool_t *scratch)
{
    apr_uint32_t ran = 0;

    while (ct_single_run_next(d)) {
        ++ran;
    }
    return ran;
}

apr_uint32_t ct_dispatcher_refuse(ct_dispatcher_t *d, apr_pool_t *scratch)
{
    return end_waiting(d, CROSSTOWN_REJECTED, scratch);
}

void ct_dispatcher_drain(ct_dispatcher_t *d, apr_interval_time_t patience,
                         ct_drained_t *drained)
{
    d->closed = 1;
    drained->left_running = ct_single_stop_held(d);
    drained->stopped = end_waiting(d, CROSSTOWN_STOPPED, d->pool);
}

void ct_dispatcher_destroy(ct_dispatcher_t *d)
{
    apr_pool_destroy(d->pool);
}
