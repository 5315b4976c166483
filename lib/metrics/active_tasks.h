/* SPDX-License-Identifier: Apache-2.0 */
/* active_tasks: what runs now. A thread that is about to call a task takes an
 * entry of its child's slot, shows the task there and gives the entry back
 * when it is over. The lane in which the thread counts comes with it.
 *
 * A reader may be another process, at any time: it believes what it has read
 * if the entry's state is the same before and after.
 *
 * Thread: the one that runs the task; list and clear: see there.
 * Lifetime: entries lie in the shared memory, see scoreboard.h. */
#ifndef CT_ACTIVE_TASKS_H
#define CT_ACTIVE_TASKS_H

#include "scoreboard.h"

/** What a thread has while it runs a task. */
typedef struct ct_stint_t {
    ct_entry_t *entry;               /* NULL: none was free */
    unsigned int number;             /* of the entry it had last */
    ct_lane_t *lane;                 /* where to count */
    int alone;                       /* nobody else counts there now */
    unsigned int name;               /* of the task, see name_ids.h */
    apr_time_t started;
    apr_time_t over;                 /* the last one before; 0: other things
                                        were done since */
    int thread;                      /* the system's number; 0: not known */
} ct_stint_t;

/** The calling thread's; all zero at first. */
ct_stint_t *ct_stint_mine(void);

/** A task as its entry shows it. */
typedef struct ct_shown_t {
    char name[CT_SNAPSHOT_NAME_SIZE];
    char uri[CT_SNAPSHOT_URI_SIZE];
    char log_id[CT_SCOREBOARD_LOG_ID_SIZE]; /* "-": none */
    int status;                      /* 0: submitted */
    int thread;                      /* the system's number */
    apr_time_t started;
} ct_shown_t;

/** Take an entry and show the task there.
 *  @param stint  the calling thread's; `name` and `started` are set, a lane is
 *                found */
void ct_active_tasks_begin(ct_stint_t *stint, ct_slot_t *slot,
                           const crosstown_task_t *task);

/** Show it no longer. */
void ct_active_tasks_end(ct_stint_t *stint);

/** Give the entry back, if there is one: others may run something now. It is
 *  kept while it shows a task, which may be the one that calls this. */
void ct_active_tasks_leave(ct_stint_t *stint);

/** Read an entry, without taking any memory. Thread: any.
 *  @return 0: nothing runs there, or it has changed just now */
int ct_active_tasks_look(ct_entry_t *entry, ct_shown_t *shown);

/** Read an entry. Thread: any.
 *  @param task  filled in but for its pid, strings in p
 *  @return 0: nothing runs there, or it has changed just now */
int ct_active_tasks_read(ct_entry_t *entry, ct_snapshot_task_t *task,
                         apr_pool_t *p);

/** Give up an entry whose child is gone. Thread: the parent's. */
void ct_active_tasks_clear(ct_entry_t *entry);

#endif
