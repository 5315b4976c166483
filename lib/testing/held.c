/* SPDX-License-Identifier: Apache-2.0 */
/* held: tasks that are over later, for one thread: they lie in a list until
 * the test, or what it tests, finishes them; what is left when the child stops
 * is told as the server's drain tells it. Their memory is guarded like that of
 * one that runs.
 * Thread: the test's.
 * Lifetime: one test. */
#include "dispatcher.h"

#include "crash.h"
#include "guarded.h"
#include "single.h"

struct ct_held_t {
    struct ct_held_t *next;
    apr_uintptr_t number;
    ct_single_inside_t inside;
    int returned;                    /* its function has */
    int finished;
    int stopped;                     /* told so */
    apr_status_t result;
    ct_task_view_t view;
    void *kept;
};

static struct ct_held_t *first;
static apr_uintptr_t numbers;        /* given, also in tests before */

static struct ct_held_t *find(const crosstown_held_t *handle)
{
    struct ct_held_t *held = first;

    while (held && held->number != (apr_uintptr_t)handle) {
        held = held->next;
    }
    return held && !held->finished ? held : NULL;
}

static void forget(struct ct_held_t *held)
{
    struct ct_held_t **link = &first;

    while (*link != held) {
        link = &(*link)->next;
    }
    *link = held->next;
    ct_guarded_destroy(held->view.task.pool, "a task that has ended (a held "
                       "task's pool goes with its task)");
}

static const ct_task_t *task_of(const struct ct_held_t *held)
{
    const ct_due_t *call = &held->inside.call;

    return &call->batch->calls[call->index].task;
}

/* In the pool of the dispatcher: a handle may be used after its task. */
static struct ct_held_t *make(const ct_single_inside_t *inside)
{
    apr_pool_t *pool = ct_dispatcher_pool(inside->d);
    struct ct_held_t *held = apr_pcalloc(pool, sizeof(*held));

    held->number = ++numbers;
    held->inside = *inside;
    held->kept = apr_palloc(pool, ct_single_report(inside->d)->kept_size);
    ct_task_view(&held->view, task_of(held), inside->call.batch->response,
                 ct_guarded_make(pool));
    held->view.task.attempt = inside->call.attempt;
    held->next = first;
    first = held;
    return held;
}

crosstown_held_t *ct_dispatcher_hold(const crosstown_task_t *task)
{
    ct_task_view_t *view = ct_task_view_of(task);

    if (!view->inside) {
        return NULL;
    }
    if (!view->held) {
        view->held = make(view->inside);
        ct_task_hand_over(&view->held->view, view);
    }
    return (crosstown_held_t *)view->held->number;
}

const crosstown_task_t *ct_dispatcher_held_task(ct_dispatcher_t *d,
                                                const crosstown_held_t *handle)
{
    const struct ct_held_t *held = find(handle);

    return held ? &held->view.task : NULL;
}

static void tell(const ct_report_t *report, struct ct_held_t *held)
{
    const ct_task_t *task = task_of(held);
    const char *outer = ct_crash_task(task->name);
    ct_batch_t *batch = held->inside.call.batch;
    int is_over = 1;

    report->take_up(held->kept);
    if (!held->stopped) {
        is_over = ct_single_over(&held->inside, &held->view,
                                 ct_task_finished(&held->view, held->result));
    }
    else if (task->over) {
        task->over(&held->view.task, CROSSTOWN_STOPPED, held->result,
                   task->data);
    }
    report->put_down(held->kept);
    (void)ct_crash_task(outer);
    forget(held);
    if (is_over) {
        ct_single_let_go(batch);
    }
}

int ct_dispatcher_finish(ct_dispatcher_t *d, crosstown_held_t *handle,
                         apr_status_t result, const char *words)
{
    struct ct_held_t *held = find(handle);

    if (!held) {
        return 0;
    }
    held->finished = 1;
    held->result = result;
    if (words) {
        ct_task_say(&held->view.task, words);
    }
    if (held->returned) {
        tell(ct_single_report(d), held);
    }
    return 1;
}

int ct_single_is_held(const ct_single_inside_t *inside,
                      const ct_task_view_t *view, apr_status_t result)
{
    const ct_report_t *report = ct_single_report(inside->d);
    struct ct_held_t *held = view->held;

    if (result != CROSSTOWN_HELD) {
        forget(held);
        return 0;
    }
    if (view->words && !held->view.words) {
        ct_task_say(&held->view.task, view->words);
    }
    report->hold(&held->view.task, held->kept);
    held->returned = 1;
    if (held->finished) {
        tell(report, held);
    }
    return 1;
}

apr_uint32_t ct_single_stop_held(ct_dispatcher_t *d)
{
    const ct_report_t *report = ct_single_report(d);
    struct ct_held_t *held;
    apr_uint32_t stopped = 0;

    for (held = first; held; held = held->next) {
        if (held->returned && !held->stopped) {
            held->stopped = 1;
            report->end(report->context, task_of(held)->server,
                        &held->view.task, CROSSTOWN_STOPPED, APR_SUCCESS);
            ++stopped;
        }
    }
    return stopped;
}

/* What nobody has finished gives its memory back. */
void ct_single_forget_held(void)
{
    while (first) {
        ct_batch_t *batch = first->returned ? first->inside.call.batch : NULL;

        forget(first);
        if (batch) {
            ct_single_let_go(batch);
        }
    }
}
