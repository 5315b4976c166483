/* SPDX-License-Identifier: Apache-2.0 */
/* named_task: CrosstownTask, what a name means. Looked up in the virtual host,
 * then in the main server.
 * Thread: made by the one that reads the configuration, then read only.
 * Lifetime: the pool of the configuration. */
#ifndef CT_NAMED_TASK_H
#define CT_NAMED_TASK_H

#include "tasks_glue.h"

#include "backoff.h"
#include "crosstown_keep.h"
#include "payload.h"

#include "apr_hash.h"

typedef struct ct_named_task_t {
    const char *name;
    const char *target;              /* as written */
    const crosstown_target_t *kind;
    void *config;                    /* the target's */
    const char *no_go;               /* status words, or NULL: the place's */
    const crosstown_keep_t *keep;    /* NULL: memory */
    ct_payload_format_e format;
    ct_backoff_t backoff;            /* retries= and what goes with it */
    apr_interval_time_t delay;       /* microseconds */
    const char *unique;              /* the field whose value is the key, or
                                        NULL */
    const char *said;                /* " key=value" of those that all targets
                                        have, as written */
    crosstown_target_setup_t setup;
    const ap_directive_t *by;        /* the directive */
    const char *shown;               /* its target for people; set when all is
                                        read */
} ct_named_task_t;

/** What a server says. */
typedef struct ct_tasks_server_t {
    apr_hash_t *tasks;               /* name -> ct_named_task_t */
} ct_tasks_server_t;

void *ct_named_task_make_server(apr_pool_t *p, server_rec *s);

/** The directive. */
const char *ct_named_task_set(cmd_parms *cmd, void *dir, int argc,
                              char *const argv[]);

/** What a name means to s, or NULL. */
const ct_named_task_t *ct_named_task_find(const server_rec *s,
                                          const char *name);

/** The names that mean something to s, for people: "mail, thumb", or "none".
 *  There may be more of them. */
const char *ct_named_task_names(apr_pool_t *p, const server_rec *s);

/** Does any server have a task of this name? */
int ct_named_task_is_anywhere(const server_rec *main_server,
                              const char *name);

/** Its target for people, without secrets. */
const char *ct_named_task_show(apr_pool_t *p, const ct_named_task_t *task);

/** Look at what can be found wrong only when all is read, and log it.
 *  @return how many are wrong. Thread: start-up */
int ct_named_task_check(apr_pool_t *p, server_rec *main_server);

#endif
