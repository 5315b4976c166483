/* SPDX-License-Identifier: Apache-2.0 */
/* held: a task that is over later takes its ct_work_t with it, out of the
 * worker's slot, and with that its place under a limit and its part of its
 * batch: for all others it runs on. Whoever finishes it runs the rest of
 * ct_call_run() then. The one end is had by whoever changes work.end, as for a
 * task that is inside its function: the drain, or finish().
 *
 * Whoever finishes it may do so while its function still runs, and has the
 * view and its pool from the start: what the function says, and what the
 * report keeps, lies beside them.
 *
 * All that is held stands in a table, by number, with as many lists as tasks:
 * thousands may wait for an engine, and each of them is looked for under the
 * lock. A handle is a number that looks like a pointer, and numbers are not
 * used again. */
#include "call_order.h"
#include "held.h"
#include "split_off.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_LISTS 64

static ct_held_t **list_of(ct_dispatcher_t *d, apr_uintptr_t number)
{
    return &d->held.lists[number & (d->held.size - 1)];
}

static void put(ct_dispatcher_t *d, ct_held_t *held)
{
    ct_held_t **list = list_of(d, held->number);

    held->next = *list;
    *list = held;
}

/* Under lock: for one more. With no memory for more lists they become longer.
 * @return 0: there is none at all */
static int make_room(ct_dispatcher_t *d)
{
    ct_helds_t before = d->held;
    apr_uintptr_t size = before.size ? 2 * before.size : FIRST_LISTS;
    apr_uintptr_t i;
    ct_held_t **lists;

    if (before.count < before.size) {
        return 1;
    }
    lists = calloc(size, sizeof(ct_held_t *));
    if (!lists) {
        return before.size > 0;
    }
    d->held.lists = lists;
    d->held.size = size;
    for (i = 0; i < before.size; ++i) {
        while (before.lists[i]) {
            ct_held_t *held = before.lists[i];

            before.lists[i] = held->next;
            put(d, held);
        }
    }
    free(before.lists);
    return 1;
}

/* Under lock. @return NULL: it is over, or never was */
static ct_held_t *find(ct_dispatcher_t *d, const crosstown_held_t *handle)
{
    apr_uintptr_t number = (apr_uintptr_t)handle;
    ct_held_t *held = d->held.size ? *list_of(d, number) : NULL;

    while (held && held->number != number) {
        held = held->next;
    }
    return held;
}

/* Under lock. */
static void take_out(ct_dispatcher_t *d, ct_held_t *held)
{
    ct_held_t **link = list_of(d, held->number);

    while (*link != held) {
        link = &(*link)->next;
    }
    *link = held->next;
    --d->held.count;
}

static void give_back(ct_held_t *held)
{
    free(held->words);
    apr_pool_destroy(held->pool);
}

static void forget(ct_dispatcher_t *d, ct_held_t *held)
{
    ct_workers_lock(d);
    take_out(d, held);
    ct_workers_unlock(d);
    give_back(held);
}

/* @return NULL: no memory */
static ct_held_t *make(ct_dispatcher_t *d, const ct_work_t *work)
{
    apr_pool_t *pool;
    ct_held_t *held;
    int has_room;

    if (apr_pool_create(&pool, d->pool) != APR_SUCCESS) {
        return NULL;
    }
    held = apr_pcalloc(pool, sizeof(*held));
    held->pool = pool;
    held->kept = apr_palloc(pool, d->settings.report.kept_size);
    ct_call_view(&held->view, work->batch, work->index, pool);
    ct_workers_lock(d);
    has_room = make_room(d);
    if (has_room) {
        held->number = ++d->held.numbers;
        ++d->held.count;
        put(d, held);
    }
    ct_workers_unlock(d);
    if (!has_room) {
        apr_pool_destroy(pool);
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

/* The end, on the calling thread. Not under lock. */
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
    take_out(d, held);
    ct_workers_unlock(d);
    (void)ct_workers_call(d, &call_up);
    give_back(held);
    if (finished) {
        ct_split_off_free(d, finished);
    }
    ct_workers_lock(d);
    --d->held.finishing;
    ct_workers_unlock(d);
}

int ct_dispatcher_finish(ct_dispatcher_t *d, crosstown_held_t *handle,
                         apr_status_t result, const char *words)
{
    ct_held_t *held;
    int is_held, has_returned = 0;

    ct_workers_lock(d);
    held = find(d, handle);
    is_held = held && !held->finished;
    if (is_held) {
        held->finished = 1;
        held->result = result;
        if (words) {
            ct_task_say(&held->view.task, words);
        }
        has_returned = held->work.batch != NULL;
        d->held.finishing += has_returned != 0;
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
    const crosstown_task_t *task = NULL;
    const ct_held_t *held;

    ct_workers_lock(d);
    held = find(d, handle);
    if (held && !held->finished) {
        task = &held->view.task;
    }
    ct_workers_unlock(d);
    return task;
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

ct_left_t *ct_held_take_ends(ct_dispatcher_t *d, apr_pool_t *p)
{
    ct_left_t *all = NULL;
    ct_held_t *held;
    apr_uintptr_t i;

    for (i = 0; i < d->held.size; ++i) {
        for (held = d->held.lists[i]; held; held = held->next) {
            if (held->work.batch
                && ct_call_passes(&held->work, CT_END_CALLED,
                                  CT_END_ABANDONED)) {
                ct_left_t *left = apr_palloc(p, sizeof(*left));

                left->batch = held->work.batch;
                left->index = held->work.index;
                left->next = all;
                all = left;
                ++left->batch->left;
            }
        }
    }
    return all;
}

void ct_held_wait(ct_dispatcher_t *d)
{
    ct_workers_lock(d);
    while (d->held.finishing) {
        ct_workers_unlock_and_sleep(d, APR_USEC_PER_SEC / 1000);
    }
    ct_workers_unlock(d);
}

void ct_held_end(ct_dispatcher_t *d)
{
    free(d->held.lists);
}
