/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_client.h
 * @brief The consumer's side of mod_crosstown: load once, call always.
 *
 *   static crosstown_client_t crosstown;
 *
 *   static void my_retrieve(void)                 (optional_fn_retrieve hook)
 *   {
 *       crosstown_client_load(&crosstown);
 *   }
 *
 *   CROSSTOWN_TRAFFIC(&crosstown, r, place_call, call,
 *                     .no_go = "5xx 400-405 302");
 *
 * Works whether mod_crosstown is loaded before, after or not at all. There
 * is no variable in this header and nothing to link; a unit test may put
 * functions of its own into the struct.
 *
 * client is never NULL, unless it says so; for the rest NULL may be given
 * where it may be given to the function of the same name in mod_crosstown.h.
 * Thread: load in the optional_fn_retrieve hook (start-up, one thread), the
 * others as the function of the same name.
 * Lifetime: the struct belongs to the consumer, usually a file static.
 */
#ifndef CROSSTOWN_CLIENT_H
#define CROSSTOWN_CLIENT_H

#include "crosstown_deferred.h"
#include "mod_crosstown.h"
#include "apr_errno.h"
#include "apr_strings.h"

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What mod_crosstown exports; every member NULL where it is not loaded.
 *  Since 1.0. */
typedef struct crosstown_client_t {
    APR_OPTIONAL_FN_TYPE(crosstown_defer) *defer;
    APR_OPTIONAL_FN_TYPE(crosstown_cancel) *cancel;
    APR_OPTIONAL_FN_TYPE(crosstown_count) *count;
    APR_OPTIONAL_FN_TYPE(crosstown_submit) *submit;
    APR_OPTIONAL_FN_TYPE(crosstown_check_statuses) *check_statuses;
    APR_OPTIONAL_FN_TYPE(crosstown_tally) *tally;     /* since 1.1 */
    const crosstown_deferreds_t *deferreds;           /* since 1.2 */
    APR_OPTIONAL_FN_TYPE(crosstown_stopping) *stopping;   /* since 1.2 */
    APR_OPTIONAL_FN_TYPE(crosstown_fail) *fail;           /* since 1.3 */
    APR_OPTIONAL_FN_TYPE(crosstown_deadline) *deadline;   /* since 1.3 */
    APR_OPTIONAL_FN_TYPE(crosstown_retry_at) *retry_at;   /* since 1.3 */
    APR_OPTIONAL_FN_TYPE(crosstown_hold) *hold;           /* since 1.3 */
    APR_OPTIONAL_FN_TYPE(crosstown_held_task) *held_task; /* since 1.3 */
    APR_OPTIONAL_FN_TYPE(crosstown_finish) *finish;       /* since 1.3 */
} crosstown_client_t;

/** Fetch the functions. Call it from the optional_fn_retrieve hook, at every
 *  start and restart: the module may have come or gone. Since 1.0. */
static APR_INLINE void crosstown_client_load(crosstown_client_t *client)
{
    APR_OPTIONAL_FN_TYPE(crosstown_deferreds) *deferreds =
        APR_RETRIEVE_OPTIONAL_FN(crosstown_deferreds);

    client->defer = APR_RETRIEVE_OPTIONAL_FN(crosstown_defer);
    client->cancel = APR_RETRIEVE_OPTIONAL_FN(crosstown_cancel);
    client->count = APR_RETRIEVE_OPTIONAL_FN(crosstown_count);
    client->submit = APR_RETRIEVE_OPTIONAL_FN(crosstown_submit);
    client->check_statuses =
        APR_RETRIEVE_OPTIONAL_FN(crosstown_check_statuses);
    client->tally = APR_RETRIEVE_OPTIONAL_FN(crosstown_tally);
    client->deferreds = deferreds ? deferreds() : NULL;
    client->stopping = APR_RETRIEVE_OPTIONAL_FN(crosstown_stopping);
    client->fail = APR_RETRIEVE_OPTIONAL_FN(crosstown_fail);
    client->deadline = APR_RETRIEVE_OPTIONAL_FN(crosstown_deadline);
    client->retry_at = APR_RETRIEVE_OPTIONAL_FN(crosstown_retry_at);
    client->hold = APR_RETRIEVE_OPTIONAL_FN(crosstown_hold);
    client->held_task = APR_RETRIEVE_OPTIONAL_FN(crosstown_held_task);
    client->finish = APR_RETRIEVE_OPTIONAL_FN(crosstown_finish);
}

