/* SPDX-License-Identifier: Apache-2.0 */
/* place_watch: waits for places that other processes have, for all that is
 * kept. A thread of its own, which sleeps as long as nothing is kept: the
 * workers have other things to do, and nothing wakes them from outside. It
 * takes the place and brings the batch back into the queue with it, where a
 * worker finds it before all others. */
#include "workers.h"

/* Nobody relies on another process for longer: it may have been killed between
 * being given a place and taking it. */
#define PATIENCE (APR_USEC_PER_SEC / 10)

/* Under lock. @param waited  they are entitled to what is promised to those
 * who wait, one each */
static int let_some_go(ct_dispatcher_t *d, int waited)
{
    const ct_name_limits_t *limits = &d->settings.name_limits;
    unsigned int i;
    int gone = 0;

    for (i = 0; i < limits->count; ++i) {
        ct_name_limit_t *limit = &limits->all[i];
        int promised = waited;

        while (limit->places.table && limit->first
               && ct_places_take(&limit->places, promised)) {
            ct_limited_let_go(d, limit, 1);
            promised = 0;
            ++gone;
        }
    }
    return gone;
}

/* Under lock. @return bits of what something is kept for; 0: nothing is */
static unsigned int kinds_wanted(const ct_dispatcher_t *d)
{
    const ct_name_limits_t *limits = &d->settings.name_limits;
    unsigned int kinds = 0;
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        if (limits->all[i].places.table && limits->all[i].first) {
            kinds |= 1U << limits->all[i].places.kind;
        }
    }
    return kinds;
}

static void watch(ct_dispatcher_t *d)
{
    int waited = 0;

    ct_workers_lock(d);
    while (!ct_dispatcher_closed(d)) {
        unsigned int changes = ct_places_changes(d->watch.table);
        int gone = let_some_go(d, waited);
        unsigned int kinds = kinds_wanted(d);

        waited = 0;
        if (gone == 0 && kinds == 0) {
            apr_thread_cond_wait(d->watch.wanted, d->lock);
            continue;
        }
        ct_workers_unlock(d);
        if (gone > 0) {
            ct_workers_insist(d);
        }
        else {
            ct_places_wait(d->watch.table, changes, kinds, PATIENCE);
            waited = 1;
        }
        ct_workers_lock(d);
    }
    ct_workers_unlock(d);
}

/* It may have been woken for a place that it does not want any more. */
static void pass_all_on(ct_dispatcher_t *d)
{
    const ct_name_limits_t *limits = &d->settings.name_limits;
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        if (limits->all[i].places.table) {
            ct_places_pass_on(&limits->all[i].places);
        }
    }
}

static void *APR_THREAD_FUNC watch_main(apr_thread_t *thread, void *data)
{
    ct_dispatcher_t *d = data;

    (void)thread;
    watch(d);
    pass_all_on(d);
    return NULL;
}

apr_status_t ct_watch_start(ct_dispatcher_t *d)
{
    const ct_name_limits_t *limits = &d->settings.name_limits;
    apr_status_t rv;
    unsigned int i;

    for (i = 0; i < limits->count && !d->watch.table; ++i) {
        d->watch.table = limits->all[i].places.table;
    }
    if (!d->watch.table) {
        return APR_SUCCESS;
    }
    rv = apr_thread_cond_create(&d->watch.wanted, d->pool);
    if (rv == APR_SUCCESS) {
        rv = ct_threads_make_one(d, &d->watch.thread, watch_main);
    }
    return rv;
}

void ct_watch_want(ct_dispatcher_t *d)
{
    apr_thread_cond_signal(d->watch.wanted);
}

void ct_watch_stop(ct_dispatcher_t *d)
{
    apr_status_t ignored;

    if (d->watch.thread) {
        ct_workers_lock(d);
        ct_watch_want(d);
        ct_workers_unlock(d);
        ct_places_wake_all(d->watch.table);
        (void)apr_thread_join(&ignored, d->watch.thread);
    }
}
