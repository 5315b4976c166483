/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_tasks.h
 * @brief Named tasks: what a module asks for by name, and what does the work.
 *
 * The configuration says what a name means (`CrosstownTask mail
 * http://127.0.0.1:8025/send`); a C module, a script's response header or a
 * directive says the name and a payload. This header is for C modules that
 *
 *   ask for a named task      crosstown_defer_named(), _submit_named()
 *   do its work               crosstown_provide()
 *   bring a kind of target    crosstown_target_t
 *
 * Everything is exported by mod_crosstown_tasks.so. Nothing has to be linked:
 * fetch the functions with APR_RETRIEVE_OPTIONAL_FN, or let
 * crosstown_tasks_load() do it, whose calls answer APR_ENOTIMPL where the
 * module is not loaded. All here is since 1.3.
 *
 * Structs grow at the end only; every struct starts with its size.
 */
#ifndef CROSSTOWN_TASKS_H
#define CROSSTOWN_TASKS_H

#include "mod_crosstown.h"

#include "apr_errno.h"
#include "apr_tables.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a task is about: a body, and what kind of body it is.
 *  Lifetime: a caller's until the call returns, since it is copied; a
 *  function's until the task is over. Since 1.3. */
typedef struct crosstown_payload_t {
    apr_size_t size;             /**< set by CROSSTOWN_PAYLOAD_INIT */
    const void *data;            /**< may be NULL if length is 0 */
    apr_size_t length;           /**< bytes */
    const char *type;            /**< media type; NULL:
                                      application/octet-stream */
    const char *fields;          /**< of a header's item: "key=value" texts,
                                      each with its zero byte, the last one
                                      followed by another; values with a zero
                                      byte are left out. NULL: none */
} crosstown_payload_t;

#define CROSSTOWN_PAYLOAD_INIT \
    { sizeof(crosstown_payload_t), NULL, 0, NULL, NULL }

/** How a named task is asked for; NULL instead of it: all defaults. Since
 *  1.3. */
typedef struct crosstown_named_opts_t {
    apr_size_t size;             /**< set by CROSSTOWN_NAMED_OPTS_INIT */
    const char *no_go;           /**< status words; NULL: those of the task's
                                      configuration, else of the place. Not
                                      without a request */
    apr_interval_time_t delay;   /**< microseconds before it may run; 0: that
                                      of the configuration */
    const char *unique;          /**< a key: one task of it and this name
                                      until it is done, in all children of the
                                      server. NULL: the value of the field
                                      that unique= of the CrosstownTask names,
                                      if the payload has it; "": none */
} crosstown_named_opts_t;

#define CROSSTOWN_NAMED_OPTS_INIT \
    { sizeof(crosstown_named_opts_t), NULL, 0, NULL }

/**
 * The work of a named task: as crosstown_fn_t, with the payload.
 * Thread: one of the pool's. task and payload are valid until it returns;
 * task->response is NULL if the task was submitted without a request.
 * @param data  what crosstown_provide() was given
 * @return APR_SUCCESS | CROSSTOWN_GIVE_UP a failure that ends it | what
 *         crosstown_retry_at() returns: a failure, it is tried again then |
 *         any other status: a failure, it is tried again as backoff= of its
 *         CrosstownTask says. No more often than retries= says, and not when
 *         it has expired (expires=). CROSSTOWN_HELD: what crosstown_finish()
 *         says of it later means the same
 */
typedef apr_status_t (crosstown_named_fn_t)(const crosstown_task_t *task,
                                            const crosstown_payload_t *payload,
                                            void *data);

/**
 * The function behind `CrosstownTask name module`. Call it while hooks are
 * registered, if mod_crosstown_tasks was loaded before, or in the pre_config
 * hook, whatever the order. Thread: start-up. The name is copied, data must
 * live as long as the configuration.
 * @return APR_SUCCESS | APR_EINVAL no function, or what is no task's name |
 *         APR_EEXIST another module provides it
 * Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_provide,
                        (const char *name, crosstown_named_fn_t *fn,
                         void *data));

/**
 * Ask for a named task, which is recorded with r as crosstown_defer() does.
 * The payload is copied. Thread: the one that owns r.
 * @param payload  NULL: an empty one
 * @param opts     NULL: all defaults
 * @return APR_SUCCESS recorded, or dropped because one of its key is not done
 *         yet | APR_NOTFOUND r's virtual host and the main server have no
 *         CrosstownTask of this name | APR_EINVAL no r, no name, no_go does
 *         not parse, the payload does not fit the task's format, or it would
 *         expire before its delay is over | APR_EOF
 *         the response was already dispatched | APR_ENOSPC too many keys are
 *         held | APR_ENOTIMPL mod_crosstown is not loaded, or an option is
 *         asked for that it cannot do
 * Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_defer_named,
                        (struct request_rec *r, const char *name,
                         const crosstown_payload_t *payload,
                         const crosstown_named_opts_t *opts));

/**
 * Ask for a named task with no response to follow. Any thread of a child.
 * @return as crosstown_defer_named(), and APR_EAGAIN the queue is full,
 *         APR_EOF stopping
 * Since 1.3.
 */
APR_DECLARE_OPTIONAL_FN(apr_status_t, crosstown_submit_named,
                        (struct server_rec *s, const char *name,
                         const crosstown_payload_t *payload,
                         const crosstown_named_opts_t *opts));

/* ---- a kind of target, as a provider ---- */

#define CROSSTOWN_TARGET_GROUP   "crosstown-target"
#define CROSSTOWN_TARGET_VERSION "0"

