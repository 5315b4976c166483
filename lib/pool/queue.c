/* SPDX-License-Identifier: Apache-2.0 */
/* queue: places, the inbox and the queue itself. Who brings a batch puts it
 * into the inbox, a stack (Treiber, 1986) that is only ever emptied as a
 * whole, so that it needs no lock; whoever has the lock and wants to know what
 * waits turns it over onto the end of the queue.
 *
 * Tasks are taken in the order in which they stand there, but for those whose
 * predecessor on the same request is taken and not called yet, or whose name
 * is at its limit: they are passed by. */
#include "call_order.h"

/* How many places are given back at once, at most: a few of all there are. */
#define AT_ONCE 32
#define FEW 1024

/* In the inbox: nothing can be brought any more. */
static ct_batch_t no_more;

/* In one step, so that one who wants more than there is room for takes no
 * place from others for a moment. */
apr_uint32_t ct_dispatcher_reserve(ct_dispatcher_t *d, apr_uint32_t wanted)
{
    apr_uint32_t max = d->settings.queue_max;
    apr_uint32_t before = atomic_load(&d->waiting);
    apr_uint32_t got;

    if (d->settings.switches && atomic_load(&d->settings.switches->draining)) {
        return 0;
    }
    do {
        apr_uint32_t room = before < max ? max - before : 0;

        got = wanted < room ? wanted : room;
        if (got == 0) {
            return 0;
        }
    } while (!atomic_compare_exchange_weak(&d->waiting, &before,
                                           before + got));
    ct_gauges_raise(&d->gauges->most_waiting, before + got);
    return got;
}

void ct_dispatcher_release(ct_dispatcher_t *d, apr_uint32_t places)
{
    atomic_fetch_sub(&d->waiting, places);
}

int ct_queue_bring(ct_dispatcher_t *d, ct_batch_t *batch)
{
    ct_batch_t *seen = atomic_load(&d->inbox);

    do {
        if (seen == &no_more) {
            return 0;
        }
        batch->next = seen;
    } while (!atomic_compare_exchange_weak(&d->inbox, &seen, batch));
    return 1;
}

static void count_in(ct_dispatcher_t *d, ct_batch_t *batch)
{
    batch->stands = CT_STANDS_QUEUED;
    d->available += batch->limit - batch->taken;
    if (d->available > d->peak) {
        d->peak = d->available;
    }
}

static void append(ct_dispatcher_t *d, ct_batch_t *batch)
{
    batch->next = NULL;
    *d->end = batch;
    d->end = &batch->next;
    count_in(d, batch);
}

void ct_queue_put_first(ct_dispatcher_t *d, ct_batch_t *batches)
{
    ct_batch_t **link = &batches;

    for (; *link; link = &(*link)->next) {
        count_in(d, *link);
    }
    if (batches && !d->first) {
        d->end = link;
    }
    *link = d->first;
    d->first = batches;
}

/* Take out the batch at *link; *link is the next one then. */
static void unlink_batch(ct_dispatcher_t *d, ct_batch_t **link)
{
    ct_batch_t *batch = *link;

    *link = batch->next;
    if (!batch->next) {
        d->end = link;
    }
    batch->stands = CT_STANDS_NOWHERE;
    d->available -= batch->limit - batch->taken;
}

/* The last one brought lies on top. What stands behind a batch's first line is
 * read when its task is taken: 0.9 of a task's time when 8 threads bring some
 * and 32 take them. */
static void unstack(ct_dispatcher_t *d, ct_batch_t *stack)
{
    ct_batch_t *oldest = NULL;

    while (stack) {
        ct_batch_t *next = stack->next;

        CT_MEMORY_PREFETCH((const char *)stack + CT_MEMORY_LINE);
        stack->next = oldest;
        oldest = stack;
        stack = next;
    }
    while (oldest) {
        ct_batch_t *next = oldest->next;

        append(d, oldest);
        oldest = next;
    }
}

void ct_queue_gather(ct_dispatcher_t *d)
{
    ct_batch_t *seen = atomic_load(&d->inbox);

    if (seen && seen != &no_more) {
        unstack(d, atomic_exchange(&d->inbox, NULL));
    }
}

apr_uint32_t ct_queue_available(ct_dispatcher_t *d)
{
    if (d->available == 0) {
        ct_queue_gather(d);
    }
    return d->available;
}

void ct_queue_append(ct_dispatcher_t *d, ct_batch_t *batch)
{
    ct_queue_gather(d);
    append(d, batch);
}

ct_batch_t *ct_queue_close(ct_dispatcher_t *d)
{
    ct_batch_t *queue;

    unstack(d, atomic_exchange(&d->inbox, &no_more));
    ct_limited_end(d);
    queue = d->first;
    d->first = NULL;
    d->end = &d->first;
    ct_dispatcher_release(d, d->available + d->freed);
    d->available = d->freed = 0;
    return queue;
}

/* Not one by one: those who reserve count on another processor (8 % of a task
 * that does nothing). */
static void give_place_back(ct_dispatcher_t *d)
{
    if (++d->freed > d->settings.queue_max / FEW || d->freed == AT_ONCE
        || d->available == 0) {
        ct_dispatcher_release(d, d->freed);
        d->freed = 0;
    }
}

static ct_batch_t **find(ct_dispatcher_t *d)
{
    ct_batch_t **link = &d->first;

    while (*link) {
        ct_batch_t *batch = *link;

        if (!ct_call_is_next(batch, batch->taken)) {
            link = &batch->next;
        }
        else if (ct_limited_must_wait(d, batch)) {
            unlink_batch(d, link);
            ct_limited_keep(d, batch);
        }
        else {
            return link;
        }
    }
    return NULL;
}

ct_batch_t **ct_queue_next(ct_dispatcher_t *d)
{
    ct_batch_t **link = find(d);

    if (!link) {
        ct_queue_gather(d);
        link = find(d);
    }
    return link;
}

void ct_queue_take(ct_dispatcher_t *d, ct_batch_t **link, ct_work_t *work)
{
    ct_batch_t *batch = *link;

    work->batch = batch;
    work->index = batch->taken++;
    work->unplaced = 0;
    atomic_store_explicit(&work->end, CT_END_OPEN, memory_order_relaxed);
    --d->available;
    if (batch->taken == batch->limit) {
        unlink_batch(d, link);
    }
    ct_limited_begin(d, work);
    ++d->running;
    ++d->arrivals.taken;
    ct_gauges_raise(&d->gauges->most_running,
                    d->running + atomic_load_explicit(&d->running_inline,
                                                      memory_order_relaxed));
    give_place_back(d);
}

/* What a task asks for by itself was taken before. */
ct_batch_t *ct_dispatcher_take_back(ct_dispatcher_t *d, apr_uint64_t number)
{
    ct_batch_t **link = &d->first;
    ct_batch_t *batch;

    ct_workers_lock(d);
    ct_queue_gather(d);
    while (*link && ((*link)->calls[0].task.number != number
                     || (*link)->split_off)) {
        link = &(*link)->next;
    }
    batch = d->alive == 0 ? *link : NULL;
    if (batch) {
        ct_limited_give_place_back(d, batch);
        unlink_batch(d, link);
    }
    ct_workers_unlock(d);
    return batch;
}
