/* SPDX-License-Identifier: Apache-2.0 */
/* workers: the inside of a dispatcher, for its own files: dispatcher.c,
 * queue.c, workers.c (who is called), worker.c (what a thread does), idle.c
 * (how it waits); and with headers of their own threads.c (how a worker gets
 * its thread), arrivals.c (how fast tasks come), call_order.c, limited.c
 * (limits of a name), later.c (tasks that wait for their time), split_off.c
 * (as batches of their own), held.c (those that are over later), oldest.c
 * (since when tasks wait); with put_off.c (tasks that are not called now),
 * inline_run.c (tasks on the request's thread) and drain.c; switched.c and
 * paused.c are what an administrator says meanwhile.
 *
 * Thread: members are marked: `lock` under ct_dispatcher_t.lock, `set once`
 * before the first thread, `atomic` by itself, `own` by its worker only,
 * `making` under that lock. What is called unlock_... is called with the lock,
 * lets it go, and comes back with it.
 * Lifetime: the dispatcher's; a worker's slot is used again, never freed. */
#ifndef CT_WORKERS_H
#define CT_WORKERS_H

#include "arrivals.h"
#include "later.h"
#include "limited.h"
#include "oldest.h"
#include "switched.h"
#include "threads.h"

#include "memory.h"

#include <stdatomic.h>

#include "apr_thread_cond.h"

/* A worker's state, which ct_worker_become() changes:
 *
 *   from       to         when
 *   SPARE      STARTING   it is called, and nobody is IDLE
 *   STARTING   RUNNING    its thread is there
 *   STARTING   REFUSED    its thread could not be made
 *   REFUSED    SPARE      and cannot come any more
 *   RUNNING    SEARCHING  there is nothing to take, and nobody searches;
 *                         while tasks come steadily or fast two do
 *   RUNNING    IDLE       there is nothing to take, and somebody searches
 *   SEARCHING  RUNNING    there is something to take
 *   SEARCHING  IDLE       nothing came for some rounds
 *   IDLE       SEARCHING  it is called
 *   IDLE       SPARE      it was not for long, or there are too many; or
 *                         closed; its thread leaves, after the drain with
 *                         the process
 *
 * STARTING and SEARCHING count as searching, SPARE and IDLE as callable. As
 * long as something is in the queue somebody is searching, or is about to take
 * it, or nobody is callable; also if it cannot be taken yet, since its
 * predecessor is about to be called. So who brings work calls a worker only if
 * nobody searches, the workers call each other, and who calls a task calls
 * nobody. */
typedef enum {
    CT_WORKER_SPARE,
    CT_WORKER_STARTING,
    CT_WORKER_REFUSED,               /* a thread that comes late leaves */
    CT_WORKER_SEARCHING,             /* awake, or called, without a task */
    CT_WORKER_RUNNING,
    CT_WORKER_IDLE                   /* parked */
} ct_worker_e;

/** A task that is on its way into its function, or inside. */
typedef struct ct_work_t {
    ct_batch_t *batch;               /* lock; NULL: none */
    apr_uint32_t index;              /* lock */
    int unplaced;                    /* own: it had no place in the queue */
    atomic_uint end;                 /* atomic: who tells the end: one exchange
                                        wins, seq_cst; OPEN is relaxed, by who
                                        takes it, under lock */
} ct_work_t;

/* Values of ct_work_t.end: who changes it from the first tells the end. */
#define CT_END_OPEN      0           /* on its way, or inside */
#define CT_END_RETURNED  1           /* told by the thread that ran it */
#define CT_END_ABANDONED 2           /* told by the drain to the report; to
                                        `over`, too, if it is not called, else
                                        when its function returns, if it still
                                        does */

/** A task that the drain leaves behind; its batch is held until that is
 *  told. */
typedef struct ct_left_t {
    struct ct_left_t *next;
    ct_batch_t *batch;
    apr_uint32_t index;
    int uncalled;                    /* it will not be called */
} ct_left_t;

