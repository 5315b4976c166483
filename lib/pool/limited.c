/* SPDX-License-Identifier: Apache-2.0 */
/* limited: batches whose next task has to wait until another of its name is
 * over, since CrosstownLimit lets so many run at once. They are kept aside, in
 * order, so that the queue moves on; what follows in such a batch waits with
 * it, since tasks of a request are called in order. */
#include "workers.h"

static ct_name_limit_t *limit_of(const ct_dispatcher_t *d,
                                 const ct_batch_t *batch, apr_uint32_t index)
{
    unsigned short number = batch->calls[index].name_limit;

    return number ? &d->settings.name_limits.all[number - 1] : NULL;
}

int ct_limited_must_wait(ct_dispatcher_t *d, const ct_batch_t *batch)
{
    const ct_name_limit_t *limit = limit_of(d, batch, batch->taken);

    return limit && limit->at_once > 0 && limit->running >= limit->at_once;
}

void ct_limited_keep(ct_dispatcher_t *d, ct_batch_t *batch)
{
    ct_name_limit_t *limit = limit_of(d, batch, batch->taken);

    batch->kept = 1;
    batch->next = NULL;
    if (limit->last) {
        limit->last->next = batch;
    }
    else {
        limit->first = batch;
    }
    limit->last = batch;
}

/* Back to where it was: it is older than whatever is in the queue. */
static void let_first_go(ct_dispatcher_t *d, ct_name_limit_t *limit)
{
    ct_batch_t *batch = limit->first;

    limit->first = batch->next;
    if (!limit->first) {
        limit->last = NULL;
    }
    batch->kept = 0;
    ct_queue_put_first(d, batch);
}

void ct_limited_begin(ct_dispatcher_t *d, const ct_work_t *work)
{
    ct_name_limit_t *limit = limit_of(d, work->batch, work->index);

    if (limit) {
        ct_name_limit_leave(limit);
        ++limit->running;
    }
}

void ct_limited_over(ct_dispatcher_t *d, const ct_work_t *work)
{
    ct_name_limit_t *limit = limit_of(d, work->batch, work->index);

    if (limit) {
        --limit->running;
        if (limit->first) {
            let_first_go(d, limit);
        }
    }
}

void ct_limited_end(ct_dispatcher_t *d)
{
    unsigned int i;

    for (i = 0; i < d->settings.name_limits.count; ++i) {
        while (d->settings.name_limits.all[i].first) {
            let_first_go(d, &d->settings.name_limits.all[i]);
        }
    }
}

void ct_limited_give_up(ct_dispatcher_t *d, const ct_batch_t *batch,
                        apr_uint32_t index)
{
    ct_name_limit_leave(limit_of(d, batch, index));
}
