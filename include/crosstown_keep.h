/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_keep.h
 * @brief For modules that keep named tasks beyond their process, as
 *        mod_crosstown_store does. Nobody else needs it.
 *
 * `CrosstownTask name target keep=disk` has mod_crosstown_tasks hand what is
 * asked for to a provider, which sees to it that it is kept before the client
 * reads that it was accepted, and runs it with crosstown_run_named().
 *
 * Structs grow at the end only; every struct starts with its size.
 */
#ifndef CROSSTOWN_KEEP_H
#define CROSSTOWN_KEEP_H

#include "crosstown_tasks.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- of mod_crosstown ---- */

/** What a task's function has said of it. Start from CROSSTOWN_SAID_INIT.
 *  Since 1.3. */
typedef struct crosstown_said_t {
    apr_size_t size;
    const char *words;           /**< of crosstown_fail(), or NULL; in
                                      task->pool */
    apr_time_t again;            /**< of crosstown_retry_at(), which counts if
                                      its function has returned
                                      CROSSTOWN_AGAIN; or 0 */
} crosstown_said_t;

#define CROSSTOWN_SAID_INIT { sizeof(crosstown_said_t), NULL, 0 }

/**
 * For whoever calls another's function inside his own: what did it say?
 * @param task  as fn was given it, or a copy of that
 * Thread: the one that runs the task, inside its function. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(void, crosstown_said,
                        (const crosstown_task_t *task,
                         crosstown_said_t *said));

/** Asked what comes of a task that is finished.
 *  @param task    as fn was given it, or crosstown_held_task(); for
 *                 crosstown_fail(), crosstown_retry_at() and crosstown_said()
 *  @param result  of crosstown_finish()
 *  @return what counts instead
 *  Thread: the one that finishes it, or fn's. Since 1.3. */
typedef apr_status_t (crosstown_on_finish_fn_t)(const crosstown_task_t *task,
                                                apr_status_t result,
                                                void *data);

/**
 * For whoever calls another's function inside his own: if that holds the task
 * and fn returns CROSSTOWN_HELD, `ask` has the last word on what it is
 * finished with.
 * @param task  as fn was given it
 * @param data  handed to ask; alive until the task's `over`
 * Thread: the one that runs the task, before the other's function is called.
 * Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(void, crosstown_on_finish,
                        (const crosstown_task_t *task,
                         crosstown_on_finish_fn_t *ask, void *data));

/**
 * An id for a task that is to be kept: 32 hexadecimal digits, as each task has
 * one.
 * @param p  for the result
 * Thread: any of a child. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(const char *, crosstown_new_id, (apr_pool_t *p));

/**
 * What runs is a task that was known before, by this id: from now on it is
 * told by it. Who asks for a further attempt asks the keeper, who says so with
 * crosstown_stays_kept(): mod_crosstown makes none.
 * @param task      as fn was given it
 * @param id        of crosstown_new_id(); copied
 * @param attempt   1, 2, ...
 * @param recorded  when it was
 * Thread: the one that runs the task, inside its function. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(void, crosstown_identify,
                        (const crosstown_task_t *task, const char *id,
                         unsigned int attempt, apr_time_t recorded));

/**
 * What will be told of the task as its end is none: who keeps it brings it
 * again, from this process or another one. `over` is told, the done hooks are
 * not; it is counted as kept, and if its function was called, as a retry,
 * unless what it returns or is finished with is CROSSTOWN_UNTRIED: that has no
 * line in the log, either.
 * @param task  as fn was given it, which returns CROSSTOWN_AGAIN with
 *              crosstown_retry_at(), or CROSSTOWN_UNTRIED; or as `over` was
 *              given it
 * Thread: the one that was given the task, inside fn or `over`. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(void, crosstown_stays_kept,
                        (const crosstown_task_t *task));

/** The final statuses for which a task does not run. It may be copied, and
 *  needs no memory of anybody. Since 1.3. */
typedef struct crosstown_no_go_t {
    int is_off;                  /**< Crosstown is Off: it runs for none */
    apr_uint32_t statuses[16];   /**< crosstown_refuses() reads them */
} crosstown_no_go_t;