typedef struct ct_worker_t {
    _Alignas(CT_MEMORY_LINE)
    ct_dispatcher_t *dispatcher;     /* set once */
    apr_thread_cond_t *wake;         /* set once */
    struct ct_worker_t *next;        /* lock: the next one idle, or spare */
    ct_worker_e state;               /* lock */
    apr_uint32_t generation;         /* own: of its thread, see threads.c */
    unsigned int in_vain;            /* own: searches in a row, for nothing */
    apr_uint32_t seen;               /* lock: tasks taken when it looked, and
                                        those that it has taken since */
    apr_time_t since;                /* lock: when that was */
    ct_work_t work;
    apr_pool_t *scratch;             /* own; stays with the slot */
    ct_left_t left;                  /* the drain's */
} ct_worker_t;

typedef struct ct_held_t ct_held_t;

/** Pools that are kept for those who finish held tasks. */
#define CT_HELD_POOLS 8

/** Tasks that are over when somebody says so, see held.c. */
typedef struct ct_helds_t {
    ct_held_t **lists;               /* lock: by number; malloc() */
    apr_uintptr_t size;              /* lock: of lists, a power of two or 0 */
    apr_uintptr_t count;             /* lock: of tasks */
    apr_uintptr_t numbers;           /* lock: given so far */
    atomic_uint finishing;           /* atomic: threads that tell an end;
                                        seq_cst: who sees 0 frees what they
                                        used */
    apr_pool_t *pools[CT_HELD_POOLS];    /* lock: empty ones that nobody has */
    int pool_count;                  /* lock: of them */
} ct_helds_t;

struct ct_dispatcher_t {
    ct_dispatcher_settings_t settings;   /* set once */
    apr_pool_t *pool;                /* set once; own allocator with a mutex */
    apr_pool_t *last_scratch;        /* set once; for the drain */
    apr_thread_mutex_t *lock;        /* set once */
    apr_thread_cond_t *let_go;       /* set once: threads that stay wait */
    int is_destroyed;                /* lock: they need not any more */
    ct_threads_t threads;
    ct_watch_t watch;
    ct_waiting_t later;
    ct_paused_t paused;
    ct_looks_t looks;
    ct_switched_t switched;
    ct_helds_t held;
    ct_arrivals_t arrivals;
    ct_worker_t *workers;            /* set once; so many slots: */
    apr_uint32_t slots;              /* set once */
    ct_gauges_t *gauges;             /* set once; never NULL */
    ct_gauges_t own_gauges;          /* if nobody looks */
    atomic_uint closed;              /* atomic; changed under lock, so a flag
                                        for who has it not */
    atomic_uint searching;           /* atomic; changed under lock: STARTING
                                        or SEARCHING; seq_cst: who brings work
                                        writes the inbox and reads this, who
                                        ceases to search the other way round */
    atomic_uint callable;            /* atomic; changed under lock: SPARE or
                                        IDLE; seq_cst: the same */
    atomic_uint running_inline;      /* atomic: on requests' own threads; a
                                        count: no order is needed */

    _Alignas(CT_MEMORY_LINE)         /* who brings work writes here */
    atomic_uint waiting;             /* atomic: places in use; seq_cst for
                                        oldest.h's sake, bounds without it */
    _Atomic(ct_batch_t *) inbox;     /* atomic; see queue.c; seq_cst: publishes
                                        the batch, and see searching */

    _Alignas(CT_MEMORY_LINE)         /* workers write here */
    ct_batch_t *first;               /* lock: the queue */
    ct_batch_t **end;                /* lock: where the next one is linked */
    apr_uint32_t available;          /* lock: tasks in it; ask
                                        ct_queue_available() */
    ct_worker_t *idle;               /* lock: stack, the last to park is the
                                        first to be woken */
    ct_worker_t *spare;              /* lock: stack */
    apr_uint32_t alive;              /* lock: not SPARE */
    apr_uint32_t running;            /* lock: tasks taken and not over */
    int backing_off;                 /* lock: one of those that search sleeps
                                        while others are quick, see idle.c */
    apr_uint32_t calling;            /* lock: RUNNING workers that call another
                                        before each takes a task */
    apr_uint32_t freed;              /* lock: places to be given back */
    apr_uint32_t peak;               /* lock: the most that was available since
                                        memory was given back */
};

