/* SPDX-License-Identifier: Apache-2.0 */
/* crew: the inside of a dispatcher, for its own files: dispatcher.c (queue),
 * crew.c (waking and making runners), runner.c (what a thread does), turn.c
 * (start order, tasks on the request's thread), drain.c (the end).
 *
 * Thread: members are marked: `lock` under ct_dispatcher_t.lock, `set once`
 * before the first thread, `atomic` by apr_atomic, `own` by its runner only.
 * Lifetime: the dispatcher's; a runner's slot is used again, never freed. */
#ifndef CT_CREW_H
#define CT_CREW_H

#include "dispatcher.h"

#include "signals.h"

#include "apr_thread_cond.h"
#include "apr_thread_mutex.h"
#include "apr_thread_pool.h"

/* A thread that finds work for more threads than are looking for it calls at
 * most this many, each of which does the same: a burst grows as a tree, and
 * no request pays for more than these. */
#define CT_CREW_CALLS 2

/** A task that is inside its function. */
typedef struct ct_work_t {
    ct_batch_t *batch;               /* lock; NULL: none */
    apr_uint32_t index;              /* lock */
    volatile apr_uint32_t end;       /* atomic: who tells the end */
} ct_work_t;

/* Values of ct_work_t.end; the first to leave CT_END_OPEN tells it. */
#define CT_END_OPEN      0
#define CT_END_RETURNED  1           /* the thread that ran it */
#define CT_END_ABANDONED 2           /* the drain; `over` is told when the
                                        function returns, if it still does */

typedef enum {
    CT_RUNNER_ABSENT,                /* the slot is spare */
    CT_RUNNER_COMING,                /* its thread is being made */
    CT_RUNNER_GONE,                  /* no thread was to be had; a late one
                                        leaves at once */
    CT_RUNNER_AWAKE,
    CT_RUNNER_PARKED
} ct_runner_e;

typedef struct ct_runner_t {
    ct_dispatcher_t *dispatcher;     /* set once */
    apr_thread_cond_t *wake;         /* set once */
    struct ct_runner_t *next;        /* lock: parked or spare */
    ct_runner_e state;               /* lock */
    int called;                      /* lock: counted in searching */
    ct_work_t work;
    apr_pool_t *scratch;             /* own */
    ct_batch_t *abandoned;           /* the drain's: held until told */
    apr_uint32_t abandoned_index;    /* the drain's */
} ct_runner_t;

struct ct_dispatcher_t {
    ct_dispatcher_settings_t settings;   /* set once */
    apr_pool_t *pool;                /* set once; own allocator with a mutex */
    apr_pool_t *last_scratch;        /* set once; for the drain */
    apr_thread_pool_t *threads;      /* set once */
    apr_thread_mutex_t *lock;        /* set once */
    apr_thread_mutex_t *making;      /* set once; see dispatcher.c */
    apr_thread_cond_t *changed;      /* set once; the drain waits here */
    ct_runner_t *runners;            /* set once; threads_max slots */
    volatile apr_uint32_t waiting;   /* atomic: places in use */
    volatile apr_uint32_t closed;    /* atomic; changed under lock */
    ct_batch_t *first;               /* lock: the queue */
    ct_batch_t *last;                /* lock */
    apr_uint32_t available;          /* lock: tasks in it that may be taken */
    ct_runner_t *parked;             /* lock: stack, the last to park is the
                                        first to be woken */
    ct_runner_t *spare;              /* lock: stack */
    apr_uint32_t alive;              /* lock: slots that are not spare */
    apr_uint32_t searching;          /* lock: called, without a task yet */
    apr_uint32_t busy;               /* lock: tasks taken and not over */
    int draining;                    /* lock */
};

/** Whom to call once the lock is let go. */
typedef struct ct_calls_t {
    ct_runner_t *wake[CT_CREW_CALLS];
    ct_runner_t *make[CT_CREW_CALLS];
    int wakes;
    int makes;
} ct_calls_t;

/** Lock, with signals off where the caller may be interrupted for good. */
void ct_crew_lock(ct_dispatcher_t *d, ct_signals_t *signals);
void ct_crew_unlock(ct_dispatcher_t *d, const ct_signals_t *signals);

/** Decide whom to call for what is available. Under lock. */
void ct_crew_plan(ct_dispatcher_t *d, ct_calls_t *calls);

/** Call them. Not under lock. @return APR_SUCCESS | APR_EAGAIN a thread
 *  could not be made and nobody is there to take what is available */
apr_status_t ct_crew_call(ct_dispatcher_t *d, const ct_calls_t *calls);

/** The runner has its first look after being called. Under lock. */
void ct_crew_arrived(ct_dispatcher_t *d, ct_runner_t *runner);

/** Give a slot back. Under lock. */
void ct_crew_leave(ct_dispatcher_t *d, ct_runner_t *runner);

/** Wake another for what a runner that never came would have taken. Under
 *  lock. */
void ct_crew_instead(ct_dispatcher_t *d);

/** Wait to be woken. Under lock. @return 0: the runner is to leave */
int ct_crew_park(ct_dispatcher_t *d, ct_runner_t *runner);

/** What a thread of the pool runs; data is its slot. */
void *APR_THREAD_FUNC ct_runner_main(apr_thread_t *thread, void *data);

/** Put a batch, or its next part, into the queue. Under lock. */
void ct_queue_append(ct_dispatcher_t *d, ct_batch_t *batch);

/** Take the next task, if any. Under lock. @return 0: none */
int ct_queue_take(ct_dispatcher_t *d, ct_work_t *work);

/** Call the function of a task in its turn and tell its end. Not under
 *  lock. */
void ct_turn_run(ct_dispatcher_t *d, ct_work_t *work, apr_pool_t *scratch);

/** End a task in its turn without calling it. Not under lock. */
void ct_turn_pass(ct_dispatcher_t *d, const ct_work_t *work,
                  crosstown_outcome_e outcome, apr_pool_t *scratch);

/** The task is over. Under lock. @return the batch if that was its last, to
 *  be given back without the lock, else NULL */
ct_batch_t *ct_turn_over(ct_dispatcher_t *d, ct_work_t *work);

/** End tasks from..to-1 of a batch that nobody will take any more, and give
 *  the batch back if they were its last. Not under lock. */
void ct_turn_end(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t from,
                 apr_uint32_t to, crosstown_outcome_e outcome,
                 apr_pool_t *scratch);

/** Give up the hold on that many tasks of a batch. Takes the lock. */
void ct_turn_let_go(ct_dispatcher_t *d, ct_batch_t *batch,
                    apr_uint32_t tasks);

/** Has the task's predecessor been started? If not, wait for it.
 *  @param patience  microseconds; < 0: as long as it takes
 *  @return 0: not within patience, or closed */
int ct_turn_wait(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t index,
                 apr_interval_time_t patience);

#endif
