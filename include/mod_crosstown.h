/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  mod_crosstown.h
 * @brief Work that waits until the response is out: the public API.
 *
 * A module records a task while it answers a request; mod_crosstown calls it
 * after the last byte of the response was handed to the network, on a thread
 * of its pool, if the final status allows it.
 *
 * A task passes through three places, each with its own thread and memory:
 *
 *   record   crosstown_defer()   request thread   the request pool
 *   carry    opts->carry         request thread   request pool -> task memory
 *   run      crosstown_fn_t      pool thread      task memory only
 *
 * Every recorded task meets exactly one outcome (crosstown_outcome_e), which
 * is reported first to the task's own `over` function, then to every
 * crosstown_done hook.
 *
 * Consumers include crosstown_client.h: it fetches the functions below in
 * the optional_fn_retrieve hook and answers APR_ENOTIMPL where the module is
 * not loaded. Nothing has to be linked. Items are here since 1.0 unless they
 * say otherwise.
 *
 * Structs grow at the end only; every struct starts with its size. Ask
 * CROSSTOWN_HAS() before you read a member of a struct that the other side
 * made.
 */
#ifndef MOD_CROSSTOWN_H
#define MOD_CROSSTOWN_H

#include <stddef.h>

#include "apr_general.h"
#include "apr_hooks.h"
#include "apr_optional.h"
#include "apr_optional_hooks.h"
#include "apr_pools.h"
#include "apr_time.h"

/* httpd.h is not included, so that a unit test can include this file without
 * a server. */
struct request_rec;
struct server_rec;