/** Threads that may be on their way when a worker has another made. */
#define CT_WORKERS_AHEAD 3

/** Whom to call once the lock is let go. */
typedef struct ct_call_up_t {
    ct_worker_t *worker;             /* NULL: nobody */
    int has_thread;                  /* wake it; 0: make its thread */
    int stranded;                    /* something waits, nobody is there, and
                                        there is nobody to call */
} ct_call_up_t;

/** Lock and unlock. */
void ct_workers_lock(ct_dispatcher_t *d);
void ct_workers_unlock(ct_dispatcher_t *d);

/** Change a worker's state, and what is counted of it. Under lock. */
void ct_worker_become(ct_worker_t *worker, ct_worker_e state);

/** Are there more workers than there may be, by what was said meanwhile?
 *  Under lock. @param more  so many more */
int ct_workers_are_too_many(const ct_dispatcher_t *d, apr_uint32_t more);

/** Decide whom to call: one, if nobody searches (a worker who finds nobody
 *  parked: CT_WORKERS_AHEAD at most), and more tasks wait than are about to be
 *  taken.
 *  Under lock.
 *  @param takes  non-zero: the caller is a worker that takes one itself */
void ct_workers_plan(ct_dispatcher_t *d, int takes, ct_call_up_t *call_up);

/** Call it. Not under lock. @return APR_SUCCESS | APR_EAGAIN a thread could
 *  not be made and nobody is there to take what waits */
apr_status_t ct_workers_call(ct_dispatcher_t *d, const ct_call_up_t *call_up);

/** Something can be taken now: call a worker if nobody searches. Not under
 *  lock. @return as ct_workers_call() */
apr_status_t ct_workers_want(ct_dispatcher_t *d);

/** The same where no request's thread is that could stand in: try again until
 *  a worker is there, or the dispatcher is closed. */
void ct_workers_insist(ct_dispatcher_t *d);

/** Sleep. */
void ct_workers_unlock_and_sleep(ct_dispatcher_t *d, apr_interval_time_t time);

/** Tell the report that the calling thread does something else before its
 *  next task. */
void ct_workers_pause(const ct_dispatcher_t *d);

/** The worker that the calling thread is. @return NULL: it is none */
ct_worker_t *ct_worker_of_thread(void);

/** What a thread of the pool runs; data is its worker. */
void *APR_THREAD_FUNC ct_worker_main(apr_thread_t *thread, void *data);

/** Wait for something to take, awake, then parked. @return 0: the worker is to
 *  leave, and SPARE; else it is RUNNING again */
int ct_idle_unlock_and_wait(ct_dispatcher_t *d, ct_worker_t *worker);

/** Put a batch, or its next part, into the inbox.
 *  @return 0: closed, it is the caller's again */
int ct_queue_bring(ct_dispatcher_t *d, ct_batch_t *batch);

/** Let what is in the inbox into the queue. Under lock. */
void ct_queue_gather(ct_dispatcher_t *d);

/** How many tasks are in the queue, at least? Looks into the inbox if there
 *  is none. Under lock. */
apr_uint32_t ct_queue_available(ct_dispatcher_t *d);

/** Where the first batch stands whose next task can be called; it has the
 *  place that is counted over all processes then, if it needs one. Under lock,
 *  and only until that is let go. @return NULL: nowhere */
ct_batch_t **ct_queue_next(ct_dispatcher_t *d);

/** Let nothing more in. Under lock. @return what waited, linked */
ct_batch_t *ct_queue_close(ct_dispatcher_t *d);

/** Put a batch, or its next part, behind all that was brought. Under lock. */
void ct_queue_append(ct_dispatcher_t *d, ct_batch_t *batch);

/** Put linked batches before all others; NULL: there is none. Under lock. */
void ct_queue_put_first(ct_dispatcher_t *d, ct_batch_t *batches);

/** Take the next task of the batch that stands there. Under lock. */
void ct_queue_take(ct_dispatcher_t *d, ct_batch_t **link, ct_work_t *work);

#endif
