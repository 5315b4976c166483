/* SPDX-License-Identifier: Apache-2.0 */
/* paused: tasks whose name an administrator has paused, see switches.h. One is
 * looked at in its turn; it is split off from its batch as one that waits for
 * its time, so that those behind it in the same request go on without it, and
 * lies aside until its name is resumed, or until a stop, which does not wait
 * for it. It keeps its place in the queue; so that others find one, too, only
 * a part of all places is for such tasks. */
#include "split_off.h"
#include "workers.h"

#include <stdlib.h>

/* Of the places in the queue. */
#define PART 2

int ct_paused_is(const ct_dispatcher_t *d, const ct_batch_t *batch,
                 apr_uint32_t index)
{
    const ct_name_limit_t *limit = ct_limited_of(d, batch, index);

    return limit && ct_switches_paused(limit->says);
}

/* Under lock. One whose name is not paused, any more, goes into the queue. */
static void keep(ct_dispatcher_t *d, ct_batch_t *batch)
{
    ct_paused_t *paused = &d->paused;

    if (!ct_paused_is(d, batch, 0)) {
        ct_queue_append(d, batch);
        return;
    }
    batch->next = NULL;
    if (paused->last) {
        paused->last->next = batch;
    }
    else {
        paused->first = batch;
    }
    paused->last = batch;
    ++paused->count;
}

/* Under lock. Whose attempts have begun keeps its place, as it does while it
 * waits for its time. */
static int has_room(ct_dispatcher_t *d, const ct_work_t *work,
                    ct_refusal_e *why)
{
    if (!work->batch->split_off
        && d->paused.count >= d->settings.queue_max / PART) {
        *why = CT_REFUSAL_PAUSED;
        return 0;
    }
    return ct_later_has_place(d, work, APR_INT64_MAX, why);
}

int ct_paused_put(ct_dispatcher_t *d, ct_work_t *work, ct_refusal_e *why)
{
    unsigned int attempt = ct_split_off_attempt(work->batch);
    ct_batch_t *own = work->batch;
    ct_batch_t *batch = own->split_off ? own
                        : ct_split_off_make(own, work->index);
    int waits;

    *why = CT_REFUSAL_MEMORY;
    if (!batch) {
        return 0;
    }
    ct_workers_lock(d);
    waits = has_room(d, work, why);
    if (waits) {
        ct_split_off_of(batch)->attempt = attempt;
        batch->taken = 0;
        batch->called = 0;
        ct_limited_postpone(d, work);
        work->batch = NULL;
        keep(d, batch);
    }
    ct_workers_unlock(d);
    if (waits) {
        (void)ct_workers_want(d);    /* it may have been resumed just now */
    }
    else if (batch != own) {
        free(ct_split_off_of(batch));
    }
    return waits;
}

static ct_batch_t *take_all(ct_paused_t *paused)
{
    ct_batch_t *all = paused->first;

    paused->first = paused->last = NULL;
    paused->count = 0;
    return all;
}

/* In the order in which they came. */
void ct_paused_look_again(ct_dispatcher_t *d)
{
    ct_batch_t *batch = take_all(&d->paused);

    while (batch) {
        ct_batch_t *next = batch->next;

        keep(d, batch);
        batch = next;
    }
}

ct_batch_t *ct_paused_stop(ct_dispatcher_t *d)
{
    ct_dispatcher_release(d, d->paused.count);
    return take_all(&d->paused);
}
