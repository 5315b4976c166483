/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher: what others see of it. See dispatcher.h for what it promises.
 *
 * Locks:
 *   lock    the queue, the runners' states, the counters of each batch. Never
 *           held while a task, a carry, a hook, the log or the thread pool is
 *           called. What is brought goes into an inbox without it.
 *   making  one thread is made at a time; held while the thread pool is
 *           called. Taken before lock, never inside it.
 * Places in the queue are counted atomically, before the lock, so that a full
 * queue costs no lock at all.
 *
 * Thread: any of the child. */
#include "crew.h"

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

static apr_status_t make_runners(ct_dispatcher_t *d)
{
    apr_uint32_t i = d->settings.threads_max;

    d->runners = clean_lines(d->pool, i * sizeof(*d->runners));
    while (i-- > 0) {
        ct_runner_t *runner = &d->runners[i];
        apr_status_t rv = apr_thread_cond_create(&runner->wake, d->pool);

        if (rv != APR_SUCCESS) {
            return rv;
        }
        runner->dispatcher = d;
        runner->next = d->spare;
        d->spare = runner;
        atomic_fetch_add(&d->callable, 1);
    }
    return APR_SUCCESS;
}

/* Without idle threads of its own the thread pool makes one thread for each
 * push and ends it when the runner leaves. With idle ones it would count a
 * thread as idle until that has woken up, and a burst would get too few. */
static apr_status_t make_threads(ct_dispatcher_t *d)
{
    apr_status_t rv = apr_thread_pool_create(&d->threads, 0,
                                             d->settings.threads_max,
                                             d->pool);

    if (rv == APR_SUCCESS) {
        apr_thread_pool_threshold_set(d->threads, 0);
        apr_thread_pool_idle_max_set(d->threads, 0);
    }
    return rv;
}

apr_status_t ct_dispatcher_make(ct_dispatcher_t **dispatcher,
                                const ct_dispatcher_settings_t *settings)
{
    apr_pool_t *pool = NULL;
    ct_dispatcher_t *d;
    apr_status_t rv = make_pool(&pool);

    *dispatcher = NULL;
    if (rv == APR_SUCCESS) {
        d = clean_lines(pool, sizeof(*d));
        d->settings = *settings;
        d->gauges = settings->gauges ? settings->gauges : &d->own_gauges;
        d->pool = pool;
        rv = apr_pool_create(&d->last_scratch, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_pool_create(&d->refusal_scratch, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&d->lock, APR_THREAD_MUTEX_DEFAULT, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&d->making, APR_THREAD_MUTEX_DEFAULT,
                                     pool);
    }
    if (rv == APR_SUCCESS) {
        rv = make_runners(d);
    }
    if (rv == APR_SUCCESS) {
        rv = make_threads(d);
    }
    if (rv == APR_SUCCESS) {
        *dispatcher = d;
    }
    else if (pool) {
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

/* Who brings work takes the lock only if nobody looks out for it and somebody
 * can be called: who ceases to be a lookout, or can be called from now on,
 * looks into the inbox once more after that. */
apr_status_t ct_dispatcher_push(ct_dispatcher_t *d, ct_batch_t *batch)
{
    apr_status_t rv = APR_SUCCESS;
    ct_signals_t signals;
    ct_calls_t calls;

    if (!batch->attended) {
        batch->limit = batch->count;
    }
    if (!ct_queue_bring(d, batch)) {
        return APR_EOF;
    }
    if (atomic_load(&d->lookouts) == 0 && atomic_load(&d->callable) > 0) {
        ct_crew_lock(d, &signals);
        ct_crew_plan(d, &calls);
        ct_crew_unlock(d, &signals);
        rv = ct_crew_call(d, &calls);
    }
    return rv;
}

void ct_dispatcher_destroy(ct_dispatcher_t *d)
{
    apr_uint32_t i;

    apr_thread_pool_destroy(d->threads);
    for (i = 0; i < d->settings.threads_max; ++i) {
        if (d->runners[i].scratch) {
            apr_pool_destroy(d->runners[i].scratch);
        }
    }
    apr_pool_destroy(d->pool);
}
