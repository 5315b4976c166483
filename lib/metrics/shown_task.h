/* SPDX-License-Identifier: Apache-2.0 */
/* shown_task: what an entry of active_tasks.h shows of a task: how it is
 * written there, copied and read. When that may be done is not known here.
 * Thread: who writes has the entry; who reads: any.
 * Lifetime: that of the entry. */
#ifndef CT_SHOWN_TASK_H
#define CT_SHOWN_TASK_H

#include "scoreboard.h"

struct ct_active_t;

/** A task as its entry shows it. */
typedef struct ct_shown_t {
    char name[CT_SNAPSHOT_NAME_SIZE];
    unsigned int number;             /* of the name */
    char uri[CT_SNAPSHOT_URI_SIZE];
    char log_id[CT_SCOREBOARD_LOG_ID_SIZE]; /* "-": none; the same below */
    char client[CT_SCOREBOARD_CLIENT_SIZE];
    char traceparent[CT_SCOREBOARD_TRACEPARENT_SIZE];
    struct server_rec *server;       /* NULL: none; for its own child only */
    crosstown_fn_t *fn;              /* the same; not to be called */
    char target[CT_SCOREBOARD_DESCRIBED_SIZE];  /* "": not said */
    char by[CT_SCOREBOARD_DESCRIBED_SIZE];      /* the same */
    int status;                      /* 0: submitted */
    int thread;                      /* the system's number; 0: none, it is
                                        held */
    unsigned int attempt;
    pid_t pid;
    apr_time_t started;
} ct_shown_t;

/** Write it, all but its process. @param active  of who runs it */
void ct_shown_task_write(ct_entry_t *entry, const struct ct_active_t *active,
                         const crosstown_task_t *task);

/** Write what another entry shows, but for the thread: it is on none. */
void ct_shown_task_copy(ct_entry_t *entry, ct_entry_t *other);

/** Read it, whatever it is just then, without taking any memory. */
void ct_shown_task_read(ct_entry_t *entry, ct_shown_t *shown);

/** Keep what was read. @param task  filled in, strings in p */
void ct_shown_task_keep(const ct_shown_t *shown, ct_snapshot_task_t *task,
                        apr_pool_t *p);

#endif
