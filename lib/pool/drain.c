/* SPDX-License-Identifier: Apache-2.0 */
/* drain: the end of a dispatcher. It goes on as before for a while; then the
 * queue is taken away and told STOPPED, and so is what a worker has taken and
 * not called yet. What is inside its function is abandoned: told STOPPED to
 * the report, and to `over` by its own thread if the function still returns
 * before the process is gone, since its data is in use until then. */
#include "call_order.h"
#include "held.h"

/* How long to sleep between two looks. No condition is waited for: its
 * deadline would be by the time of day, which may be set back. */
#define SHORTEST_LOOK (APR_USEC_PER_SEC / 2000)
#define LONGEST_LOOK  (APR_USEC_PER_SEC / 64)
/* How long an end that is being told may take. */
#define TELLING (APR_USEC_PER_SEC / 10)

/* A harder stop may be ordered meanwhile. */
static apr_interval_time_t shorten(const ct_dispatcher_t *d,
                                   apr_interval_time_t patience)
{
    apr_interval_time_t left = d->settings.time_left();

    return left >= 0 && left < patience ? left : patience;
}

static apr_uint32_t tell_stopped(ct_dispatcher_t *d, ct_batch_t *queue)
{
    apr_uint32_t told = 0;

    while (queue) {
        ct_batch_t *batch = queue;

        queue = queue->next;
        told += ct_call_end(d, batch, batch->taken, batch->limit,
                            CROSSTOWN_STOPPED, d->last_scratch);
    }
    return told;
}

/* What is due too late is told at once. */
static void unlock_and_tell_late(ct_dispatcher_t *d,
                                 apr_interval_time_t patience,
                                 ct_drained_t *drained)
{
    ct_batch_t *late = ct_later_stop(d, ct_clock_now() + patience);

    if (late) {
        ct_workers_unlock(d);
        drained->stopped += tell_stopped(d, late);
        ct_workers_lock(d);
    }
}

/* Under lock. */
static int is_idle(ct_dispatcher_t *d)
{
    return ct_queue_available(d) == 0 && d->running == 0
           && atomic_load(&d->running_inline) == 0
           && !ct_limited_waits(d) && d->later.heap.count == 0;
}

/* A clock that stands still or goes back is not believed. */
static void unlock_until_idle(ct_dispatcher_t *d, apr_interval_time_t patience,
                              ct_drained_t *drained)
{
    apr_interval_time_t wait = SHORTEST_LOOK;
    apr_time_t before = d->settings.now();

    while ((patience = shorten(d, patience)) > 0) {
        apr_time_t now;

        unlock_and_tell_late(d, patience, drained);
        if (is_idle(d)) {
            break;
        }
        wait = wait < patience ? wait : patience;
        ct_workers_unlock_and_sleep(d, wait);
        now = d->settings.now();
        patience -= now - before > wait ? now - before : wait;
        before = now;
        wait = wait * 2 < LONGEST_LOOK ? wait * 2 : LONGEST_LOOK;
    }
}

static int is_telling(ct_dispatcher_t *d)
{
    apr_uint32_t i;

    for (i = 0; i < d->slots; ++i) {
        ct_work_t *work = &d->workers[i].work;

        if (work->batch
            && atomic_load(&work->end) == CT_END_RETURNED) {
            return 1;
        }
    }
    return ct_held_is_telling(d);
}

/* A function that has just returned is not abandoned: its end is about to be
 * told, by its thread, if the process is there long enough. */
static void unlock_until_told(ct_dispatcher_t *d)
{
    apr_interval_time_t left = TELLING;

    for (; left > 0 && is_telling(d); left -= SHORTEST_LOOK) {
        ct_workers_unlock_and_sleep(d, SHORTEST_LOOK);
    }
}

/* Under lock. @return whose end is to be told */
static ct_left_t *take_ends(ct_dispatcher_t *d)
{
    ct_left_t *all = NULL;
    apr_uint32_t i;

    for (i = 0; i < d->slots; ++i) {
        ct_worker_t *worker = &d->workers[i];

        if (ct_call_leave(&worker->work, &worker->left)) {
            worker->left.next = all;
            all = &worker->left;
        }
    }
    return ct_held_take_ends(d, all, d->last_scratch);
}

/* The data of a function that still runs is in use: its `over` has to wait. */
static void tell_running(ct_dispatcher_t *d, const ct_batch_t *batch,
                         apr_uint32_t index)
{
    const ct_task_t *task = &batch->calls[index].task;
    ct_task_view_t view;

    ct_call_view(&view, batch, index, d->last_scratch);
    d->settings.report.end(d->settings.report.context, task->server,
                           &view.task, CROSSTOWN_STOPPED, APR_SUCCESS);
}

static void tell_left(ct_dispatcher_t *d, const ct_left_t *left,
                      ct_drained_t *drained)
{
    for (; left; left = left->next) {
        if (left->uncalled) {
            drained->stopped += !ct_call_tell(d, left->batch, left->index,
                                              CROSSTOWN_STOPPED,
                                              d->last_scratch);
        }
        else {
            tell_running(d, left->batch, left->index);
            ++drained->left_running;
        }
        ct_call_release(d, left->batch, 1);
    }
}

void ct_dispatcher_drain(ct_dispatcher_t *d, apr_interval_time_t patience,
                         ct_drained_t *drained)
{
    ct_batch_t *queue, *later;
    ct_left_t *left;
    apr_uint32_t i;

    drained->stopped = drained->left_running = 0;
    ct_workers_lock(d);
    unlock_until_idle(d, patience, drained);
    atomic_store(&d->closed, 1);
    queue = ct_queue_close(d);
    later = ct_later_stop(d, -1);
    left = take_ends(d);
    unlock_until_told(d);
    drained->stopped += d->later.stopped;
    ct_workers_unlock(d);
    for (i = 0; i < d->slots; ++i) {
        apr_thread_cond_signal(d->workers[i].wake);
    }
    drained->stopped += tell_stopped(d, queue) + tell_stopped(d, later);
    tell_left(d, left, drained);
}
