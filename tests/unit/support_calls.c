/* SPDX-License-Identifier: Apache-2.0 */
/* support_calls: see support_calls.h. The program is asked before its shared
 * libraries; dlsym() finds whom it stands before, a sanitizer's own version
 * included. */
#include "support_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "apr_atomic.h"
#include "apr_thread_pool.h"
#include "apr_thread_proc.h"

#include "support_chaos.h"

/* Seen by libapr, which makes the dispatcher's threads. */
#define VISIBLE __attribute__((visibility("default")))

static int refuse_threads;
static int refuse_pools;
static int made;
static int asked;
static int yields_wanted;
static gate_t *yields_seen;
static apr_uint32_t tickets;
static __thread apr_uint32_t ticket;

static pthread_mutex_t hold_lock = PTHREAD_MUTEX_INITIALIZER;
static gate_t *hold_reached;
static gate_t *hold_go;
static int hold_fails;
static gate_t *failed_reached;
static gate_t *failed_go;
static gate_t *cancel_reached;
static gate_t *cancel_go;

#define READ(of) __atomic_load_n(&(of), __ATOMIC_SEQ_CST)
#define WRITE(of, value) __atomic_store_n(&(of), value, __ATOMIC_SEQ_CST)

static void *passed_on(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (!found) {
        fprintf(stderr, "%s() is not to be found\n", name);
        abort();
    }
    return found;
}

void calls_reset(void)
{
    threads_refuse(0);
    pools_refuse(0);
    yields_watch(NULL, 0);
    threads_hold_next(NULL, NULL, 0);
    failed_push_hold_next(NULL, NULL);
    cancel_hold_next(NULL, NULL);
}

void threads_refuse(int refuse)
{
    WRITE(refuse_threads, refuse);
}

int threads_asked(void)
{
    return READ(asked);
}

int threads_made(void)
{
    return READ(made);
}

void threads_hold_next(gate_t *reached, gate_t *go, int fails)
{
    pthread_mutex_lock(&hold_lock);
    hold_reached = reached;
    hold_go = go;
    hold_fails = fails;
    pthread_mutex_unlock(&hold_lock);
}

/* One thread is held, not all. @return non-zero: it is not to be made */
static int held(void)
{
    gate_t *reached, *go;
    int fails;

    pthread_mutex_lock(&hold_lock);
    reached = hold_reached;
    go = hold_go;
    fails = hold_fails;
    hold_reached = NULL;
    pthread_mutex_unlock(&hold_lock);
    if (!reached) {
        return 0;
    }
    gate_open(reached);
    gate_pass(go);
    return fails;
}

typedef int create_fn_t(pthread_t *thread, const pthread_attr_t *attr,
                        void *(*start)(void *), void *data);

VISIBLE int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                           void *(*start)(void *), void *data)
{
    create_fn_t *create = (create_fn_t *)passed_on("pthread_create");
    int rv;

    chaos_pause();
    __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
    if (READ(refuse_threads) || held()) {
        chaos_fail_late();
        return EAGAIN;
    }
    rv = create(thread, attr, start, data);
    if (rv == 0) {
        __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST);
    }
    return rv;
}

static void set_hold(gate_t **reached_at, gate_t **go_at, gate_t *reached,
                     gate_t *go)
{
    pthread_mutex_lock(&hold_lock);
    *reached_at = reached;
    *go_at = go;
    pthread_mutex_unlock(&hold_lock);
}

/* One is held. */
static void hold(gate_t **reached_at, gate_t **go_at)
{
    gate_t *reached, *go;

    pthread_mutex_lock(&hold_lock);
    reached = *reached_at;
    go = *go_at;
    *reached_at = NULL;
    pthread_mutex_unlock(&hold_lock);
    if (reached) {
        gate_open(reached);
        gate_pass(go);
    }
}

void failed_push_hold_next(gate_t *reached, gate_t *go)
{
    set_hold(&failed_reached, &failed_go, reached, go);
}

