/* SPDX-License-Identifier: Apache-2.0 */
/* drain: the end of a dispatcher. It goes on as before for a while; then the
 * queue is taken away and told STOPPED, and what is inside its function is
 * abandoned: told STOPPED to the report, and to `over` by its own thread if
 * the function still returns before the process is gone, since its data is
 * in use until then.
 *
 * Thread: the one that ends the child. In prefork that may be a signal
 * handler on the main thread: nothing here may need malloc() or free().
 * Lifetime: once. */
#include "crew.h"

/* How long to sleep between two looks. No condition is waited for: its
 * deadline would be by the time of day, which may be set back, and in prefork
 * all this may be inside a signal handler. */
#define SHORTEST_LOOK (APR_USEC_PER_SEC / 2000)
#define LONGEST_LOOK  (APR_USEC_PER_SEC / 64)
/* How long an end that is being told may take. */
#define TELLING (APR_USEC_PER_SEC / 10)

/* Under lock. */
static int is_running(ct_dispatcher_t *d)
{
    return d->running > 0 || atomic_load(&d->running_here) > 0;
}

/* A harder stop may be ordered meanwhile. */
static apr_interval_time_t shorten(const ct_dispatcher_t *d,
                                   apr_interval_time_t patience)
{
    apr_interval_time_t left = d->settings.time_left();

    return left >= 0 && left < patience ? left : patience;
}

/* Under lock. A clock that stands still or goes back is not believed. */
static void wait_until_idle(ct_dispatcher_t *d, apr_interval_time_t patience)
{
    apr_interval_time_t wait = SHORTEST_LOOK;
    apr_time_t before = d->settings.now();

    while ((ct_queue_available(d) > 0 || is_running(d)) && patience > 0
           && (patience = shorten(d, patience)) > 0) {
        apr_time_t now;

        wait = wait < patience ? wait : patience;
        ct_crew_sleep(d, wait);
        now = d->settings.now();
        patience -= now - before > wait ? now - before : wait;
        before = now;
        wait = wait * 2 < LONGEST_LOOK ? wait * 2 : LONGEST_LOOK;
    }
}

static int take_end(ct_work_t *work)
{
    return ct_turn_passes(work, CT_END_OPEN, CT_END_ABANDONED)
           || ct_turn_passes(work, CT_END_CALLED, CT_END_ABANDONED);
}

static int is_telling(ct_dispatcher_t *d)
{
    apr_uint32_t i;

    for (i = 0; i < d->settings.threads_max; ++i) {
        ct_work_t *work = &d->runners[i].work;

        if (work->batch
            && atomic_load(&work->end) == CT_END_RETURNED) {
            return 1;
        }
    }
    return 0;
}

/* Under lock. A function that has just returned is not abandoned: its end is
 * about to be told, by its thread, if the process is there long enough. */
static void wait_for_tellers(ct_dispatcher_t *d)
{
    apr_interval_time_t left = TELLING;

    for (; left > 0 && is_telling(d); left -= SHORTEST_LOOK) {
        ct_crew_sleep(d, SHORTEST_LOOK);
    }
}

/* Under lock. Whoever is inside a function loses the right to tell its end;
 * its batch is held until we have told it. */
static void abandon(ct_dispatcher_t *d)
{
    apr_uint32_t i;

    for (i = 0; i < d->settings.threads_max; ++i) {
        ct_work_t *work = &d->runners[i].work;

        if (work->batch && take_end(work)) {
            ++work->batch->left;
            d->runners[i].abandoned = work->batch;
            d->runners[i].abandoned_index = work->index;
        }
    }
}

static apr_uint32_t tell_abandoned(ct_dispatcher_t *d)
{
    apr_uint32_t told = 0;
    apr_uint32_t i;

    for (i = 0; i < d->settings.threads_max; ++i) {
        ct_batch_t *batch = d->runners[i].abandoned;
        const ct_task_t *task;
        ct_task_view_t view;

        if (!batch) {
            continue;
        }
        task = &batch->calls[d->runners[i].abandoned_index].task;
        ct_task_view(&view, task, batch->response, d->last_scratch);
        d->settings.report.end(d->settings.report.context, task->server,
                               &view.task, CROSSTOWN_STOPPED, APR_SUCCESS);
        ct_turn_let_go(d, batch, 1);
        ++told;
    }
    return told;
}

static apr_uint32_t tell_stopped(ct_dispatcher_t *d, ct_batch_t *queue)
{
    apr_uint32_t told = 0;

    while (queue) {
        ct_batch_t *batch = queue;

        queue = queue->next;
        told += batch->limit - batch->taken;
        ct_turn_end(d, batch, batch->taken, batch->limit, CROSSTOWN_STOPPED,
                    d->last_scratch);
    }
    return told;
}

void ct_dispatcher_drain(ct_dispatcher_t *d, apr_interval_time_t patience,
                         ct_drained_t *drained)
{
    ct_batch_t *queue;
    ct_signals_t signals;
    apr_uint32_t i;

    ct_crew_lock(d, &signals);
    wait_until_idle(d, patience);
    atomic_store(&d->closed, 1);
    queue = ct_queue_close(d);
    abandon(d);
    wait_for_tellers(d);
    ct_crew_unlock(d, &signals);
    for (i = 0; i < d->settings.threads_max; ++i) {
        apr_thread_cond_signal(d->runners[i].wake);
    }
    drained->stopped = tell_stopped(d, queue);
    drained->left_running = tell_abandoned(d);
}
