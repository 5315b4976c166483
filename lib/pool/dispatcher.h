/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher: hands batches to threads, in order, and lets go of them at a
 * stop. An APR thread pool holds the threads; what they run is a worker each,
 * fed by a bounded queue of batches of our own, because apr_thread_pool's
 * queue has no bound, scans itself at every push and is dropped in silence.
 *
 * Thread: any of the child process unless a function says otherwise.
 * Lifetime: made in the child, outlives its pools on purpose: a thread that
 * is stuck in a task is left to exit(), nothing waits for it. */
#ifndef CT_DISPATCHER_H
#define CT_DISPATCHER_H

#include "batch.h"
#include "gauges.h"

typedef struct ct_dispatcher_t ct_dispatcher_t;

/** Since when the oldest task of each name waits, by its label; microseconds
 *  since 1970, 0: none does. */
typedef struct ct_oldest_t {
    apr_time_t waiting[CT_SWITCHES_NAMES];  /* for a thread, or a place of its
                                        name, but not for its time */
    apr_time_t retrying[CT_SWITCHES_NAMES]; /* for another attempt: since it
                                        could have been called first */
} ct_oldest_t;

/** Set once, copied by ct_dispatcher_make(). */
typedef struct ct_dispatcher_settings_t {
    apr_uint32_t threads_min;        /* kept once they are there; >= 1 */
    apr_uint32_t threads_max;        /* >= threads_min */
    apr_uint32_t threads_room;       /* the most that switches may say; 0: no
                                        more than threads_max */
    apr_uint32_t queue_max;          /* tasks that may wait; >= 1 */
    apr_interval_time_t linger;      /* how long a thread above the minimum
                                        stays without work, microseconds */
    apr_interval_time_t patience;    /* how long a request's own thread waits
                                        for its turn, microseconds */
    apr_time_t (*now)(void);         /* a clock that never jumps */
    apr_interval_time_t (*time_left)(void); /* how long a stopping child may
                                        go on; < 0: it is not stopping */
    ct_report_t report;
    ct_name_limits_t name_limits;
    ct_switches_t *switches;         /* of an administrator; NULL: none */
    ct_gauges_t *gauges;             /* where to show them; NULL: nowhere */
    void (*oldest)(const ct_oldest_t *oldest); /* NULL, or told once a second
                                        while something waits, and once more;
                                        on the clock's thread */
} ct_dispatcher_settings_t;

/** What a drain left undone. */
typedef struct ct_drained_t {
    apr_uint32_t stopped;            /* waited in the queue, ended STOPPED;
                                        without those whose view says
                                        stays_kept */
    apr_uint32_t left_running;       /* still in their functions; told as
                                        STOPPED to the report only */
} ct_drained_t;

/** Make a dispatcher; no thread is created yet.
 *  @return APR_SUCCESS | what APR says; *dispatcher is NULL then */
apr_status_t ct_dispatcher_make(ct_dispatcher_t **dispatcher,
                                const ct_dispatcher_settings_t *settings);

/** Where carried data may live: a pool whose allocator has a mutex. For
 *  sub-pools only. */
apr_pool_t *ct_dispatcher_pool(ct_dispatcher_t *dispatcher);

/** Is it closed for good, since the drain is over? */
int ct_dispatcher_closed(ct_dispatcher_t *dispatcher);

/** Is the calling thread one that a dispatcher runs tasks on? */
int ct_dispatcher_on_worker(void);

/** Let a task be over later. Thread: the one that runs it, inside its
 *  function. @return NULL: it cannot be; else until it is over */
crosstown_held_t *ct_dispatcher_hold(const crosstown_task_t *task);

/** Such a task, as its function sees it. @return NULL: it is over. */
const crosstown_task_t *ct_dispatcher_held_task(
    ct_dispatcher_t *dispatcher, const crosstown_held_t *handle);

/** It is over, or will be when its function returns.
 *  @param words  about its failure, or NULL
 *  @return 0: it was already */
int ct_dispatcher_finish(ct_dispatcher_t *dispatcher, crosstown_held_t *handle,
                         apr_status_t result, const char *words);

