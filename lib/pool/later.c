/* SPDX-License-Identifier: Apache-2.0 */
/* later: the tasks lie in a heap, each as a batch of its own, and one alarm of
 * the clock brings what is due into the queue; no worker waits for them. Who
 * had a place in the queue keeps it, be the queue full or not: nothing is
 * refused that the pool has called already. */
#include "split_off.h"
#include "workers.h"

#include <stdlib.h>

/* Between two tries for a worker. */
#define PAUSE APR_USEC_PER_SEC

/* Under lock. If it cannot be unset it rings just now, and looks itself. */
static apr_status_t set_alarm(ct_dispatcher_t *d, apr_time_t at)
{
    ct_waiting_t *waiting = &d->later;
    apr_status_t rv;

    if (waiting->armed
        && (waiting->rings <= at || !ct_clock_unset(&waiting->alarm))) {
        return APR_SUCCESS;
    }
    waiting->rings = at;
    rv = ct_clock_set(&waiting->alarm, at - ct_clock_now());
    waiting->armed = rv == APR_SUCCESS;
    return rv;
}

/* Under lock. */
static void show(ct_dispatcher_t *d)
{
    atomic_store(&d->gauges->scheduled, (unsigned int)d->later.heap.count);
}

/* Under lock. */
static void bring_due(ct_dispatcher_t *d, apr_time_t now)
{
    ct_timed_t *first;

    while ((first = ct_heap_first(&d->later.heap)) && first->at <= now) {
        ct_heap_take(&d->later.heap, first);
        ct_queue_append(d, ct_split_off_batch(first));
    }
    show(d);
}

/* No request's thread is here that could stand in for the workers. */
static void ring(void *data)
{
    ct_dispatcher_t *d = data;
    ct_call_up_t call_up;
    ct_timed_t *first;
    apr_status_t rv;

    ct_workers_lock(d);
    bring_due(d, ct_clock_now());
    ct_workers_plan(d, 0, &call_up);
    ct_workers_unlock(d);
    rv = ct_workers_call(d, &call_up);
    ct_workers_lock(d);
    d->later.armed = 0;
    first = ct_heap_first(&d->later.heap);
    if (first) {
        (void)set_alarm(d, first->at);
    }
    if (rv == APR_EAGAIN) {
        (void)set_alarm(d, ct_clock_now() + PAUSE);
    }
    ct_workers_unlock(d);
}

static void drop(void *data)
{
    ct_dispatcher_t *d = data;

    ct_workers_lock(d);
    d->later.armed = 0;
    ct_workers_unlock(d);
}

apr_status_t ct_later_start(ct_dispatcher_t *d)
{
    d->later.alarm.ring = ring;
    d->later.alarm.drop = drop;
    d->later.alarm.what = d;
    d->later.deadline = APR_INT64_MAX;
    return ct_clock_start();
}

/* Who had a place has one more now; what was called by its request's own
 * thread has to find one. */
static int find_place(ct_dispatcher_t *d, const ct_work_t *work)
{
    if (work->unplaced) {
        return ct_dispatcher_reserve(d, 1) == 1;
    }
    ct_gauges_raise(&d->gauges->most_waiting,
                    atomic_fetch_add(&d->waiting, 1) + 1);
    return 1;
}

void ct_later_count_as_kept(ct_dispatcher_t *d)
{
    ct_workers_lock(d);
    --d->later.stopped;
    ct_workers_unlock(d);
}

/* Under lock. @return 0: it would be stopped while it waits */
static int is_in_time(ct_dispatcher_t *d, apr_time_t due)
{
    if (d->closed || due > d->later.deadline) {
        ++d->later.stopped;
        return 0;
    }
    return 1;
}

int ct_later_has_place(ct_dispatcher_t *d, const ct_work_t *work,
                       apr_time_t due, ct_refusal_e *why)
{
    *why = CT_REFUSAL_NONE;
    if (!is_in_time(d, due)) {
        return 0;
    }
    *why = CT_REFUSAL_QUEUE;
    if (!find_place(d, work)) {
        return 0;
    }
    ct_oldest_want(d);
    return 1;
}

/* Under lock. The alarm may ring before anything is there to be due. */
static int find_room(ct_dispatcher_t *d, const ct_work_t *work,
                     apr_time_t due, ct_refusal_e *why)
{
    apr_status_t rv;

    if (!ct_later_has_place(d, work, due, why)) {
        return 0;
    }
    rv = ct_heap_promise(&d->later.heap);
    *why = CT_REFUSAL_MEMORY;
    if (rv == APR_SUCCESS) {
        rv = set_alarm(d, due);
        if (rv == APR_SUCCESS) {
            *why = CT_REFUSAL_NONE;
            return 1;
        }
        ct_heap_release(&d->later.heap);
        *why = rv == APR_ENOMEM ? CT_REFUSAL_MEMORY : CT_REFUSAL_THREAD;
    }
    ct_dispatcher_release(d, 1);
    return 0;
}

