/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher: lib/pool/dispatcher.h for one thread: the same places and
 * batches, but a task waits until ct_single_run_next() comes for it, also one
 * that was to run on the thread that finished the response.
 * Thread: the test's.
 * Lifetime: one test. */
#include "dispatcher.h"

#include "crash.h"
#include "guarded.h"
#include "schedule.h"
#include "single.h"
#include "stage.h"

static int running;                  /* tasks inside their functions */

struct ct_dispatcher_t {
    apr_pool_t *pool;
    ct_dispatcher_settings_t settings;
    ct_schedule_t calls;             /* that are to be made */
    apr_uint32_t reserved;           /* places in use */
    int closed;
};

apr_status_t ct_dispatcher_make(ct_dispatcher_t **dispatcher,
                                const ct_dispatcher_settings_t *settings)
{
    apr_pool_t *pool;
    apr_status_t rv = apr_pool_create(&pool, NULL);

    *dispatcher = NULL;
    running = 0;
    if (rv == APR_SUCCESS) {
        *dispatcher = apr_pcalloc(pool, sizeof(**dispatcher));
        (*dispatcher)->pool = pool;
        (*dispatcher)->settings = *settings;
        ct_schedule_start(&(*dispatcher)->calls);
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
    ct_due_t call = { batch, 0, 1 };

    if (d->closed) {
        return APR_EOF;
    }
    for (; call.index < batch->count; ++call.index) {
        ct_schedule_put(&d->calls, &call,
                        batch->calls[call.index].task.delay);
    }
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
void ct_dispatcher_run_alone(ct_dispatcher_t *d, const ct_ledger_t *ledger,
                             const ct_record_t *record,
                             const crosstown_response_t *response,
                             apr_pool_t *scratch)
{
    ct_stage_misused("r->connection->current_thread is this thread: tasks "
                     "would run while their request is there");
}

static void view_call(ct_task_view_t *view, const ct_due_t *call,
                      apr_pool_t *scratch)
{
    ct_task_view(view, &call->batch->calls[call->index].task,
                 call->batch->response, scratch);
    view->task.attempt = call->attempt;
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

static void call_again(ct_dispatcher_t *d, const ct_due_t *call,
                       const ct_task_view_t *view)
{
    const ct_report_t *report = &d->settings.report;
    ct_due_t next = { call->batch, call->index, call->attempt + 1 };

    report->again(report->context,
                  call->batch->calls[call->index].task.server, &view->task,
                  view->again);
    ++d->reserved;
    ct_schedule_put(&d->calls, &next, view->again - apr_time_now());
}

/* A stop does not wait for further attempts. */
int ct_single_over(const ct_single_inside_t *inside,
                   const ct_task_view_t *view, apr_status_t result)
{
    const ct_due_t *call = &inside->call;
    ct_dispatcher_t *d = inside->d;
    int again = ct_task_asks_again(view, result);

    if (again && !d->closed) {
        call_again(d, call, view);
        return 0;
    }
    ct_task_end(&call->batch->calls[call->index].task, view,
                again ? CROSSTOWN_STOPPED : CROSSTOWN_RAN,
                again ? APR_SUCCESS : result, &d->settings.report);
    return 1;
}

/* @return 0: it is over later */
static int run(const ct_single_inside_t *inside, apr_pool_t *scratch)
{
    const ct_due_t *call = &inside->call;
    const ct_call_t *its = &call->batch->calls[call->index];
    ct_task_view_t view;
    apr_status_t result;

    view_call(&view, call, scratch);
    ct_task_begin(&view, its->label, &inside->d->settings.report);
    view.inside = inside;
    result = its->task.fn(&view.task, its->task.data);
    view.inside = NULL;
    return !(view.held && ct_single_is_held(inside, &view, result))
           && ct_single_over(inside, &view, result);
}

/* Scratch memory is guarded too: it is gone when the call returns. */
apr_uint32_t ct_single_run_next(ct_dispatcher_t *d)
{
    ct_single_inside_t inside = { .d = d };
    apr_pool_t *scratch;
    const char *outer;
    int is_over;

    if (!ct_schedule_take(&d->calls, &inside.call)) {
        return 0;
    }
    --d->reserved;
    scratch = ct_guarded_make(d->pool);
    outer = ct_crash_task(
        inside.call.batch->calls[inside.call.index].task.name);
    ++running;
    is_over = run(&inside, scratch);
    d->settings.report.pause();
    --running;
    (void)ct_crash_task(outer);
    ct_guarded_destroy(scratch, "a task that has ended (task->pool goes with "
                       "its task)");
    if (is_over) {
        let_go(inside.call.batch, 1);
    }
    return 1;
}

/* There is one thread, the test's, which calls what waits when it is told. */
apr_uint32_t ct_dispatcher_free_threads(ct_dispatcher_t *d)
{
    return ct_single_waiting(d) == 0 && !running;
}

int ct_dispatcher_on_worker(void)
{
    return running > 0;
}

apr_uint32_t ct_single_waiting(const ct_dispatcher_t *d)
{
    return d->calls.due_count;
}

apr_uint32_t ct_single_early(const ct_dispatcher_t *d)
{
    return d->calls.early_count;
}

const ct_task_t *ct_single_look(const ct_dispatcher_t *d, apr_uint32_t index)
{
    const ct_due_t *call = ct_schedule_look(&d->calls, index);

    return call ? &call->batch->calls[call->index].task : NULL;
}

/* Without having been called, or called again. */
static void tell_end(ct_dispatcher_t *d, const ct_due_t *call,
                     crosstown_outcome_e outcome, apr_pool_t *scratch)
{
    const char *outer =
        ct_crash_task(call->batch->calls[call->index].task.name);
    ct_task_view_t view;

    view_call(&view, call, scratch);
    ct_task_end(&call->batch->calls[call->index].task, &view, outcome,
                APR_SUCCESS, &d->settings.report);
    (void)ct_crash_task(outer);
    let_go(call->batch, 1);
}

void ct_dispatcher_end_batch(ct_dispatcher_t *d, ct_batch_t *batch,
                             crosstown_outcome_e outcome,
                             apr_pool_t *scratch)
{
    apr_uint32_t count = batch->count;
    ct_due_t call = { batch, 0, 1 };

    for (; call.index < count; ++call.index) {
        tell_end(d, &call, outcome, scratch);
    }
}

static apr_uint32_t end_waiting(ct_dispatcher_t *d,
                                crosstown_outcome_e outcome,
                                apr_pool_t *scratch)
{
    apr_uint32_t ended = 0;
    ct_due_t call;

    for (; ct_schedule_take(&d->calls, &call); ++ended) {
        --d->reserved;
        tell_end(d, &call, outcome, scratch);
    }
    return ended;
}

/* Nobody waits for what is not due. */
static apr_uint32_t end_early(ct_dispatcher_t *d, apr_pool_t *scratch)
{
    apr_uint32_t ended = 0;
    ct_due_t call;

    for (; ct_schedule_take_early(&d->calls, &call); ++ended) {
        --d->reserved;
        tell_end(d, &call, CROSSTOWN_STOPPED, scratch);
    }
    return ended;
}

/* The next three are for the case that no thread can be had; here one always
 * can. */
ct_batch_t *ct_dispatcher_take_back(ct_dispatcher_t *d, apr_uint64_t number)
{
    return NULL;
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
    drained->stopped = end_waiting(d, CROSSTOWN_STOPPED, d->pool)
                       + end_early(d, d->pool);
}

void ct_dispatcher_destroy(ct_dispatcher_t *d)
{
    ct_single_forget_held();
    apr_pool_destroy(d->pool);
}
