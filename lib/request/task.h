/* SPDX-License-Identifier: Apache-2.0 */
/* task: what is kept of one task, whoever holds it, and how its end is told.
 * The ledger keeps tasks in request memory, a batch carries them away.
 * Thread: a task belongs to one thread at a time.
 * Lifetime: that of the ledger or the batch it stands in. */
#ifndef CT_TASK_H
#define CT_TASK_H

#include "mod_crosstown.h"
#include "task_id.h"

/** One task. Strings and data belong to whoever holds the task. */
typedef struct ct_task_t {
    crosstown_fn_t *fn;
    crosstown_over_fn_t *over;       /* or NULL */
    void *data;
    const char *name;                /* never NULL */
    struct server_rec *server;       /* to log with; never looked into */
    apr_time_t recorded;
    apr_uint64_t number;             /* see task_id.h */
    apr_interval_time_t delay;       /* not called before; see pool/later.c */
} ct_task_t;

/** A task as it is shown for a while, and what is said of it meanwhile. */
typedef struct ct_task_view_t {
    crosstown_task_t task;
    char id[CT_TASK_ID_SIZE];        /* task.id */
    const char *words;               /* of its failure, in task.pool; NULL:
                                        none were said */
    const struct ct_ledger_t *ledger; /* that it has never left; NULL: it was
                                        handed over */
    unsigned int refusal;            /* REJECTED: why, see ct_refusal_e; 0: not
                                        said; what has a ledger: see there */
    apr_interval_time_t delay;       /* the task's */
    crosstown_fn_t *fn;              /* the same */
    apr_time_t again;                /* not 0: its function wants to be called
                                        then, since 1970 */
    const void *inside;              /* its function runs here; NULL: it does
                                        not, or cannot be held */
    struct ct_held_t *held;          /* it is to be over later; or NULL */
    int has_keeper;                  /* see ct_task_identify() */
    int stays_kept;                  /* whoever keeps it brings it again: what
                                        is told of it as its end is none */
    /* NULL, or asked what comes of it when it was held and is finished. */
    apr_status_t (*on_finish)(const crosstown_task_t *task,
                              apr_status_t result, void *data);
    void *on_finish_data;
} ct_task_view_t;

/** Where ends are told: the glue runs the crosstown_done hooks and logs.
 *  Set once, before the first thread; called from any thread, without the
 *  dispatcher's lock. */
typedef struct ct_report_t {
    void (*end)(void *context, struct server_rec *server,
                const crosstown_task_t *task, crosstown_outcome_e outcome,
                apr_status_t result);
    void *context;
    /* NULL, or told that a task's function is about to be called, on the
     * thread that will call it; with the label that the task was recorded
     * with. */
    void (*begin)(void *context, const crosstown_task_t *task,
                  unsigned int label);
    /* NULL, or told that a task's function has failed and will be called again
     * then, microseconds since 1970; on the thread that called it. */
    void (*again)(void *context, struct server_rec *server,
                  const crosstown_task_t *task, apr_time_t when);
    /* NULL, or told that a task's function has returned and that it will be
     * over later, on the thread that called it. Another may finish it, and
     * use the task's pool, already.
     * @param kept  of kept_size bytes, for take_up and put_down, before and
     * after its end is told, on the thread that does; there may be another
     * task in the middle on it */
    void (*hold)(const crosstown_task_t *task, void *kept);
    apr_size_t kept_size;
    void (*take_up)(void *kept);
    void (*put_down)(void *kept);
    /* NULL, or told that the calling thread, which may have run tasks, does
     * something else before the next one, if there is one. May come with the
     * dispatcher's lock held, and several times. */
    void (*pause)(void);
    /* NULL, or told that a thread was not to be had while so many are there.
     * At most once a second. */
    void (*refused)(unsigned int threads);
} ct_report_t;

/**
 * Make what a consumer sees of a task.
 * @param view      filled; shares the task's strings, must not be moved
 * @param task      the task
 * @param response  the response it follows, or NULL
 * @param scratch   memory of the calling thread
 */
void ct_task_view(ct_task_view_t *view, const ct_task_t *task,
                  const crosstown_response_t *response, apr_pool_t *scratch);

/** What was made there. @param task  from a view, or a copy */
ct_task_view_t *ct_task_view_of(const crosstown_task_t *task);

/** Tell that its function is about to be called. Thread: the one that will
 *  call it. */
void ct_task_begin(const ct_task_view_t *view, unsigned int label,
                   const ct_report_t *report);

/** Keep words about a failure with the task that is shown; copied. Thread: the
 *  one that the task is shown to. @param task  from a view, or a copy */
void ct_task_say(const crosstown_task_t *task, const char *words);

/** Keep with the task that is shown when it is to be called again, in
 *  microseconds since 1970. Thread: as ct_task_say().
 *  @return what its function returns then */
apr_status_t ct_task_ask_again(const crosstown_task_t *task, apr_time_t when);

/** Does a function that returns this want to be called again, from here? */
int ct_task_asks_again(const ct_task_view_t *view, apr_status_t result);

/** From now on it is told by this id, of as many digits, as this attempt, and
 *  as recorded then. Further attempts are its keeper's business. Thread: as
 *  for ct_task_say(). */
void ct_task_identify(const crosstown_task_t *task, const char *id,
                      unsigned int attempt, apr_time_t recorded);

/** When a task that is held is finished: what comes of it.
 *  @param result  what it is finished with */
apr_status_t ct_task_finished(const ct_task_view_t *view, apr_status_t result);

/** It is held, and shown as `held` from now on: who it is, and who is asked
 *  when it is finished, stays. */
void ct_task_hand_over(ct_task_view_t *held, const ct_task_view_t *view);

/** Tell the end: to the task's `over`, then to the report. The caller sees to
 *  it that this happens once. Thread: the calling one. */
void ct_task_end(const ct_task_t *task, const ct_task_view_t *view,
                 crosstown_outcome_e outcome, apr_status_t result,
                 const ct_report_t *report);

#endif
