/* SPDX-License-Identifier: Apache-2.0 */
/* limited: batches whose next task has to wait until another of its name is
 * over, since CrosstownLimit lets so many run at once. They are kept aside, in
 * order, so that the queue moves on; what follows in such a batch waits with
 * it, since tasks of a request are called in order. In one child the task that
 * is over lets the next one go; if all children are counted it gives its place
 * back to all of them, and place_watch.c lets go what finds one. */
#include "call_order.h"

ct_name_limit_t *ct_limited_of(const ct_dispatcher_t *d,
                               const ct_batch_t *batch, apr_uint32_t index)
{
    unsigned short number = batch->calls[index].name_limit;

    return number ? &d->settings.name_limits.all[number - 1] : NULL;
}

/* A task with a delay is not called when it is first taken: it need not wait
 * for others, nor others for it. */
static ct_name_limit_t *in_force(const ct_dispatcher_t *d,
                                 const ct_batch_t *batch, apr_uint32_t index)
{
    ct_name_limit_t *limit = ct_limited_of(d, batch, index);

    return limit && !ct_call_is_early(batch, index) ? limit : NULL;
}

/* Behind those that are kept already. */
static int lacks_place(const ct_name_limit_t *limit, ct_batch_t *batch)
{
    if (!batch->placed && !limit->first) {
        batch->placed = ct_places_take(&limit->places, 0) != 0;
    }
    return !batch->placed;
}

/* More than may run at once do if the number was lowered meanwhile. */
static int is_full(const ct_name_limit_t *limit)
{
    apr_uint32_t at_once = ct_name_limit_at_once(limit);

    return at_once > 0 && limit->running >= at_once;
}

int ct_limited_must_wait(ct_dispatcher_t *d, ct_batch_t *batch)
{
    const ct_name_limit_t *limit = in_force(d, batch, batch->taken);

    if (!limit) {
        return 0;
    }
    return limit->places.table ? lacks_place(limit, batch)
                               : is_full(limit);
}

void ct_limited_keep(ct_dispatcher_t *d, ct_batch_t *batch)
{
    ct_name_limit_t *limit = ct_limited_of(d, batch, batch->taken);

    batch->stands = CT_STANDS_KEPT;
    batch->next = NULL;
    if (limit->last) {
        limit->last->next = batch;
    }
    else {
        limit->first = batch;
    }
    limit->last = batch;
    if (limit->places.table) {
        ct_watch_want(d);
    }
}

/* Back to where it was: it is older than whatever is in the queue. */
void ct_limited_let_go(ct_dispatcher_t *d, ct_name_limit_t *limit, int placed)
{
    ct_batch_t *batch = limit->first;

    limit->first = batch->next;
    if (!limit->first) {
        limit->last = NULL;
    }
    batch->placed = placed != 0;
    batch->next = NULL;
    ct_queue_put_first(d, batch);
}

void ct_limited_begin(ct_dispatcher_t *d, const ct_work_t *work)
{
    ct_name_limit_t *limit = in_force(d, work->batch, work->index);

    ct_name_limit_leave(ct_limited_of(d, work->batch, work->index));
    if (limit) {
        ++limit->running;
        if (limit->peaks) {
            ct_gauges_raise(&limit->peaks->running, limit->running);
        }
        work->batch->placed = 0;     /* from now on it is the task's */
    }
}

void ct_limited_over(ct_dispatcher_t *d, const ct_work_t *work)
{
    ct_name_limit_t *limit = in_force(d, work->batch, work->index);

    if (limit) {
        --limit->running;
        if (limit->places.table) {
            ct_places_give_back(&limit->places);
        }
        else if (limit->first && !is_full(limit)) {
            ct_limited_let_go(d, limit, 0);
        }
    }
}

void ct_limited_postpone(ct_dispatcher_t *d, const ct_work_t *work)
{
    ct_name_limit_t *limit = ct_limited_of(d, work->batch, work->index);

    if (limit) {
        atomic_fetch_add(&limit->waiting, 1);
    }
    ct_limited_over(d, work);
}

/* They have no place: who has one is not kept. */
static void let_all_go(ct_dispatcher_t *d, ct_name_limit_t *limit)
{
    ct_queue_put_first(d, limit->first);
    limit->first = limit->last = NULL;
}

void ct_limited_end(ct_dispatcher_t *d)
{
    const ct_name_limits_t *limits = &d->settings.name_limits;
    unsigned int i;

    for (i = 0; i < limits->count + limits->others; ++i) {
        let_all_go(d, &limits->all[i]);
    }
}

/* Those that still have to wait are kept again as soon as one looks. */
void ct_limited_look_again(ct_dispatcher_t *d)
{
    const ct_name_limits_t *limits = &d->settings.name_limits;
    unsigned int i;

    for (i = 0; i < limits->count + limits->others; ++i) {
        ct_name_limit_t *limit = &limits->all[i];

        if (limit->places.table) {
            ct_places_resize(&limit->places, ct_name_limit_at_once(limit));
        }
        else {
            let_all_go(d, limit);
        }
    }
}

int ct_limited_waits(ct_dispatcher_t *d)
{
    unsigned int i;

    for (i = 0; i < d->settings.name_limits.count; ++i) {
        const ct_name_limit_t *limit = &d->settings.name_limits.all[i];

        if (limit->places.table && limit->first) {
            return 1;
        }
    }
    return 0;
}

void ct_limited_give_place_back(ct_dispatcher_t *d, ct_batch_t *batch)
{
    if (batch->placed) {
        batch->placed = 0;
        ct_places_give_back(&ct_limited_of(d, batch, batch->taken)->places);
    }
}

void ct_limited_give_up(ct_dispatcher_t *d, ct_batch_t *batch,
                        apr_uint32_t index)
{
    ct_limited_give_place_back(d, batch);
    ct_name_limit_leave(ct_limited_of(d, batch, index));
}