void cancel_hold_next(gate_t *reached, gate_t *go)
{
    set_hold(&cancel_reached, &cancel_go, reached, go);
}

typedef apr_status_t push_fn_t(apr_thread_pool_t *pool,
                               apr_thread_start_t start, void *data,
                               apr_byte_t priority, void *owner);

apr_status_t apr_thread_pool_push(apr_thread_pool_t *pool,
                                  apr_thread_start_t start, void *data,
                                  apr_byte_t priority, void *owner)
{
    push_fn_t *push = (push_fn_t *)passed_on("apr_thread_pool_push");
    apr_status_t rv = push(pool, start, data, priority, owner);

    if (rv != APR_SUCCESS) {
        hold(&failed_reached, &failed_go);
    }
    return rv;
}

typedef apr_status_t cancel_fn_t(apr_thread_pool_t *pool, void *owner);

apr_status_t apr_thread_pool_tasks_cancel(apr_thread_pool_t *pool, void *owner)
{
    cancel_fn_t *cancel =
        (cancel_fn_t *)passed_on("apr_thread_pool_tasks_cancel");

    hold(&cancel_reached, &cancel_go);
    return cancel(pool, owner);
}

pthread_t own_thread(void *(*start)(void *), void *data)
{
    create_fn_t *create = (create_fn_t *)passed_on("pthread_create");
    pthread_t thread;

    assert_int_equal(create(&thread, NULL, start, data), 0);
    return thread;
}

void pools_refuse(int refuse)
{
    WRITE(refuse_pools, refuse);
}

typedef apr_status_t unmanaged_fn_t(apr_pool_t **pool,
                                    apr_abortfunc_t abort_fn,
                                    apr_allocator_t *allocator);

apr_status_t apr_pool_create_unmanaged_ex(apr_pool_t **pool,
                                          apr_abortfunc_t abort_fn,
                                          apr_allocator_t *allocator)
{
    unmanaged_fn_t *create =
        (unmanaged_fn_t *)passed_on("apr_pool_create_unmanaged_ex");

    if (READ(refuse_pools)) {
        return APR_ENOMEM;
    }
    return create(pool, abort_fn, allocator);
}

typedef apr_status_t pool_fn_t(apr_pool_t **pool, apr_pool_t *parent,
                               apr_abortfunc_t abort_fn,
                               apr_allocator_t *allocator);

apr_status_t apr_pool_create_ex(apr_pool_t **pool, apr_pool_t *parent,
                                apr_abortfunc_t abort_fn,
                                apr_allocator_t *allocator)
{
    pool_fn_t *create = (pool_fn_t *)passed_on("apr_pool_create_ex");

    if (READ(refuse_pools)) {
        return APR_ENOMEM;
    }
    return create(pool, parent, abort_fn, allocator);
}

void yields_watch(gate_t *gate, int times)
{
    WRITE(yields_wanted, times);
    WRITE(yields_seen, gate);
}

void apr_thread_yield(void)
{
    typedef void yield_fn_t(void);
    gate_t *gate = READ(yields_seen);

    if (gate && __atomic_sub_fetch(&yields_wanted, 1, __ATOMIC_SEQ_CST) == 0) {
        gate_open(gate);
    }
    ((yield_fn_t *)passed_on("apr_thread_yield"))();
}

/* The one call in lib/pool that lets the next task go. Others draw a ticket
 * in vain. */
apr_uint32_t apr_atomic_cas32(volatile apr_uint32_t *place,
                              apr_uint32_t with, apr_uint32_t cmp)
{
    typedef apr_uint32_t cas_fn_t(volatile apr_uint32_t *place,
                                  apr_uint32_t with, apr_uint32_t cmp);

    chaos_pause();
    ticket = __atomic_add_fetch(&tickets, 1, __ATOMIC_SEQ_CST);
    return ((cas_fn_t *)passed_on("apr_atomic_cas32"))(place, with, cmp);
}

apr_uint32_t calls_ticket(void)
{
    return ticket;
}
