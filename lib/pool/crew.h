/* SPDX-License-Identifier: Apache-2.0 */
/* crew: the inside of a dispatcher, for its own files: dispatcher.c,
 * queue.c, hold.c (quotas), crew.c (waking and making runners), rest.c
 * (how they wait), runner.c (what a
 * thread does), turn.c (start order), here.c (tasks on the request's thread),
 * drain.c (the end).
 *
 * A runner that is awake and has no task is a lookout. As long as something
 * waits there is one, or every thread that can be had is inside a task; so
 * who brings work while there is a lookout need not wake anybody.
 *
 * Thread: members are marked: `lock` under ct_dispatcher_t.lock, `set once`
 * before the first thread, `atomic` by itself, `own` by its runner only.
 * Lifetime: the dispatcher's; a runner's slot is used again, never freed. */
#ifndef CT_CREW_H
#define CT_CREW_H

#include "dispatcher.h"

#include "memory.h"
#include "signals.h"

#include <stdatomic.h>

#include "apr_thread_cond.h"
#include "apr_thread_mutex.h"
#include "apr_thread_pool.h"

/* How many are called at once, at most. */
#define CT_CREW_CALLS 8

/** A task that is inside its function. */
typedef struct ct_work_t {
    ct_batch_t *batch;               /* lock; NULL: none */
    apr_uint32_t index;              /* lock */
    atomic_uint end;                 /* atomic: who tells the end */
} ct_work_t;

/* Values of ct_work_t.end: who gets from the first two to the last two tells
 * the end. */
#define CT_END_OPEN      0           /* taken, its function not called yet */
#define CT_END_CALLED    1
#define CT_END_RETURNED  2           /* told by the thread that ran it */
#define CT_END_ABANDONED 3           /* told by the drain; `over` when the
                                        function returns, if it still does;
                                        it is not called any more */

typedef enum {
    CT_RUNNER_ABSENT,                /* the slot is spare */
    CT_RUNNER_COMING,                /* its thread is being made */
    CT_RUNNER_GONE,                  /* no thread was to be had; a late one
                                        leaves at once */
    CT_RUNNER_AWAKE,
    CT_RUNNER_PARKED
} ct_runner_e;

typedef struct ct_runner_t {
    _Alignas(CT_MEMORY_LINE)
    ct_dispatcher_t *dispatcher;     /* set once */
    apr_thread_cond_t *wake;         /* set once */
    struct ct_runner_t *next;        /* lock: parked or spare */
    ct_runner_e state;               /* lock */
    int lookout;                     /* lock: counted in lookouts */
    int in_vain;                     /* own: how often in a row it lingered for
                                        nothing */
    ct_work_t work;
    apr_pool_t *scratch;             /* own; stays with the slot */
    ct_batch_t *abandoned;           /* the drain's: held until told */
    apr_uint32_t abandoned_index;    /* the drain's */
} ct_runner_t;

struct ct_dispatcher_t {
    ct_dispatcher_settings_t settings;   /* set once */
    apr_pool_t *pool;                /* set once; own allocator with a mutex */
    apr_pool_t *last_scratch;        /* set once; for the drain */
    apr_pool_t *refusal_scratch;     /* set once; for who sets refusing */
    apr_thread_pool_t *threads;      /* set once */
    apr_thread_mutex_t *lock;        /* set once */
    apr_thread_mutex_t *making;      /* set once; see dispatcher.c */
    ct_runner_t *runners;            /* set once; threads_max slots */
    ct_gauges_t *gauges;             /* set once; never NULL */
    ct_gauges_t own_gauges;          /* if nobody looks */
    atomic_uint closed;              /* atomic; changed under lock */
    atomic_uint lookouts;            /* atomic; changed under lock */
    atomic_uint callable;            /* atomic; changed under lock: parked,
                                        spare, or about to be spare */

    atomic_uint running_here;        /* atomic: on requests' own threads */

    _Alignas(CT_MEMORY_LINE)         /* who brings work writes here */
    atomic_uint waiting;             /* atomic: places in use */
    _Atomic(ct_batch_t *) inbox;     /* atomic; see queue.c */

    _Alignas(CT_MEMORY_LINE)         /* runners write here */
    ct_batch_t *first;               /* lock: the queue */
    ct_batch_t *last;                /* lock */
    apr_uint32_t available;          /* lock: tasks in it that may be taken;
                                        ask ct_queue_available() */
    ct_runner_t *parked;             /* lock: stack, the last to park is the
                                        first to be woken */
    ct_runner_t *spare;              /* lock: stack */
    apr_uint32_t alive;              /* lock: slots that are not spare */
    apr_uint32_t running;            /* lock: tasks taken and not over */
    apr_uint32_t freed;              /* lock: places to be given back */
    apr_uint32_t crest;              /* lock: the most that was available since
                                        memory was given back */
    int refusing;                    /* lock: a runner without memory is */
};

