/* SPDX-License-Identifier: Apache-2.0 */
/* held: a task that is over later takes its ct_work_t with it, out of the
 * worker's slot, and with that its place under a limit and its part of its
 * batch: for all others it runs on. Whoever finishes it runs the rest of
 * ct_call_run() then. The one end is had by whoever changes work.end, as for a
 * task that is inside its function: the drain, or finish().
 *
 * Whoever finishes it may do so while its function still runs, and has the
 * view and its pool then: what the function says, and what the report keeps,
 * lies beside them.
 *
 * Thousands may wait for an engine, so one that waits has no pool: who ends it
 * lends it one, which the next one uses again. */
#include "call_order.h"
#include "held.h"
#include "held_table.h"
#include "split_off.h"

#include "apr_strings.h"

#include <stdlib.h>
#include <string.h>

/* Between two looks for memory, or for who is still there; microseconds. */
#define NAP 1000

/* Under lock. With no memory at all one who has a pool gives it back soon. */
static apr_pool_t *unlock_and_take_pool(ct_dispatcher_t *d)
{
    apr_pool_t *pool;

    if (d->held.pool_count > 0) {
        return d->held.pools[--d->held.pool_count];
    }
    while (apr_pool_create(&pool, d->pool) != APR_SUCCESS) {
        ct_workers_unlock_and_sleep(d, NAP);
    }
    return pool;
}

/* Under lock. @param pool  empty, or NULL */
static void give_pool_back(ct_dispatcher_t *d, apr_pool_t *pool)
{
    if (pool && d->held.pool_count < CT_HELD_POOLS) {
        d->held.pools[d->held.pool_count++] = pool;
    }
    else if (pool) {
        apr_pool_destroy(pool);
    }
}

/* Under lock. It has a pool then. @return NULL: it is over, or will be */
static ct_held_t *unlock_and_find(ct_dispatcher_t *d,
                                  const crosstown_held_t *handle)
{
    apr_pool_t *pool = unlock_and_take_pool(d);
    ct_held_t *held = ct_held_table_find(&d->held, handle);

    if (held && held->finished) {
        held = NULL;
    }
    if (held && !held->view.task.pool) {
        held->view.task.pool = pool;
    }
    else {
        give_pool_back(d, pool);
    }
    return held;
}

/* It is over when its function returns. Not under lock. */
static void forget(ct_dispatcher_t *d, ct_held_t *held)
{
    ct_workers_lock(d);
    ct_held_table_remove(&d->held, held);
    ct_workers_unlock(d);
    if (held->view.task.pool) {
        apr_pool_destroy(held->view.task.pool);
    }
    free(held->words);
    free(held);
}

/* @return NULL: no memory */
static ct_held_t *make(ct_dispatcher_t *d, const ct_work_t *work)
{
    ct_held_t *held = calloc(1, sizeof(*held) + d->settings.report.kept_size);
    int has_room;

    if (!held) {
        return NULL;
    }
    ct_call_view(&held->view, work->batch, work->index, NULL);
    ct_workers_lock(d);
    has_room = ct_held_table_add(&d->held, held);
    ct_workers_unlock(d);
    if (!has_room) {
        free(held);
        return NULL;
    }
    return held;
}

crosstown_held_t *ct_dispatcher_hold(const crosstown_task_t *task)
{
    ct_worker_t *worker = ct_worker_of_thread();
    ct_task_view_t *view = ct_task_view_of(task);

    if (!worker || view->inside != &worker->work) {
        return NULL;
    }
    if (!view->held) {
        view->held = make(worker->dispatcher, &worker->work);
        if (view->held) {
            ct_task_hand_over(&view->held->view, view);
        }
    }
    return view->held ? (crosstown_held_t *)view->held->number : NULL;
}

/* What its function has said of it counts unless who finishes it says more. */
static void add_said(ct_held_t *held)
{
    if (!held->view.words) {
        held->view.words = held->words;
    }
    if (!held->view.again) {
        held->view.again = held->again;
    }
}

