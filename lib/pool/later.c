/* SPDX-License-Identifier: Apache-2.0 */
/* later: the tasks lie in a heap, and one alarm of the clock brings what is
 * due into the queue; no worker waits for them.
 *
 * Such a task is split off from its batch, which it holds until it is over, so
 * that those behind it in the same request go on without it. Who had a place
 * in the queue keeps it, be the queue full or not: nothing is refused that the
 * pool has called already. */
#include "later.h"

#include "faults.h"
#include "workers.h"

#include <stdlib.h>

/* Between two tries for a worker. */
#define PAUSE APR_USEC_PER_SEC

/* In one block with its batch of one task, which comes behind it. */
struct ct_later_t {
    ct_timed_t timed;                /* lock */
    ct_batch_t *origin;              /* set once: where it was split off */
    unsigned int attempt;            /* lock: of its next call */
};

static ct_batch_t *batch_of(ct_timed_t *timed)
{
    return (ct_batch_t *)((ct_later_t *)timed + 1);
}

static ct_batch_t *split_off(ct_batch_t *origin, apr_uint32_t index)
{
    ct_later_t *later = ct_fault(CT_FAULT_BATCH) ? NULL
                        : calloc(1, sizeof(*later) + sizeof(ct_batch_t)
                                    + sizeof(ct_call_t));
    ct_batch_t *batch;

    if (!later) {
        return NULL;
    }
    later->origin = origin;
    batch = batch_of(&later->timed);
    batch->later = later;
    batch->count = batch->limit = batch->left = 1;
    batch->response = origin->response;
    batch->calls[0] = origin->calls[index];
    batch->calls[0].run_inline = 0;
    return batch;
}

apr_uint32_t ct_later_attempt(const ct_batch_t *batch)
{
    return batch->later ? batch->later->attempt : 1;
}

apr_pool_t *ct_later_carried(const ct_batch_t *batch)
{
    return ct_batch_carried(batch->later ? batch->later->origin : batch);
}

void ct_later_free(ct_dispatcher_t *d, ct_batch_t *batch)
{
    ct_later_t *later = batch->later;

    if (later) {
        ct_call_release(d, later->origin, 1);
        free(later);
    }
    else {
        ct_batch_free(batch);
    }
}

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

/* Under lock. @return what is due */
static apr_uint32_t bring_due(ct_dispatcher_t *d, apr_time_t now)
{
    ct_timed_t *first;
    apr_uint32_t brought = 0;

    while ((first = ct_heap_first(&d->later.heap)) && first->at <= now) {
        ct_heap_take(&d->later.heap, first);
        ct_queue_append(d, batch_of(first));
        ++brought;
    }
    show(d);
    return brought;
}

/* No request's thread is here that could stand in for the workers. */
static void ring(void *data)
{
    ct_dispatcher_t *d = data;
    ct_call_up_t call_up;
    ct_timed_t *first;
    apr_status_t rv;

    ct_workers_lock(d);
    (void)bring_due(d, ct_clock_now());
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

/* Under lock. */
static apr_status_t enter(ct_dispatcher_t *d, ct_batch_t *batch,
                          apr_time_t due)
{
    ct_timed_t *timed = &batch->later->timed;
    apr_status_t rv;

    timed->at = due;
    rv = ct_heap_put(&d->later.heap, timed);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = set_alarm(d, due);
    if (rv != APR_SUCCESS) {
        ct_heap_take(&d->later.heap, timed);
        return rv;
    }
    batch->taken = 0;
    batch->called = 0;
    show(d);
    return APR_SUCCESS;
}

/* Under lock. @return 0: it cannot wait */
static int begin_to_wait(ct_dispatcher_t *d, const ct_work_t *work,
                         ct_batch_t *batch, apr_time_t due, ct_refusal_e *why)
{
    apr_status_t rv;

    if (d->closed || due > d->later.deadline) {
        ++d->later.stopped;
        *why = CT_REFUSAL_NONE;
        return 0;
    }
    if (!find_place(d, work)) {
        *why = CT_REFUSAL_QUEUE;
        return 0;
    }
    rv = enter(d, batch, due);
    if (rv != APR_SUCCESS) {
        ct_dispatcher_release(d, 1);
        *why = rv == APR_ENOMEM ? CT_REFUSAL_MEMORY : CT_REFUSAL_THREAD;
    }
    return rv == APR_SUCCESS;
}

static apr_time_t due_after(apr_interval_time_t time)
{
    apr_time_t now = ct_clock_now();

    if (time < 0) {
        return now;
    }
    return time < APR_INT64_MAX - now ? now + time : APR_INT64_MAX;
}

int ct_later_put(ct_dispatcher_t *d, ct_work_t *work, unsigned int attempt,
                 apr_interval_time_t time, ct_refusal_e *why)
{
    ct_batch_t *origin = work->batch;
    ct_batch_t *batch = origin->later ? origin
                        : split_off(origin, work->index);
    int waits;

    *why = CT_REFUSAL_MEMORY;
    if (!batch) {
        return 0;
    }
    ct_workers_lock(d);
    waits = begin_to_wait(d, work, batch, due_after(time), why);
    if (waits) {
        batch->later->attempt = attempt;
        ct_limited_postpone(d, work);
        work->batch = NULL;
    }
    ct_workers_unlock(d);
    if (!waits && batch != origin) {
        free(batch->later);
    }
    return waits;
}

/* Under lock. */
static void put_back(ct_dispatcher_t *d, ct_batch_t *batches)
{
    while (batches) {
        ct_batch_t *next = batches->next;

        (void)ct_heap_put(&d->later.heap, &batches->later->timed);
        batches = next;
    }
}

/* The heap has the room that it had, so that what stays finds its place. */
ct_batch_t *ct_later_stop(ct_dispatcher_t *d, apr_time_t deadline)
{
    ct_heap_t *heap = &d->later.heap;
    ct_batch_t *stopped = NULL, *kept = NULL;
    apr_size_t i, count = heap->count;

    d->later.deadline = deadline;
    heap->count = 0;
    for (i = 1; i <= count; ++i) {
        ct_batch_t *batch = batch_of(heap->items[i]);
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