/** Whom to call once the lock is let go. */
typedef struct ct_calls_t {
    ct_runner_t *wake[CT_CREW_CALLS];
    ct_runner_t *make[CT_CREW_CALLS];
    int wakes;
    int makes;
    int failed;                      /* a thread could not be made */
} ct_calls_t;

/** Lock, with signals off where the caller may be interrupted for good. */
void ct_crew_lock(ct_dispatcher_t *d, ct_signals_t *signals);
void ct_crew_unlock(ct_dispatcher_t *d, const ct_signals_t *signals);

/** Decide whom to call for what is available: one, if there is no lookout.
 *  Under lock. */
void ct_crew_plan(ct_dispatcher_t *d, ct_calls_t *calls);

/** Call them. Not under lock. @return APR_SUCCESS | APR_EAGAIN a thread
 *  could not be made and nobody is there to take what is available */
apr_status_t ct_crew_call(ct_dispatcher_t *d, ct_calls_t *calls);

/** From now on the runner is, or is no longer, a lookout. Under lock. */
void ct_crew_look_out(ct_dispatcher_t *d, ct_runner_t *runner);
void ct_crew_look_away(ct_dispatcher_t *d, ct_runner_t *runner);

/** Sleep. Under lock, which it lets go meanwhile. */
void ct_crew_sleep(ct_dispatcher_t *d, apr_interval_time_t time);

/** Give a slot back. Under lock. */
void ct_crew_leave(ct_dispatcher_t *d, ct_runner_t *runner);

/** Wake another for what a runner that never came would have taken. Under
 *  lock. */
void ct_crew_instead(ct_dispatcher_t *d);

/** Wait for work, first awake, then asleep. Under lock, which it lets go
 *  meanwhile. @return 0: the runner is to leave */
int ct_rest(ct_dispatcher_t *d, ct_runner_t *runner);

/** Tell the report that the calling thread does something else before its
 *  next task. */
void ct_crew_pause(const ct_dispatcher_t *d);

/** Make the scratch memory of a slot whose thread is about to be made, if it
 *  has none from an earlier one. Here, since a hundred new threads that ask
 *  the system for memory are in the way of the one that makes them. Without
 *  memory there is none, and the runner leaves. */
void ct_runner_equip(ct_runner_t *runner);

/** What a thread of the pool runs; data is its slot. */
void *APR_THREAD_FUNC ct_runner_main(apr_thread_t *thread, void *data);

/** Put a batch, or its next part, into the inbox.
 *  @return 0: closed, it is the caller's again */
int ct_queue_bring(ct_dispatcher_t *d, ct_batch_t *batch);

/** Let what is in the inbox into the queue. Under lock.
 *  @return how many tasks can be taken */
apr_uint32_t ct_queue_gather(ct_dispatcher_t *d);

/** Is there a task to be taken? Looks into the inbox if there is none in the
 *  queue. Under lock. @return 0: no; else how many at least */
apr_uint32_t ct_queue_available(ct_dispatcher_t *d);

/** Let nothing more in. Under lock. @return what waited, linked */
ct_batch_t *ct_queue_close(ct_dispatcher_t *d);

/** Put a batch, or its next part, behind all that was brought. Under lock. */
void ct_queue_append(ct_dispatcher_t *d, ct_batch_t *batch);

/** Take the next task, if any. Under lock. @return 0: none */
int ct_queue_take(ct_dispatcher_t *d, ct_work_t *work);

/** Let a task's end go from one state to the next.
 *  @return 0: it is not in that state */
int ct_turn_passes(ct_work_t *work, unsigned int from, unsigned int to);

/** Take the first batch out of the queue. Under lock. */
void ct_queue_drop_first(ct_dispatcher_t *d);

/** Must the first batch in the queue wait for its next task's quota? Then it
 *  is taken out. Under lock. @return 0: no */
int ct_hold_back(ct_dispatcher_t *d);

/** A task was taken. Under lock. */
void ct_hold_begin(ct_dispatcher_t *d, const ct_work_t *work);

/** It is over: the next one of its name may be taken. Under lock. */
void ct_hold_over(ct_dispatcher_t *d, const ct_work_t *work);

/** Put all that is held back into the queue. Under lock. */
void ct_hold_none(ct_dispatcher_t *d);

/** A task will not be taken. */
void ct_hold_give_up(ct_dispatcher_t *d, const ct_batch_t *batch,
                     apr_uint32_t index);

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