/** crosstown_defer(), or APR_ENOTIMPL without the module. Since 1.0. */
static APR_INLINE apr_status_t
crosstown_client_defer(const crosstown_client_t *client,
                       struct request_rec *r, crosstown_fn_t *fn, void *data,
                       const crosstown_opts_t *opts)
{
    return client->defer ? client->defer(r, fn, data, opts) : APR_ENOTIMPL;
}

/** crosstown_cancel(), or 0 without the module. Since 1.0. */
static APR_INLINE int
crosstown_client_cancel(const crosstown_client_t *client,
                        struct request_rec *r, const char *name)
{
    return client->cancel ? client->cancel(r, name) : 0;
}

/** crosstown_count(), or 0 without the module. Since 1.0. */
static APR_INLINE int
crosstown_client_count(const crosstown_client_t *client,
                       struct request_rec *r)
{
    return client->count ? client->count(r) : 0;
}

/** crosstown_submit(), or APR_ENOTIMPL without the module. Since 1.0. */
static APR_INLINE apr_status_t
crosstown_client_submit(const crosstown_client_t *client,
                        struct server_rec *s, crosstown_fn_t *fn, void *data,
                        const crosstown_opts_t *opts)
{
    return client->submit ? client->submit(s, fn, data, opts) : APR_ENOTIMPL;
}

/**
 * crosstown_check_statuses(), or NULL (nothing to complain of) without the
 * module. Made for directive handlers, which come before the struct is
 * loaded: it fetches the function itself and needs no more than LoadModule
 * lines, in whatever order; only a directive of the kind EXEC_ON_READ has to
 * stand behind them.
 * @param client  of a test that has put a function of its own into it; may be
 *                NULL
 * Since 1.0; before 1.3 it said NULL as long as the struct was not loaded.
 */
static APR_INLINE const char *
crosstown_client_check_statuses(const crosstown_client_t *client,
                                apr_pool_t *p, const char *words)
{
    APR_OPTIONAL_FN_TYPE(crosstown_check_statuses) *check =
        APR_RETRIEVE_OPTIONAL_FN(crosstown_check_statuses);

    if (!check && client) {
        check = client->check_statuses;
    }
    return check && words ? check(p, words) : NULL;
}

/** crosstown_tally(), or APR_ENOTIMPL without the module. Since 1.1. */
static APR_INLINE apr_status_t
crosstown_client_tally(const crosstown_client_t *client,
                       crosstown_tally_t *tally)
{
    return client->tally ? client->tally(tally) : APR_ENOTIMPL;
}

/** crosstown_stopping(), or 0 without the module. Since 1.2. */
static APR_INLINE int
crosstown_client_stopping(const crosstown_client_t *client)
{
    return client->stopping ? client->stopping() : 0;
}

/** crosstown_deadline(), or 0 without the module. Since 1.3. */
static APR_INLINE apr_time_t
crosstown_client_deadline(const crosstown_client_t *client)
{
    return client->deadline ? client->deadline() : 0;
}

/** crosstown_retry_at(), or APR_ENOTIMPL without the module. Since 1.3. */
static APR_INLINE apr_status_t
crosstown_client_retry_at(const crosstown_client_t *client,
                          const crosstown_task_t *task, apr_time_t when)
{
    return client->retry_at ? client->retry_at(task, when) : APR_ENOTIMPL;
}

/** crosstown_hold(), or NULL without the module. Since 1.3. */
static APR_INLINE crosstown_held_t *
crosstown_client_hold(const crosstown_client_t *client,
                      const crosstown_task_t *task)
{
    return client->hold ? client->hold(task) : NULL;
}

/** crosstown_held_task(), or NULL without the module. Since 1.3. */
static APR_INLINE const crosstown_task_t *
crosstown_client_held_task(const crosstown_client_t *client,
                           const crosstown_held_t *held)
{
    return client->held_task ? client->held_task(held) : NULL;
}