/* The end, on the calling thread, and it has a pool. Not under lock. */
static void tell(ct_dispatcher_t *d, ct_held_t *held, ct_work_t *work)
{
    const ct_report_t *report = &d->settings.report;

    add_said(held);
    if (report->take_up) {
        report->take_up(held->kept);
    }
    ct_call_returned(d, work, &held->view,
                     ct_task_finished(&held->view, held->result));
    if (report->put_down) {
        report->put_down(held->kept);
    }
    apr_pool_clear(held->view.task.pool);
}

/* Under lock. */
static void take_along(ct_dispatcher_t *d, ct_held_t *held, ct_work_t *work)
{
    held->work.batch = work->batch;
    held->work.index = work->index;
    atomic_store(&held->work.end, atomic_load(&work->end));
    work->batch = NULL;
    ++d->running;
}

int ct_held_returned(ct_dispatcher_t *d, ct_work_t *work,
                     ct_task_view_t *view, apr_status_t result)
{
    const ct_report_t *report = &d->settings.report;
    ct_held_t *held = view->held;
    int finished;

    if (result != CROSSTOWN_HELD) {
        forget(d, held);
        return 0;
    }
    if (report->hold) {
        report->hold(&held->view.task, held->kept);
    }
    held->words = view->words ? strdup(view->words) : NULL;
    held->again = view->again;
    ct_workers_lock(d);
    finished = held->finished;
    if (!finished) {
        take_along(d, held, work);
    }
    ct_workers_unlock(d);
    if (finished) {
        tell(d, held, work);
        forget(d, held);
    }
    return 1;
}

/* Its name may have another one waiting, which no worker knows of. */
static void finish(ct_dispatcher_t *d, ct_held_t *held)
{
    ct_call_up_t call_up;
    ct_batch_t *finished;

    tell(d, held, &held->work);
    ct_workers_lock(d);
    finished = ct_call_over(d, &held->work);
    ct_workers_plan(d, 0, &call_up);
    ct_held_table_remove(&d->held, held);
    give_pool_back(d, held->view.task.pool);
    ct_workers_unlock(d);
    (void)ct_workers_call(d, &call_up);
    free(held->words);
    free(held);
    if (finished) {
        ct_split_off_free(d, finished);
    }
    /* The last that is done with the dispatcher. */
    atomic_fetch_sub(&d->held.finishing, 1);
}

int ct_dispatcher_finish(ct_dispatcher_t *d, crosstown_held_t *handle,
                         apr_status_t result, const char *words)
{
    ct_held_t *held;
    int is_held, has_returned = 0;

    ct_workers_lock(d);
    held = unlock_and_find(d, handle);
    is_held = held != NULL;
    if (is_held) {
        held->finished = 1;
        held->result = result;
        if (words) {
            ct_task_say(&held->view.task, words);
        }
        has_returned = held->work.batch != NULL;
        atomic_fetch_add(&d->held.finishing, has_returned != 0);
    }
    ct_workers_unlock(d);
    if (has_returned) {
        finish(d, held);
    }
    return is_held;
}

const crosstown_task_t *ct_dispatcher_held_task(ct_dispatcher_t *d,
                                                const crosstown_held_t *handle)
{
    ct_held_t *held;

    ct_workers_lock(d);
    held = unlock_and_find(d, handle);
    ct_workers_unlock(d);
    return held ? &held->view.task : NULL;
}

int ct_held_is_telling(ct_dispatcher_t *d)
{
    const ct_held_t *held;
    apr_uintptr_t i;

    for (i = 0; i < d->held.size; ++i) {
        for (held = d->held.lists[i]; held; held = held->next) {
            if (held->work.batch
                && atomic_load(&held->work.end) == CT_END_RETURNED) {
                return 1;
            }
        }
    }
    return 0;
}

ct_left_t *ct_held_take_ends(ct_dispatcher_t *d, ct_left_t *more,
                             apr_pool_t *p)
{
    ct_held_t *held;
    apr_uintptr_t i;

    for (i = 0; i < d->held.size; ++i) {
        for (held = d->held.lists[i]; held; held = held->next) {
            ct_left_t left = { .next = more };

            if (ct_call_leave(&held->work, &left)) {
                more = apr_pmemdup(p, &left, sizeof(left));
            }
        }
    }
    return more;
}

void ct_held_wait(ct_dispatcher_t *d)
{
    while (atomic_load(&d->held.finishing)) {
        apr_sleep(NAP);
    }
}