#ifdef __cplusplus
extern "C" {
#endif

/** The version of this header. Minor: something was added. Since 1.0. */
#define CROSSTOWN_VERSION_MAJOR 1
#define CROSSTOWN_VERSION_MINOR 3

/** Is the struct that the other side made new enough to hold this field?
 *  Any thread. Since 1.0. */
#define CROSSTOWN_HAS(ptr, type, field) \
    ((ptr)->size >= offsetof(type, field) + sizeof((ptr)->field))

/** What became of a task. Every recorded task meets exactly one of these.
 *  Since 1.0. */
typedef enum {
    CROSSTOWN_RAN,        /**< its function was called and has returned; the
                               result says how it went */
    CROSSTOWN_NO_GO,      /**< the final status, CrosstownOnAbort, `Crosstown
                               Off` or a crosstown_admit hook refused it */
    CROSSTOWN_CANCELLED,  /**< crosstown_cancel() */
    CROSSTOWN_REJECTED,   /**< the queue was full and the policy was to reject,
                               or there was no memory or no thread for it */
    CROSSTOWN_STOPPED     /**< the child process stopped first, or the request
                               went away without ever being logged */
} crosstown_outcome_e;

/**
 * The response that a task follows: a snapshot. Read only, valid until the
 * task is over (its `over` and the done hooks have returned). No member is a
 * pointer into the request. After an internal redirect method, uri and args
 * are those of the request that the client sent; status is the final one.
 *
 * A task that ends before its response does (CANCELLED, or STOPPED with its
 * request) is shown the response as it stands: sent is 0 then.
 * Thread: any. Since 1.0.
 */
typedef struct crosstown_response_t {
    apr_size_t size;             /**< sizeof, as the module was built */
    struct server_rec *server;   /**< the virtual host, to log with; lives as
                                      long as the child process */
    int status;                  /**< final HTTP status, as %>s logs it */
    int aborted;                 /**< non-zero: the client did not get all:
                                      it has hung up, or the response was
                                      broken off after its header (by a back
                                      end of mod_proxy, by an error bucket,
                                      short of its Content-Length) */
    apr_off_t bytes_sent;        /**< body bytes handed over; when aborted,
                                      more than the client has received */
    apr_time_t received;         /**< when the request was read,
                                      microseconds since 1970 */
    apr_time_t sent;             /**< when its last byte was handed to the
                                      network, microseconds since 1970 */
    const char *method;          /**< never NULL; "-" if none was readable */
    const char *uri;             /**< path as the client sent it, decoded,
                                      before DirectoryIndex and the like; "-"
                                      if there is none */
    const char *args;            /**< query string or NULL, the same */
    const char *hostname;        /**< or NULL */
    const char *client_ip;       /**< as mod_remoteip left it; never NULL */
    const char *user;            /**< authenticated user or NULL */
    const char *log_id;          /**< r->log_id or NULL: the %L of the log */
    const char *traceparent;     /**< the request's header of that name if it
                                      has the form that W3C Trace Context
                                      asks for, else NULL; since 1.2 */
    const char *unique_id;       /**< mod_unique_id's, or NULL; since 1.2 */
} crosstown_response_t;

/**
 * The task, as its function, `over` and the hooks see it. Read only; the
 * struct itself is valid during the call only.
 * Thread: the one that calls. Since 1.0.
 */
typedef struct crosstown_task_t {
    apr_size_t size;             /**< sizeof, as the module was built */
    const char *name;            /**< opts->name, or "-" */
    const crosstown_response_t *response; /**< NULL for crosstown_submit() */
    apr_pool_t *pool;            /**< scratch memory of the calling thread:
                                      gone when the call returns */
    apr_time_t recorded;         /**< when crosstown_defer() or _submit() was
                                      called, microseconds since 1970 */
    const char *id;              /**< unique and not to be guessed, 32
                                      hexadecimal digits; the same at every
                                      attempt: the key by which others know
                                      that they have seen this task; since
                                      1.3 */
    unsigned int attempt;        /**< 1 when it is tried first; since 1.3 */
} crosstown_task_t;

/**
 * The work. Called at most once, or once more whenever it asks for that with
 * crosstown_retry_at(). The request is gone: touch only task and data. Lock
 * what you share: tasks run side by side.
 * @param task  what is known about it; valid during the call
 * @param data  what was recorded, its copy, or what carry made of it; the
 *              same at every attempt
 * @return APR_SUCCESS, or a status that is logged once, counted and reported
 *         to `over` and the crosstown_done hooks; later tasks run all the
 *         same. CROSSTOWN_GIVE_UP and what crosstown_retry_at() returns mean
 *         something, since 1.3
 * Thread: a thread of the pool with all signals blocked but those that report
 * a fault of its own (SIGSEGV, SIGABRT, ...); for same_thread the one that
 * finished the response. Since 1.0.
 */
typedef apr_status_t (crosstown_fn_t)(const crosstown_task_t *task,
                                      void *data);

/**
 * Last look at the request: copy into p what the task will need and return
 * it as the task's data. Called for admitted tasks only, once, after the
 * final status is known; r is the request that the client sent, still whole.
 * @param r     the request; not to be kept
 * @param data  what was recorded
 * @param p     lives until the last task of this request is over
 * @return the task's data from here on; NULL is legal
 * Thread: the request's; do not block. Since 1.0.
 */
typedef void *(crosstown_carry_fn_t)(struct request_rec *r, void *data,
                                     apr_pool_t *p);

/**
 * Told once how the task ended, whatever the end: the place to release data.
 * @param task     valid during the call
 * @param outcome  the end it met
 * @param result   what the function returned (RAN), else APR_SUCCESS
 * @param data     as its function got or would have got it: what carry made
 *                 if carry was called, else the copy or what was recorded
 * Thread: the pool's for RAN, otherwise that of whoever decided; do not
 * block. Since 1.0.
 */
typedef void (crosstown_over_fn_t)(const crosstown_task_t *task,
                                   crosstown_outcome_e outcome,
                                   apr_status_t result, void *data);

/**
 * How a task wants to be treated. Read during crosstown_defer() only: the
 * struct and its strings may live on the caller's stack. Start from
 * CROSSTOWN_OPTS_INIT. Since 1.0.
 */
typedef struct crosstown_opts_t {
    apr_size_t size;             /**< set by CROSSTOWN_OPTS_INIT */
    const char *name;            /**< for logs and crosstown_cancel(); NULL:
                                      no name, shown as "-" */
    const char *no_go;           /**< "5xx 400-405 302", "none": the final
                                      statuses for which it does not run;
                                      NULL: the CrosstownNoGo in force for the
                                      request on which it is recorded */
    int same_thread;             /**< non-zero: on the thread that finished
                                      the response, before it takes other
                                      work. On the pool where that could stall
                                      others (HTTP/2, a listener), or the
                                      client: where only the end of the
                                      connection tells it that it has all of
                                      the response; and for a name with
                                      CrosstownLimit concurrency=. */
    apr_size_t data_size;        /**< > 0: that many bytes at data are copied
                                      when it is recorded */
    crosstown_carry_fn_t *carry; /**< or NULL; not together with data_size */
    crosstown_over_fn_t *over;   /**< or NULL */
    int no_htaccess;             /**< non-zero: nothing that a .htaccess file
                                      says about tasks holds for it; for work
                                      that is the administrator's, such as an
                                      audit; since 1.3 */
    apr_interval_time_t delay;   /**< microseconds: it is not called before
                                      that time has passed since its response
                                      was sent, or since crosstown_submit(); 0:
                                      at once. Tasks behind it do not wait for
                                      it. Not together with same_thread; since
                                      1.3 */
} crosstown_opts_t;

/** Initial value: no name, the location's words, the pool, no copy.
 *  Since 1.0. */
#define CROSSTOWN_OPTS_INIT \
    { sizeof(crosstown_opts_t), NULL, NULL, 0, 0, NULL, NULL, 0, 0 }

/**
 * Record fn to be called with data after the response to r. The task belongs
 * to the request that the client sent, also when r is a sub-request or an
 * internal redirect: data must live as long as that request, or use carry or
 * data_size. CrosstownNoGo, CrosstownOnAbort and Crosstown are those in force
 * for r, now.
 * @param r     the request, sub-request or internal redirect at hand
 * @param fn    the work
 * @param data  handed to fn; may be NULL
 * @param opts  or NULL for none; not kept
 * @return APR_SUCCESS recorded | APR_EINVAL r or fn is NULL, no_go does not
 *         parse, data_size without data or beyond all sense, both carry and
 *         data_size, both delay and same_thread, or a delay below 0 (the error
 *         log says which) | APR_EOF the response was already dispatched
 * Thread: the one that owns the request. Since 1.0.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_defer,
                        (struct request_rec *r, crosstown_fn_t *fn, void *data,
                         const crosstown_opts_t *opts));

/**
 * Cancel what the request has recorded under this name and has not dispatched
 * yet. `over` and the done hooks are told before it returns.
 * @param r     as for crosstown_defer(); NULL holds nothing
 * @param name  NULL: everything
 * @return how many
 * Thread: the one that owns the request. Since 1.0.
 */
APR_DECLARE_OPTIONAL_FN(int, crosstown_cancel,
                        (struct request_rec *r, const char *name));

/**
 * How many tasks the request holds that are neither dispatched nor cancelled.
 * @param r  as for crosstown_defer(); NULL holds nothing
 * @return the number
 * Thread: the one that owns the request. Since 1.0.
 */
APR_DECLARE_OPTIONAL_FN(int, crosstown_count, (struct request_rec *r));

/**
 * Hand fn to the pool now, with no response to follow.
 * @param s     the virtual host to log with; NULL: the main server
 * @param fn    the work
 * @param data  handed to fn; alive until `over`, or copied with data_size; may
 *              be NULL
 * @param opts  or NULL; no_go, same_thread and carry are refused, no_htaccess
 *              means nothing
 * @return APR_SUCCESS | APR_EINVAL fn is NULL, a refused option, data_size
 *         without data or beyond all sense, a delay below 0, or not in a child
 *         process | APR_EAGAIN the queue is full, or
 *         no thread can be had | APR_ENOMEM | APR_EOF stopping.
 *         Only after APR_SUCCESS will `over` and the done hooks be told.
 * Thread: any of a child process. Since 1.0.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_submit,
                        (struct server_rec *s, crosstown_fn_t *fn, void *data,
                         const crosstown_opts_t *opts));

/**
 * For directive handlers: do these status words parse?
 * @param p      for the message, never NULL
 * @param words  as opts->no_go; NULL is right
 * @return NULL, or a message that names the word and what was expected
 * Thread: any. Since 1.0.
 */
APR_DECLARE_OPTIONAL_FN(const char *, crosstown_check_statuses,
                        (apr_pool_t *p, const char *words));

/**
 * How many tasks all children of this server have recorded since it started,
 * and what became of them. While tasks come and go, the sums may be some
 * tasks apart from each other; at rest they are exact:
 *   recorded = ran + no_go + cancelled + rejected + stopped + lost + open
 *              + kept
 * Start from CROSSTOWN_TALLY_INIT. Since 1.1.
 */
typedef struct crosstown_tally_t {
    apr_size_t size;
    apr_uint64_t recorded;       /* by crosstown_defer() and _submit() */
    apr_uint64_t ran;
    apr_uint64_t failed;         /* of those that ran: not APR_SUCCESS */
    apr_uint64_t no_go;
    apr_uint64_t cancelled;
    apr_uint64_t rejected;
    apr_uint64_t stopped;
    apr_uint64_t lost;           /* went with a child that crashed or was
                                    killed; nobody was told */
    apr_uint64_t open;           /* not at their end yet */
    apr_uint64_t kept;           /* went back to where they are kept (on disk),
                                    and are recorded again when they come from
                                    there. Since 1.3 */
} crosstown_tally_t;

/** Initial value. Since 1.3. */
#define CROSSTOWN_TALLY_INIT \
    { sizeof(crosstown_tally_t), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Read the tally.
 * @param tally  the caller's; its size says how much of it is filled in
 * @return APR_SUCCESS | APR_EINVAL tally is NULL, or there is no size in it
 * Thread: any, of a child or the parent. Since 1.1.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_tally,
                        (crosstown_tally_t *tally));

/** Link prefix of the hooks below: nothing to import or export. */
#define CROSSTOWN_DECLARE(type) type

/* Optional hooks. All that are registered are run, whatever they return:
 *   APR_OPTIONAL_HOOK(crosstown, crosstown_done, fn, NULL, NULL,
 *                     APR_HOOK_MIDDLE); */

/**
 * collect: last call for tasks. The final status is known, r is still whole:
 * record here what depends on the outcome. Called for every request, once,
 * with or without tasks; also where another module ends the log hooks.
 * Thread: the request's, after the wire; do not block. Since 1.0.
 */
APR_DECLARE_EXTERNAL_HOOK(crosstown, CROSSTOWN, int, crosstown_collect,
                          (struct request_rec *r, int status))

/**
 * admit: OK or DECLINED lets the task pass, anything else makes it NO_GO.
 * Called for tasks that the status words and the abort rule let pass.
 * Thread: the request's, before carry; do not block. Since 1.0.
 */
APR_DECLARE_EXTERNAL_HOOK(crosstown, CROSSTOWN, int, crosstown_admit,
                          (struct request_rec *r,
                           const crosstown_task_t *task))

/**
 * done: exactly once per task, after its `over`. The return value is ignored.
 * Thread: the pool's for RAN, otherwise that of whoever decided; do not
 * block. Since 1.0.
 */
APR_DECLARE_EXTERNAL_HOOK(crosstown, CROSSTOWN, int, crosstown_done,
                          (const crosstown_task_t *task,
                           crosstown_outcome_e outcome, apr_status_t result))

#ifdef __cplusplus
}
#endif

#include "crosstown_running.h"

#endif