/** crosstown_finish(); nothing without the module. Since 1.3. */
static APR_INLINE void
crosstown_client_finish(const crosstown_client_t *client,
                        crosstown_held_t *held, apr_status_t result,
                        const char *message)
{
    if (client->finish) {
        client->finish(held, result, message);
    }
}

/** crosstown_fail(), or just the status without the module. Since 1.3. */
static APR_INLINE apr_status_t
crosstown_client_fail(const crosstown_client_t *client,
                      const crosstown_task_t *task, apr_status_t status,
                      const char *format, ...)
{
    va_list values;

    if (client->fail) {
        va_start(values, format);
        (client->fail)(task, status, "%s",
                       apr_pvsprintf(task->pool, format, values));
        va_end(values);
    }
    return status;
}

/** What CROSSTOWN_TRAFFIC() of 1.0 to 1.2 collected. Since 1.0. */
typedef struct crosstown_traffic_t {
    void *data;
    const char *name;
    const char *no_go;
    int same_thread;
    apr_size_t data_size;
    crosstown_carry_fn_t *carry;
    crosstown_over_fn_t *over;
} crosstown_traffic_t;

/** The function behind CROSSTOWN_TRAFFIC() of 1.0 to 1.2. Since 1.0. */
static APR_INLINE apr_status_t
crosstown_client_traffic(const crosstown_client_t *client,
                         struct request_rec *r, crosstown_fn_t *fn,
                         const crosstown_traffic_t *traffic)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.name = traffic->name;
    opts.no_go = traffic->no_go;
    opts.same_thread = traffic->same_thread;
    opts.data_size = traffic->data_size;
    opts.carry = traffic->carry;
    opts.over = traffic->over;
    return crosstown_client_defer(client, r, fn, traffic->data, &opts);
}

/** What CROSSTOWN_TRAFFIC() collects: the function, its data and, by name, the
 *  members of crosstown_opts_t. Made on the caller's stack. Since 1.3. */
typedef struct crosstown_deferral_t {
    crosstown_fn_t *fn;
    void *data;
    const char *name;
    const char *no_go;
    int same_thread;
    apr_size_t data_size;
    crosstown_carry_fn_t *carry;
    crosstown_over_fn_t *over;
    int no_htaccess;
    apr_interval_time_t delay;
} crosstown_deferral_t;

/** The function behind CROSSTOWN_TRAFFIC(). Since 1.3. */
static APR_INLINE apr_status_t
crosstown_client_deferral(const crosstown_client_t *client,
                          struct request_rec *r,
                          const crosstown_deferral_t *deferral)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

    opts.name = deferral->name;
    opts.no_go = deferral->no_go;
    opts.same_thread = deferral->same_thread;
    opts.data_size = deferral->data_size;
    opts.carry = deferral->carry;
    opts.over = deferral->over;
    opts.no_htaccess = deferral->no_htaccess;
    opts.delay = deferral->delay;
    return crosstown_client_defer(client, r, deferral->fn, deferral->data,
                                  &opts);
}

/**
 * Record a task in one statement: what, with what, on which conditions.
 *
 *   CROSSTOWN_TRAFFIC(&ct, r, place_call)
 *   CROSSTOWN_TRAFFIC(&ct, r, place_call, call)
 *   CROSSTOWN_TRAFFIC(&ct, r, place_call, call,
 *                     .no_go = "5xx 400-405 302", .same_thread = 1)
 *   CROSSTOWN_TRAFFIC(&ct, r, place_call, .name = "call")
 *
 * Behind fn comes its data, if there is any, then members of crosstown_opts_t
 * by name (size is not needed). Returns what crosstown_client_defer() returns.
 * C99 and later; C++ and C89 callers fill a crosstown_opts_t. Since 1.0; data
 * may be left out since 1.3.
 */
#if !defined(__cplusplus) && defined(__STDC_VERSION__) \
    && __STDC_VERSION__ >= 199901L
#define CROSSTOWN_TRAFFIC(client, r, ...) \
    crosstown_client_deferral((client), (r), \
        &(const crosstown_deferral_t){ .fn = __VA_ARGS__ })
#endif

#ifdef __cplusplus
}
#endif

#endif
