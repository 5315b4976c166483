/* SPDX-License-Identifier: Apache-2.0 */
/* queue: places, the inbox and the queue itself. Who brings a batch puts it
 * into the inbox, a stack (Treiber, 1986) that is only ever emptied as a
 * whole, so that it needs no lock; whoever has the lock and wants to know what
 * waits turns it over onto the end of the queue.
 *
 * Thread: any; what needs the lock says so in crew.h.
 * Lifetime: the dispatcher's. */
#include "crew.h"

/* How many places are given back at once, at most: a few of all there are. */
#define AT_ONCE 32
#define FEW 1024

/* In the inbox: nothing can be brought any more. */
static ct_batch_t no_more;

apr_uint32_t ct_dispatcher_reserve(ct_dispatcher_t *d, apr_uint32_t wanted)
{
    apr_uint32_t max = d->settings.queue_max;
    apr_uint32_t before = atomic_fetch_add(&d->waiting, wanted);
    apr_uint32_t room = before < max ? max - before : 0;

    if (wanted > room) {
        ct_dispatcher_release(d, wanted - room);
        wanted = room;
    }
    /* `before` may count what others have reserved too much of. */
    if (wanted > 0) {
        ct_gauges_raise(&d->gauges->most_waiting, before + wanted);
    }
    return wanted;
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

static void append(ct_dispatcher_t *d, ct_batch_t *batch)
{
    batch->next = NULL;
    batch->linked = 1;
    if (d->last) {
        d->last->next = batch;
    }
    else {
        d->first = batch;
    }
    d->last = batch;
    d->available += batch->limit - batch->taken;
    if (d->available > d->crest) {
        d->crest = d->available;
    }
}

/* The last one brought lies on top. */
static void unstack(ct_dispatcher_t *d, ct_batch_t *stack)
{
    ct_batch_t *oldest = NULL;

    while (stack) {
        ct_batch_t *next = stack->next;

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

apr_uint32_t ct_queue_gather(ct_dispatcher_t *d)
{
    ct_batch_t *seen = atomic_load(&d->inbox);

    if (seen && seen != &no_more) {
        unstack(d, atomic_exchange(&d->inbox, NULL));
    }
    return d->available;
}

apr_uint32_t ct_queue_available(ct_dispatcher_t *d)
{
    return d->available > 0 ? d->available : ct_queue_gather(d);
}

void ct_queue_append(ct_dispatcher_t *d, ct_batch_t *batch)
{
    (void)ct_queue_gather(d);
    append(d, batch);
}

ct_batch_t *ct_queue_close(ct_dispatcher_t *d)
{
    ct_batch_t *queue;

    unstack(d, atomic_exchange(&d->inbox, &no_more));
    ct_hold_none(d);
    queue = d->first;
    d->first = d->last = NULL;
    ct_dispatcher_release(d, d->available + d->freed);
    d->available = d->freed = 0;
    return queue;
}

/* Not one by one: those who reserve count on another processor. */
static void give_place_back(ct_dispatcher_t *d)
{
    if (++d->freed > d->settings.queue_max / FEW || d->freed == AT_ONCE
        || d->available == 0) {
        ct_dispatcher_release(d, d->freed);
        d->freed = 0;
    }
}

void ct_queue_drop_first(ct_dispatcher_t *d)
{
    d->first->linked = 0;
    d->first = d->first->next;
    if (!d->first) {
        d->last = NULL;
    }
}

int ct_queue_take(ct_dispatcher_t *d, ct_work_t *work)
{
    ct_batch_t *batch;

    do {
        if (ct_queue_available(d) == 0) {
            return 0;
        }
    } while (ct_hold_back(d));
    batch = d->first;
    work->batch = batch;
    work->index = batch->taken++;
    atomic_store_explicit(&work->end, CT_END_OPEN, memory_order_relaxed);
    if (batch->taken == batch->limit) {
        ct_queue_drop_first(d);
    }
    ct_hold_begin(d, work);
    --d->available;
    ++d->running;
    ct_gauges_raise(&d->gauges->most_running,
                    d->running + atomic_load_explicit(&d->running_here,
                                                      memory_order_relaxed));
    give_place_back(d);
    return 1;
}

int ct_dispatcher_take_back(ct_dispatcher_t *d, ct_batch_t *batch)
{
    ct_signals_t signals;
    ct_batch_t **link = &d->first;
    ct_batch_t *before = NULL;
    int found = 0;

    ct_crew_lock(d, &signals);
    (void)ct_queue_gather(d);
    while (*link && *link != batch) {
        before = *link;
        link = &before->next;
    }
    if (*link && d->alive == 0) {
        *link = batch->next;
        if (d->last == batch) {
            d->last = before;
        }
        batch->linked = 0;
        d->available -= batch->limit - batch->taken;
        found = 1;
    }
    ct_crew_unlock(d, &signals);
    return found;
}