/** What a target is told of its CrosstownTask. Lifetime: the configuration's.
 *  Since 1.3. */
typedef struct crosstown_target_setup_t {
    apr_size_t size;
    apr_pool_t *pool;            /**< the configuration's */
    apr_pool_t *temp;            /**< gone after the call */
    struct server_rec *server;   /**< where the CrosstownTask stands */
    const char *name;            /**< of the task */
    const char *target;          /**< as written */
    const apr_table_t *keys;     /**< those of the target, see keys */
    apr_interval_time_t timeout; /**< microseconds; 0: the target's default */
    apr_interval_time_t max_delay; /**< max-delay=, microseconds: at most so
                                      long between two attempts, for a target
                                      that calls crosstown_retry_at() itself */
    apr_interval_time_t expires; /**< expires=, microseconds since the task was
                                      recorded, for a target that holds tasks;
                                      0: never */
} crosstown_target_setup_t;

/**
 * A kind of target: what stands behind `CrosstownTask name scheme://...`.
 * Register it while hooks are registered:
 *
 *   ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "mqtt",
 *                        CROSSTOWN_TARGET_VERSION, &mqtt_target);
 *
 * Where a key of its own has the name of one that all targets have, as format,
 * its own counts.
 * The provider's name is the scheme; that of `"|/program"` is "program", that
 * of `unix:/socket|scheme:...` is the scheme behind the bar. Since 1.3.
 */
typedef struct crosstown_target_t {
    apr_size_t size;
    const char *const *keys;     /**< of CrosstownTask, beside those that all
                                      targets have; NULL-terminated, or NULL */
    /** Read a CrosstownTask. @param config  set to what run() is to have.
     *  @return NULL, or what is wrong, for `httpd -t`. Thread: start-up. */
    const char *(*parse)(const crosstown_target_setup_t *setup,
                         void **config);
    /** Do the work; as crosstown_named_fn_t: what it returns says whether it
     *  is tried again. Thread: one of the pool's. */
    apr_status_t (*run)(const crosstown_task_t *task,
                        const crosstown_payload_t *payload, void *config);
    /** The target for people, without its secrets; NULL: as written.
     *  Thread: any. */
    const char *(*show)(apr_pool_t *pool, void *config);
    /** The configuration is complete: what only now can be found wrong, or
     *  NULL. @return NULL, or what is wrong. Thread: start-up. */
    const char *(*check)(const crosstown_target_setup_t *setup, void *config);
    /** Can the target take this payload? Asked when the task is asked for,
     *  which is refused otherwise. @return NULL, or why not, in p. Thread:
     *  the one that asks. */
    const char *(*fits)(const crosstown_payload_t *payload, void *config,
                        apr_pool_t *p);
    int fields_as_json;          /**< non-zero: a header's fields become one
                                      JSON object, whatever format= says */
} crosstown_target_t;

/**
 * What run() of a target returns for a task with keep=disk that could not be
 * tried at all, because whoever does the work is away: it goes back to the
 * disk, and no attempt is counted. crosstown_retry_at() was called before with
 * when it is to be looked at again. Since 1.3.
 */
#define CROSSTOWN_UNTRIED (APR_OS_START_USERERR + 17239)

/* ---- the consumer's side ---- */

/** What mod_crosstown_tasks exports; every member NULL where it is not loaded.
 *  Lifetime: the consumer's, usually a file static. Since 1.3. */
typedef struct crosstown_tasks_t {
    APR_OPTIONAL_FN_TYPE(crosstown_provide) *provide;
    APR_OPTIONAL_FN_TYPE(crosstown_defer_named) *defer_named;
    APR_OPTIONAL_FN_TYPE(crosstown_submit_named) *submit_named;
} crosstown_tasks_t;

/** Fetch the functions, in the optional_fn_retrieve hook or, for provide, in
 *  pre_config. Thread: start-up. Since 1.3. */
static APR_INLINE void crosstown_tasks_load(crosstown_tasks_t *tasks)
{
    tasks->provide = APR_RETRIEVE_OPTIONAL_FN(crosstown_provide);
    tasks->defer_named = APR_RETRIEVE_OPTIONAL_FN(crosstown_defer_named);
    tasks->submit_named = APR_RETRIEVE_OPTIONAL_FN(crosstown_submit_named);
}

/** crosstown_provide(), or APR_ENOTIMPL without the module. Since 1.3. */
static APR_INLINE apr_status_t
crosstown_tasks_provide(const crosstown_tasks_t *tasks, const char *name,
                        crosstown_named_fn_t *fn, void *data)
{
    return tasks->provide ? tasks->provide(name, fn, data) : APR_ENOTIMPL;
}

/** crosstown_defer_named(), or APR_ENOTIMPL without the module. Since 1.3. */
static APR_INLINE apr_status_t
crosstown_tasks_defer(const crosstown_tasks_t *tasks, struct request_rec *r,
                      const char *name, const crosstown_payload_t *payload,
                      const crosstown_named_opts_t *opts)
{
    return tasks->defer_named ? tasks->defer_named(r, name, payload, opts)
                              : APR_ENOTIMPL;
}

/** crosstown_submit_named(), or APR_ENOTIMPL without the module. Since 1.3. */
static APR_INLINE apr_status_t
crosstown_tasks_submit(const crosstown_tasks_t *tasks, struct server_rec *s,
                       const char *name, const crosstown_payload_t *payload,
                       const crosstown_named_opts_t *opts)
{
    return tasks->submit_named ? tasks->submit_named(s, name, payload, opts)
                               : APR_ENOTIMPL;
}

#ifdef __cplusplus
}
#endif

#endif