static apr_time_t due_after(apr_interval_time_t time)
{
    apr_time_t now = ct_clock_now();

    if (time < 0) {
        return now;
    }
    return time < APR_INT64_MAX - now ? now + time : APR_INT64_MAX;
}

static void free_if_split_off(ct_batch_t *batch, const ct_work_t *work)
{
    if (batch != work->batch) {
        free(ct_split_off_of(batch));
    }
}

int ct_later_find(ct_dispatcher_t *d, const ct_work_t *work,
                  apr_interval_time_t time, ct_later_place_t *place,
                  ct_refusal_e *why)
{
    int found;

    place->due = due_after(time);
    place->batch = work->batch->split_off ? work->batch
                   : ct_split_off_make(work->batch, work->index);
    if (!place->batch) {
        *why = CT_REFUSAL_MEMORY;
        return 0;
    }
    ct_workers_lock(d);
    found = find_room(d, work, place->due, why);
    ct_workers_unlock(d);
    if (!found) {
        free_if_split_off(place->batch, work);
        place->batch = NULL;
    }
    return found;
}

/* Under lock. The place in the heap and the alarm were had before; if that has
 * rung since and cannot be set again, the next one brings this task, too. */
static void enter(ct_dispatcher_t *d, ct_batch_t *batch, apr_time_t due)
{
    ct_timed_t *timed = &ct_split_off_of(batch)->timed;

    timed->at = due;
    (void)ct_heap_put(&d->later.heap, timed);
    (void)set_alarm(d, due);
    batch->taken = 0;
    batch->called = 0;
    show(d);
}

int ct_later_enter(ct_dispatcher_t *d, ct_work_t *work, unsigned int attempt,
                   ct_later_place_t *place)
{
    ct_batch_t *batch = place->batch;
    int waits;

    ct_workers_lock(d);
    ct_heap_release(&d->later.heap);
    waits = is_in_time(d, place->due);
    if (waits) {
        ct_split_off_of(batch)->attempt = attempt;
        enter(d, batch, place->due);
        ct_limited_postpone(d, work);
        work->batch = NULL;
    }
    else {
        ct_dispatcher_release(d, 1);
    }
    ct_workers_unlock(d);
    if (!waits) {
        free_if_split_off(batch, work);
    }
    return waits;
}

int ct_later_defer(ct_dispatcher_t *d, ct_work_t *work, ct_refusal_e *why)
{
    unsigned int attempt = ct_split_off_attempt(work->batch);
    ct_later_place_t place;

    *why = CT_REFUSAL_THREAD;
    return attempt > 1 && ct_later_find(d, work, PAUSE, &place, why)
           && ct_later_enter(d, work, attempt, &place);
}

/* Under lock. */
static void put_back(ct_dispatcher_t *d, ct_batch_t *batches)
{
    while (batches) {
        ct_batch_t *next = batches->next;

        (void)ct_heap_put(&d->later.heap, &ct_split_off_of(batches)->timed);
        batches = next;
    }
}

/* The heap has the room that it had, so that what stays finds its place. */
ct_batch_t *ct_later_stop(ct_dispatcher_t *d, apr_time_t deadline)
{
    ct_heap_t *heap = &d->later.heap;
    ct_batch_t *stopped = ct_paused_stop(d), *kept = NULL;
    apr_size_t i, count = heap->count;

    d->later.deadline = deadline;
    heap->count = 0;
    for (i = 1; i <= count; ++i) {
        ct_batch_t *batch = ct_split_off_batch(heap->items[i]);
        ct_batch_t **list = heap->items[i]->at > deadline ? &stopped : &kept;

        batch->next = *list;
        *list = batch;
    }
    put_back(d, kept);
    show(d);
    ct_dispatcher_release(d, (apr_uint32_t)(count - heap->count));
    return stopped;
}

/* Not while it rings. */
void ct_later_end(ct_dispatcher_t *d)
{
    ct_workers_lock(d);
    if (d->later.armed && ct_clock_unset(&d->later.alarm)) {
        d->later.armed = 0;
    }
    while (d->later.armed) {
        ct_workers_unlock_and_sleep(d, APR_USEC_PER_SEC / 1000);
    }
    ct_workers_unlock(d);
    free(d->later.heap.items);
}