/** Reserve places in the queue.
 *  @return how many of the wanted ones; each is used by one task of the batch
 *          that is handed over next, or given back */
apr_uint32_t ct_dispatcher_reserve(ct_dispatcher_t *dispatcher,
                                   apr_uint32_t wanted);

/** Give places back that no task will use. */
void ct_dispatcher_release(ct_dispatcher_t *dispatcher, apr_uint32_t places);

/** How many more tasks would be called at once, each on a thread that is idle
 *  or can be made. */
apr_uint32_t ct_dispatcher_free_threads(ct_dispatcher_t *dispatcher);

/**
 * Hand a batch over. It belongs to the dispatcher after APR_SUCCESS and
 * APR_EAGAIN. Each of its tasks has a place reserved.
 * @return APR_SUCCESS | APR_EOF closed, the batch and its places are the
 *         caller's again | APR_EAGAIN it is queued, but no thread can be had
 *         and none is there: call ct_dispatcher_stand_in() or
 *         ct_dispatcher_refuse()
 */
apr_status_t ct_dispatcher_push(ct_dispatcher_t *dispatcher,
                                ct_batch_t *batch);

/**
 * Hand a batch over of which some calls are marked to be made inline, on the
 * calling thread, each in its turn; returns when those are over. If its turn
 * does not come within `patience` the pool gets the rest. The batch belongs
 * to the dispatcher, whatever happens; each task that is not to be called
 * here has a place reserved. scratch is cleared after each task, here and in
 * the two functions below. Thread: a request's, never a listener.
 */
void ct_dispatcher_attend(ct_dispatcher_t *dispatcher, ct_batch_t *batch,
                          apr_pool_t *scratch);

/** Has a stopping child no time left, or is the dispatcher closed? */
int ct_dispatcher_must_stop(ct_dispatcher_t *dispatcher);

/**
 * Call a task of which the pool has no part, and that waits for nobody, on
 * the calling thread, and tell its end. Nothing is copied: record and response
 * may lie in the request. scratch is cleared afterwards. Thread: a request's,
 * never a listener.
 * @param ledger  where it was taken from; the report sees it, since the task
 *                was not queued
 */
void ct_dispatcher_run_alone(ct_dispatcher_t *dispatcher,
                             const ct_ledger_t *ledger,
                             const ct_record_t *record,
                             const crosstown_response_t *response,
                             apr_pool_t *scratch);

/** Take a batch back after APR_EAGAIN.
 *  @param number  of its first task: where it lay another may lie by now
 *  @return the batch, with its place; NULL: too late, another thread has it,
 *          or had it */
ct_batch_t *ct_dispatcher_take_back(ct_dispatcher_t *dispatcher,
                                    apr_uint64_t number);

/** Run what is queued on the calling thread until a worker is there or
 *  nothing is left. Thread: a request's, never a listener.
 *  @return how many tasks were run */
apr_uint32_t ct_dispatcher_stand_in(ct_dispatcher_t *dispatcher,
                                    apr_pool_t *scratch);

/** End what is queued as REJECTED unless a worker is there.
 *  @return how many tasks were refused */
apr_uint32_t ct_dispatcher_refuse(ct_dispatcher_t *dispatcher,
                                  apr_pool_t *scratch);

/** End every task of a batch that the dispatcher did not take. */
void ct_dispatcher_end_batch(ct_dispatcher_t *dispatcher, ct_batch_t *batch,
                             crosstown_outcome_e outcome,
                             apr_pool_t *scratch);

/**
 * Go on running what is queued for a while, then close: what still waits ends
 * as STOPPED, what still runs is left behind. Thread: one, once, outside any
 * task.
 * @param patience  microseconds; 0: close at once
 */
void ct_dispatcher_drain(ct_dispatcher_t *dispatcher,
                         apr_interval_time_t patience, ct_drained_t *drained);

/** Join all threads and give everything back. Only after a drain that left
 *  nothing running; a server leaves it to exit() instead. */
void ct_dispatcher_destroy(ct_dispatcher_t *dispatcher);

#endif