/**
 * Which statuses refuse a task that r asks for?
 * @param words  its own, which parse; NULL: the CrosstownNoGo in force for r
 * @param no_go  filled
 * Thread: the one that owns r. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(void, crosstown_find_no_go,
                        (struct request_rec *r, const char *words,
                         crosstown_no_go_t *no_go));

/**
 * Do they refuse this status?
 * @param no_go  of crosstown_find_no_go()
 * Thread: any. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(int, crosstown_refuses,
                        (const crosstown_no_go_t *no_go, int status));

/**
 * How many tasks would be called at once if they were submitted now: so many
 * threads of this child are idle, or can be made.
 * Thread: any of a child. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(unsigned int, crosstown_free_threads, (void));

/**
 * What runs now is shown on the status page: show it as this task, and say
 * what does the work and who has asked for it.
 * @param task    as fn was given it, or a copy of that with another attempt or
 *                response
 * @param target  for people, without secrets; lives as long as the
 *                configuration
 * @param by      the same; NULL: the module that fn belongs to
 * Thread: the one that runs the task, inside its function, before
 * crosstown_hold(). Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(void, crosstown_describe,
                        (const crosstown_task_t *task, const char *target,
                         const char *by));

/* ---- of mod_crosstown_tasks ---- */

/**
 * Run an attempt of a named task.
 * If its function returns CROSSTOWN_HELD, what it is finished with in the end
 * comes to the caller's `over`, as the result. That, or what it returns, may
 * be CROSSTOWN_UNTRIED, see crosstown_tasks.h.
 * @param s        the virtual host in which it was asked for
 * @param task     as the caller's own function was given it, or a copy of
 *                 that with another attempt, response or time of recording;
 *                 its pool lives until the task is over, if it can be held
 * @param result   what came of it, as fn returns it
 * @return APR_SUCCESS it ran | APR_NOTFOUND s has no such task (any more), or
 *         no module provides its function
 * Thread: one of the pool's. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_run_named,
                        (struct server_rec *s, const char *name,
                         const crosstown_task_t *task,
                         const crosstown_payload_t *payload,
                         apr_status_t *result));

/**
 * Does a name mean anything, in whichever virtual host?
 * Thread: any. Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(int, crosstown_is_named, (const char *name));

/* ---- the provider ---- */

#define CROSSTOWN_KEEP_GROUP   "crosstown-keep"
#define CROSSTOWN_KEEP_VERSION "0"

/** A named task that is asked for. Lifetime: until the call returns. Since
 *  1.3. */
typedef struct crosstown_kept_t {
    apr_size_t size;
    struct server_rec *server;   /**< whose CrosstownTask it is */
    const char *name;
    const crosstown_payload_t *payload;
    const char *no_go;           /**< status words, or NULL: the place's */
    const char *unique;          /**< its key, or NULL */
    apr_interval_time_t delay;   /**< microseconds; 0: at once */
    apr_interval_time_t expires; /**< microseconds from now; 0: never */
} crosstown_kept_t;

/** Registered as `disk`. Since 1.3. */
typedef struct crosstown_keep_t {
    apr_size_t size;
    /** Is it ready for tasks? @return NULL, or what is wrong, for
     *  `httpd -t`. Thread: start-up, when all is read. */
    const char *(*check)(apr_pool_t *p);
    /** @return as crosstown_defer_named(), and APR_EEXIST: there is one of its
     *  key. Thread: the one that owns r. */
    apr_status_t (*defer)(struct request_rec *r, const crosstown_kept_t *kept);
    /** @return as crosstown_submit_named(), and APR_EEXIST. Thread: any of a
     *  child. */
    apr_status_t (*submit)(const crosstown_kept_t *kept);
    /** The headers of r's response are about to be written, by whoever has
     *  asked for a task just before that: what was asked for is kept now.
     *  @return 0 | the status that r has to be answered with instead.
     *  Thread: the one that owns r. */
    int (*settle)(struct request_rec *r);
} crosstown_keep_t;

#ifdef __cplusplus
}
#endif

#endif
