/* SPDX-License-Identifier: Apache-2.0 */
/* hold: batches whose next task has to wait until another of its name is
 * over. They stand aside, in order, so that the queue moves on; what follows
 * in such a batch waits with it, since tasks of a request start in order.
 *
 * Thread: any, under the dispatcher's lock but for ct_hold_give_up().
 * Lifetime: no state of its own. */
#include "crew.h"

static ct_quota_t *quota_of(const ct_dispatcher_t *d, const ct_batch_t *batch,
                            apr_uint32_t index)
{
    unsigned short number = batch->calls[index].quota;

    return number ? &d->settings.quotas.all[number - 1] : NULL;
}

int ct_hold_back(ct_dispatcher_t *d)
{
    ct_batch_t *batch = d->first;
    ct_quota_t *quota = quota_of(d, batch, batch->taken);

    if (!quota || quota->at_once == 0 || quota->running < quota->at_once) {
        return 0;
    }
    ct_queue_drop_first(d);
    d->available -= batch->limit - batch->taken;
    batch->held = 1;
    batch->next = NULL;
    if (quota->last) {
        quota->last->next = batch;
    }
    else {
        quota->first = batch;
    }
    quota->last = batch;
    return 1;
}

/* Back to where it was: it is older than whatever is in the queue. */
static void let_go(ct_dispatcher_t *d, ct_quota_t *quota)
{
    ct_batch_t *batch = quota->first;

    quota->first = batch->next;
    if (!quota->first) {
        quota->last = NULL;
    }
    batch->held = 0;
    batch->linked = 1;
    batch->next = d->first;
    d->first = batch;
    if (!d->last) {
        d->last = batch;
    }
    d->available += batch->limit - batch->taken;
}

void ct_hold_begin(ct_dispatcher_t *d, const ct_work_t *work)
{
    ct_quota_t *quota = quota_of(d, work->batch, work->index);

    if (quota) {
        ct_quota_leave(quota);
        ++quota->running;
    }
}

void ct_hold_over(ct_dispatcher_t *d, const ct_work_t *work)
{
    ct_quota_t *quota = quota_of(d, work->batch, work->index);

    if (quota) {
        --quota->running;
        if (quota->first) {
            let_go(d, quota);
        }
    }
}

void ct_hold_none(ct_dispatcher_t *d)
{
    unsigned int i;

    for (i = 0; i < d->settings.quotas.count; ++i) {
        while (d->settings.quotas.all[i].first) {
            let_go(d, &d->settings.quotas.all[i]);
        }
    }
}

void ct_hold_give_up(ct_dispatcher_t *d, const ct_batch_t *batch,
                     apr_uint32_t index)
{
    ct_quota_leave(quota_of(d, batch, index));
}
