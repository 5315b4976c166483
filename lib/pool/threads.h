/* SPDX-License-Identifier: Apache-2.0 */
/* threads: how a worker gets its thread. A part of the inside of a dispatcher,
 * see workers.h.
 *
 * Thread: members and functions are marked as there.
 * Lifetime: the dispatcher's. */
#ifndef CT_THREADS_H
#define CT_THREADS_H

#include "dispatcher.h"

#include "apr_thread_mutex.h"
#include "apr_thread_pool.h"

struct ct_worker_t;

/** An APR thread pool, with memory of its own. */
typedef struct ct_generation_t {
    apr_pool_t *memory;
    apr_thread_pool_t *threads;      /* NULL: there is none */
} ct_generation_t;

/** How threads are made, see threads.c. */
typedef struct ct_threads_t {
    apr_thread_mutex_t *making;      /* set once: one thread at a time */
    ct_generation_t now;             /* making */
    ct_generation_t before;          /* making: its last threads are about to
                                        leave */
    apr_uint32_t births;             /* making: threads of `now` so far */
    apr_uint32_t generation;         /* making, lock: which one `now` is */
    int refused;                     /* making: it has been refused one */
    apr_time_t again;                /* lock: not before then; 0: at once */
} ct_threads_t;

/** Make the pool of threads. @return APR_SUCCESS | what APR says */
apr_status_t ct_threads_make(ct_dispatcher_t *d);

/** May a thread be asked for again? Under lock. */
int ct_threads_may_ask(ct_dispatcher_t *d);

/** Give a worker that is STARTING its thread. Not under lock. @return
 *  APR_SUCCESS | APR_EAGAIN none, and nobody is there to take what waits */
apr_status_t ct_threads_start(ct_dispatcher_t *d, struct ct_worker_t *worker);

/** Make a thread that is no worker; it is shown the dispatcher. Thread: the
 *  one that makes that. @return APR_SUCCESS | what APR says */
apr_status_t ct_threads_make_one(ct_dispatcher_t *d, apr_thread_t **thread,
                                 apr_thread_start_t start);

/** Join them all. */
void ct_threads_destroy(ct_dispatcher_t *d);

#endif
