/* SPDX-License-Identifier: Apache-2.0 */
/* store: tasks on the disk, in one file for all processes of the server. Each
 * process has one thread that writes: what several threads put at once goes
 * into one transaction, and what has become of tasks rides along.
 *
 * A put that has returned APR_SUCCESS is on the disk. From then on the task is
 * run at least once: by whoever has put it, or, if that process dies before it
 * says how the task ended, by another one that takes it from the store.
 * Thread: any of the process, unless a function says otherwise.
 * Lifetime: from ct_store_open() to ct_store_close(), in one process. */
#ifndef CT_STORE_H
#define CT_STORE_H

#include "kept.h"
#include "numbers.h"

#include "apr_pools.h"

typedef struct ct_store_t ct_store_t;

/** What is told of a store. */
typedef enum {
    CT_STORE_UP,                     /* it is open, after it was not */
    CT_STORE_DOWN,                   /* it cannot be opened; tried again */
    CT_STORE_FULL,                   /* nothing more is put */
    CT_STORE_ROOM,                   /* no longer full */
    CT_STORE_FAILED,                 /* what was to be written was not */
    CT_STORE_UNFIT,                  /* what was written may not be on the
                                        disk; nothing more is put */
    CT_STORE_FIT,                    /* all is on the disk again */
    CT_STORE_ASIDE,                  /* the file was broken: renamed, and a
                                        new one begun */
    CT_STORE_ADOPTED,                /* tasks of a dead process wait again */
    CT_STORE_POISON                  /* tasks are dead now, since their process
                                        has died too often */
} ct_store_event_e;

/** What all processes of a server share, zero at first but for the gauges.
 *  Lifetime: longer than all of them. */
typedef struct ct_store_shared_t {
    _Atomic apr_uint32_t unfit;      /* rises when a sync has failed, and when
                                        all is well again: odd is unfit;
                                        seq_cst: by exchanges, for several may
                                        know */
    apr_time_t since;                /* when the server was started; set before
                                        there are processes. Those that came
                                        before went with one that has died */
    ct_store_gauges_t gauges;
} ct_store_shared_t;

typedef struct ct_store_settings_t {
    const char *path;
    apr_int64_t max;                 /* bytes of the file; then it is full */
    ct_store_shared_t *shared;
    void *context;                   /* of the following */
    /** Words for the log. Thread: the one that writes, or that opens. */
    void (*tell)(void *context, ct_store_event_e event, const char *words);
    /** How many tasks could be started right now. Thread: the one that
     *  writes; do not block. */
    int (*room)(void *context);
    /** Start a task that was taken from the store; copy what it needs.
     *  ct_store_end() tells how it went. Thread: the one that writes; do not
     *  block. @return 0: it cannot be started now */
    int (*start)(void *context, const ct_kept_t *record);
} ct_store_settings_t;

/** The store of this process. It is opened by the thread that writes, and if
 *  it cannot be, that is told and tried again.
 *  @param to  set before the first start(): what that starts may be over
 *             before this function has returned
 *  @return APR_SUCCESS | APR_ENOMEM | no thread can be made */
apr_status_t ct_store_open(ct_store_t **to,
                           const ct_store_settings_t *settings);

/** Put tasks on the disk, all or none, and wait until they are there. What the
 *  records point to is copied; their id and duplicate are set.
 *  @param wait  for that long at most, microseconds
 *  @return APR_SUCCESS | APR_TIMEUP it took too long: they will not be there,
 *          or be deleted again, unless another put relies on one of their
 *          keys; if the process dies before that they may run |
 *          APR_ENOSPC full | APR_EOF closing | APR_EGENERAL it cannot be
 *          written at the moment | APR_ENOMEM | APR_EINVAL a payload beyond
 *          all sense */
apr_status_t ct_store_put(ct_store_t *store, ct_kept_t *records, int count,
                          apr_interval_time_t wait);

/** A task that was taken with recovered > 0 is about to run: if its process
 *  dies from now on it is blamed. Waits until that is written.
 *  @param wait  for that long at most, microseconds; then it may run all the
 *               same, unblamed */
void ct_store_begin(ct_store_t *store, apr_int64_t id,
                    apr_interval_time_t wait);

/** Say what has become of a task that was put with owned, or taken. It goes
 *  with the next transaction; does not wait.
 *  @param attempt     starts so far
 *  @param not_before  RETRY, RELEASE
 *  @param error       RETRY, DEAD: words, copied and cut at 1 KB; or NULL */
void ct_store_end(ct_store_t *store, apr_int64_t id, ct_ending_e how,
                  int attempt, apr_time_t not_before, const char *error);

/** No more puts and takes; what was said of tasks is written. What is still
 *  ours then (tasks that run) is left to be adopted when the process is gone.
 *  @param wait  for the thread that writes, at most
 *  @return APR_SUCCESS | APR_TIMEUP: it goes with the process */
apr_status_t ct_store_close(ct_store_t *store, apr_interval_time_t wait);

/** What may become of dead tasks. */
typedef enum {
    CT_STORE_AGAIN,                  /* they are tried again, as if new */
    CT_STORE_DELETE
} ct_store_dead_e;

/** Try all dead tasks of a name again, or delete them.
 *  @param wait   for that long at most, microseconds; what is not begun then
 *                is not done
 *  @param count  set: of so many it is done
 *  @return APR_SUCCESS: of all | APR_TIMEUP: not of all | APR_EBUSY: somebody
 *          else does so at the moment | APR_EGENERAL: it cannot be written |
 *          APR_EOF closing */
apr_status_t ct_store_dead(ct_store_t *store, ct_store_dead_e what,
                           const char *name, apr_interval_time_t wait,
                           apr_int64_t *count);

/** How many tasks there are in a state. */
typedef struct ct_store_counts_t {
    apr_int64_t put;                 /* by this process */
    apr_int64_t batches;             /* transactions with puts */
} ct_store_counts_t;

void ct_store_counts(ct_store_t *store, ct_store_counts_t *counts);

/** Have the tasks of each name counted, if they were not just now; the gauges
 *  have them then.
 *  @param wait  until it is done, at most, microseconds */
void ct_store_count(ct_store_t *store, apr_interval_time_t wait);

/* ---- before there are processes to serve ---- */

/** Make the file, bring its tables up to date, look whether it is sound if it
 *  was not closed in order, and close it. For the parent, before it forks, and
 *  again at a graceful restart.
 *  @param user, group  of whoever will open it; (uid_t)-1: the same as now
 *  @param aside  set to the name of a broken file that was put aside, or NULL
 *  @return NULL, or what is wrong, for people. Thread: start-up */
const char *ct_store_prepare(apr_pool_t *p, const char *path, uid_t user,
                             gid_t group, const char **aside);

#endif
