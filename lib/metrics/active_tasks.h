/* SPDX-License-Identifier: Apache-2.0 */
/* active_tasks: what runs now. A thread that is about to call a task takes an
 * entry of its child's counters, shows the task there and gives the entry back
 * when it is over. The stripe in which the thread counts comes with it.
 *
 * A reader may be another process, at any time: it believes what it has read
 * if the entry's state is the same before and after.
 *
 * Thread: the one that runs the task; who reads and clears: see there.
 * Lifetime: entries lie in the shared memory, see scoreboard.h. */
#ifndef CT_ACTIVE_TASKS_H
#define CT_ACTIVE_TASKS_H

#include "shown_task.h"

/** What a thread has while it runs tasks. */
typedef struct ct_active_t {
    ct_entry_t *entry;               /* NULL: none was free */
    unsigned int number;             /* of the entry it had last */
    ct_stripe_t *stripe;             /* where to count */
    int alone;                       /* nobody else counts there now */
    unsigned int name;               /* of the task, see name_ids.h */
    crosstown_fn_t *fn;
    const char *target;              /* what it has been described by; NULL: */
    const char *by;                  /* it was not */
    apr_time_t started;
    apr_time_t over;                 /* the last one before; 0: other things
                                        were done since */
    int thread;                      /* the system's number; 0: not known */
} ct_active_t;

/** The calling thread's; all zero at first. */
ct_active_t *ct_active_tasks_mine(void);

/** Take an entry, unless the thread has one, and show the task there.
 *  @param active    the calling thread's; `name`, `fn` and `started` are set,
 *                   a stripe is found
 *  @param counters  this child's */
void ct_active_tasks_begin(ct_active_t *active, ct_counters_t *counters,
                           const crosstown_task_t *task);

/** Show it anew, with more: it may be told by another id and response.
 *  @param active  the calling thread's; it has begun the task, which is not
 *                 over nor handed over, or nothing happens
 *  @param target  what does the work, for people; lives as long as the child
 *  @param by      who has asked for it; the same; NULL: not known */
void ct_active_tasks_describe(ct_active_t *active,
                              const crosstown_task_t *task,
                              const char *target, const char *by);

/** It goes on without the thread that has begun it, and has an entry of its
 *  own from now on, if one is free.
 *  @param to    filled in: whose it is
 *  @param from  the calling thread's */
void ct_active_tasks_hand_over(ct_active_t *to, ct_active_t *from,
                               ct_counters_t *counters,
                               const crosstown_task_t *task);

/** Show it no longer. */
void ct_active_tasks_end(ct_active_t *active);

/** Give the entry back, if there is one: others may run something now. It is
 *  kept while it shows a task, which may be the one that calls this. */
void ct_active_tasks_leave(ct_active_t *active);

/** Read an entry, without taking any memory. Thread: any.
 *  @return 0: nothing runs there, or it has changed just now */
int ct_active_tasks_look(ct_entry_t *entry, ct_shown_t *shown);

/** The same for the entry of a number below CT_SNAPSHOT_TASKS among those that
 *  this child uses. @return also 0: another child's task runs there */
int ct_active_tasks_look_own(int number, ct_shown_t *shown);

/** Read an entry. Thread: any.
 *  @param task  filled in, strings in p
 *  @return 0: nothing runs there, or it has changed just now */
int ct_active_tasks_read(ct_entry_t *entry, ct_snapshot_task_t *task,
                         apr_pool_t *p);

/** Give up the entries of a child that is gone. Thread: the parent's.
 *  @param pid  the child's; 0: whoever has them */
void ct_active_tasks_clear(ct_counters_t *counters, pid_t pid);

#endif
