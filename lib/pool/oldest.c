/* SPDX-License-Identifier: Apache-2.0 */
/* oldest: a task is not asked to note anything for this. While something
 * waits an alarm of the clock goes through all of it once a second and tells
 * for each name since when its oldest task does. Where nothing moves that
 * stays true; where much moves it is up to a second old, or more where it
 * takes its time: nobody else has the lock meanwhile, and that is to be a
 * hundredth of all time at most. */
#include "oldest.h"

#include <string.h>

#include "split_off.h"
#include "workers.h"

/* From one look to the next. */
#define PAUSE APR_USEC_PER_SEC
#define SHARE 100

/* The two clocks at the same time. */
typedef struct look_t {
    ct_oldest_t *oldest;
    apr_time_t now;                  /* since 1970 */
    apr_time_t clock;                /* of ct_clock_now() */
    int found;
} look_t;

static void note(look_t *look, apr_time_t *oldest, apr_time_t since)
{
    look->found = 1;
    if (*oldest == 0 || since < *oldest) {
        *oldest = since;
    }
}

/* From where on it could have been called for the first time. */
static apr_time_t first_due(const ct_batch_t *batch, const ct_task_t *task)
{
    apr_time_t since = batch->response ? batch->response->sent
                                       : task->recorded;

    return task->delay < APR_INT64_MAX - since ? since + task->delay
                                               : APR_INT64_MAX;
}

static void note_split_off(look_t *look, const ct_batch_t *batch)
{
    const ct_call_t *call = &batch->calls[0];
    apr_time_t since = first_due(batch, &call->task);

    if (ct_split_off_attempt(batch) > 1) {
        note(look, &look->oldest->retrying[call->label], since);
        since = look->now - look->clock + ct_split_off_of(batch)->timed.at;
    }
    if (since <= look->now) {
        note(look, &look->oldest->waiting[call->label], since);
    }
}

/* One with a delay does not wait for a thread yet. */
static void note_batch(look_t *look, const ct_batch_t *batch)
{
    apr_uint32_t i;

    if (batch->split_off) {
        note_split_off(look, batch);
        return;
    }
    for (i = batch->taken; i < batch->limit; ++i) {
        apr_time_t since = first_due(batch, &batch->calls[i].task);

        if (since <= look->now) {
            note(look, &look->oldest->waiting[batch->calls[i].label], since);
        }
    }
}

static void note_list(look_t *look, const ct_batch_t *batch)
{
    for (; batch; batch = batch->next) {
        note_batch(look, batch);
    }
}

/* Only those that are tried again. */
static void note_scheduled(look_t *look, const ct_heap_t *heap)
{
    apr_size_t i;

    for (i = 1; i <= heap->count; ++i) {
        const ct_batch_t *batch = ct_split_off_batch(heap->items[i]);

        if (ct_split_off_attempt(batch) > 1) {
            note_split_off(look, batch);
        }
    }
}

int ct_oldest_look(ct_dispatcher_t *d, ct_oldest_t *oldest)
{
    const ct_name_limits_t *limits = &d->settings.name_limits;
    look_t look = { oldest, apr_time_now(), ct_clock_now(), 0 };
    unsigned int i;

    memset(oldest, 0, sizeof(*oldest));
    ct_workers_lock(d);
    ct_queue_gather(d);
    note_list(&look, d->first);
    for (i = 0; i < limits->count + limits->others; ++i) {
        note_list(&look, limits->all[i].first);
    }
    note_list(&look, d->paused.first);
    note_scheduled(&look, &d->later.heap);
    ct_workers_unlock(d);
    return look.found;
}

static void arm(ct_dispatcher_t *d, apr_interval_time_t pause)
{
    if (atomic_exchange(&d->looks.armed, 1)) {
        return;
    }
    if (ct_clock_set(&d->looks.alarm, pause) != APR_SUCCESS) {
        atomic_store(&d->looks.not_before, ct_clock_now() + PAUSE);
        atomic_store(&d->looks.armed, 0);
    }
}

void ct_oldest_want(ct_dispatcher_t *d)
{
    if (d->settings.oldest && !atomic_load(&d->looks.armed)) {
        apr_time_t not_before = atomic_load(&d->looks.not_before);

        if (not_before == 0 || ct_clock_now() >= not_before) {
            arm(d, PAUSE);
        }
    }
}

/* What was found is told again, until it is not there any more. Who brings
 * something has its place before it looks at `armed`. */
static void ring(void *data)
{
    ct_dispatcher_t *d = data;
    apr_time_t start = ct_clock_now();
    apr_interval_time_t pause;
    ct_oldest_t oldest;
    int found = ct_oldest_look(d, &oldest);

    d->settings.oldest(&oldest);
    pause = (ct_clock_now() - start) * SHARE;
    ct_workers_lock(d);
    atomic_store(&d->looks.armed, 0);
    if (found || atomic_load(&d->waiting) > d->freed) {
        arm(d, pause > PAUSE ? pause : PAUSE);
    }
    ct_workers_unlock(d);
}

static void drop(void *data)
{
    ct_dispatcher_t *d = data;

    atomic_store(&d->looks.armed, 0);
}

void ct_oldest_start(ct_dispatcher_t *d)
{
    d->looks.alarm.ring = ring;
    d->looks.alarm.drop = drop;
    d->looks.alarm.what = d;
}

/* Not while it rings. */
void ct_oldest_end(ct_dispatcher_t *d)
{
    ct_workers_lock(d);
    if (atomic_load(&d->looks.armed) && ct_clock_unset(&d->looks.alarm)) {
        atomic_store(&d->looks.armed, 0);
    }
    while (atomic_load(&d->looks.armed)) {
        ct_workers_unlock_and_sleep(d, APR_USEC_PER_SEC / 1000);
    }
    ct_workers_unlock(d);
}
