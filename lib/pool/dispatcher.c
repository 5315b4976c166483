/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher: making it, and the hand-over of a batch.
 *
 * Locks:
 *   lock    the queue, the workers' states, the counters of each batch. Never
 *           held while a task, a carry, a hook, the log or the thread pool is
 *           called. What is brought goes into an inbox without it.
 *   making  one thread is made at a time; held while the thread pool is
 *           called. Taken before lock, never inside it.
 * Places in the queue are counted atomically, before the lock, so that a full
 * queue costs no lock at all. */
#include "held.h"
#include "workers.h"

#include <string.h>

/* Bytes an allocator keeps for itself after a burst. */
#define KEEP_AT_MOST (256 * 1024)

/* An allocator of our own, because prefork's pchild has one without a mutex;
 * no parent, because whatever hangs below pchild is waited for without end
 * when pchild goes. */
static apr_status_t make_pool(apr_pool_t **pool)
{
    apr_allocator_t *allocator;
    apr_thread_mutex_t *mutex;
    apr_status_t rv = apr_allocator_create(&allocator);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_allocator_max_free_set(allocator, KEEP_AT_MOST);
    rv = apr_pool_create_unmanaged_ex(pool, NULL, allocator);
    if (rv != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return rv;
    }
    apr_allocator_owner_set(allocator, *pool);
    rv = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, *pool);
    if (rv == APR_SUCCESS) {
        apr_allocator_mutex_set(allocator, mutex);
    }
    return rv;
}

/* Zeroed, and from the start of a cache line on. */
static void *clean_lines(apr_pool_t *pool, apr_size_t size)
{
    char *space = apr_pcalloc(pool, size + CT_MEMORY_LINE);

    return space + CT_MEMORY_LINE - (apr_size_t)space % CT_MEMORY_LINE;
}

static apr_status_t make_workers(ct_dispatcher_t *d)
{
    apr_uint32_t i = d->settings.threads_max;

    if (i < d->settings.threads_room) {
        i = d->settings.threads_room;
    }
    d->slots = i;
    d->workers = clean_lines(d->pool, i * sizeof(*d->workers));
    while (i-- > 0) {
        ct_worker_t *worker = &d->workers[i];
        apr_status_t rv = apr_thread_cond_create(&worker->wake, d->pool);

        if (rv != APR_SUCCESS) {
            return rv;
        }
        worker->dispatcher = d;
        worker->next = d->spare;
        d->spare = worker;
        atomic_fetch_add(&d->callable, 1);
    }
    return APR_SUCCESS;
}

/* Its first thread may be there, and uses it. */
static void give_up(ct_dispatcher_t *d)
{
    if (d) {
        atomic_store(&d->closed, 1);
        ct_watch_stop(d);
    }
}

apr_status_t ct_dispatcher_make(ct_dispatcher_t **dispatcher,
                                const ct_dispatcher_settings_t *settings)
{
    apr_pool_t *pool = NULL;
    ct_dispatcher_t *d = NULL;
    apr_status_t rv = make_pool(&pool);

    *dispatcher = NULL;
    if (rv == APR_SUCCESS) {
        d = clean_lines(pool, sizeof(*d));
        d->settings = *settings;
        d->gauges = settings->gauges ? settings->gauges : &d->own_gauges;
        d->pool = pool;
        d->end = &d->first;
        rv = apr_pool_create(&d->last_scratch, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&d->lock, APR_THREAD_MUTEX_DEFAULT, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&d->let_go, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = make_workers(d);
    }
    if (rv == APR_SUCCESS) {
        rv = ct_threads_make(d);
    }
    if (rv == APR_SUCCESS) {
        rv = ct_watch_start(d);
    }
    if (rv == APR_SUCCESS) {
        ct_oldest_start(d);
        rv = ct_later_start(d);
    }
    if (rv == APR_SUCCESS) {
        rv = ct_switched_start(d);
    }
    if (rv == APR_SUCCESS) {
        *dispatcher = d;
    }
    else if (pool) {
        give_up(d);
        apr_pool_destroy(pool);
    }
    return rv;
}

apr_pool_t *ct_dispatcher_pool(ct_dispatcher_t *d)
{
    return d->pool;
}

int ct_dispatcher_closed(ct_dispatcher_t *d)
{
    return atomic_load(&d->closed) != 0;
}

apr_status_t ct_dispatcher_push(ct_dispatcher_t *d, ct_batch_t *batch)
{
    if (!ct_queue_bring(d, batch)) {
        return APR_EOF;
    }
    ct_oldest_want(d);
    return ct_workers_want(d);
}

void ct_dispatcher_destroy(ct_dispatcher_t *d)
{
    apr_uint32_t i;

    ct_workers_lock(d);
    d->is_destroyed = 1;
    apr_thread_cond_broadcast(d->let_go);
    ct_workers_unlock(d);
    ct_held_wait(d);
    ct_oldest_end(d);
    ct_later_end(d);
    ct_watch_stop(d);
    ct_switched_stop(d);
    ct_threads_destroy(d);
    ct_held_end(d);
    for (i = 0; i < d->slots; ++i) {
        if (d->workers[i].scratch) {
            apr_pool_destroy(d->workers[i].scratch);
        }
    }
    apr_pool_destroy(d->pool);
}
