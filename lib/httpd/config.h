/* SPDX-License-Identifier: Apache-2.0 */
/* config: the directives, what they may say, and how sections merge.
 * Thread: written while the configuration is read (one thread), then read
 * only; .htaccess files are read by the request's thread for itself.
 * Lifetime: the pool of the configuration; for .htaccess the request's, so
 * nobody keeps a pointer into a ct_place_t. */
#ifndef CT_CONFIG_H
#define CT_CONFIG_H

#include "glue.h"
#include "quota.h"
#include "statuses.h"

/** What a section says about the tasks recorded in it. */
typedef struct ct_place_t {
    const ct_statuses_t *no_go;      /* NULL: not said */
    signed char off;                 /* CT_UNSAID, 0 or 1 */
    signed char skip_aborted;        /* CT_UNSAID, 0 or 1 */
} ct_place_t;

#define CT_UNSAID (-1)

/** What holds for each child process. */
typedef struct ct_limits_t {
    apr_uint32_t threads_min;
    apr_uint32_t threads_max;
    apr_uint32_t queue_max;          /* tasks */
    int overflow_inline;
    apr_interval_time_t drain;       /* microseconds */
    apr_interval_time_t slow_task;   /* microseconds; 0: nobody looks */
    ct_quotas_t quotas;              /* CrosstownLimit; counted in each
                                        child for itself */
} ct_limits_t;

/** The directives, for the module struct. */
extern const command_rec ct_config_directives[];

void *ct_config_make_place(apr_pool_t *p, char *dir);
void *ct_config_merge_place(apr_pool_t *p, void *outer, void *inner);
void *ct_config_make_limits(apr_pool_t *p, server_rec *s);

/* Bounds of what may be asked for: beyond them it is a slip of the finger. */
#define CT_CONFIG_MOST_THREADS 4096
#define CT_CONFIG_MOST_TASKS   16777216

/** For directives: the limits to write to. */
ct_limits_t *ct_config_limits_of(cmd_parms *cmd);

/** For directives: refuse to be in a section. @return NULL, or a message */
const char *ct_config_server_wide(cmd_parms *cmd);

/** For directives: a number between bounds.
 *  @param what  is counted, for the message
 *  @return NULL, or a message */
const char *ct_config_number(cmd_parms *cmd, const char *arg,
                             const char *what, long least, long most,
                             long *value);

/** The limits; always those of the main server. */
const ct_limits_t *ct_config_limits(void);

/** What the section in force for r says, defaults filled in. */
ct_place_t ct_config_place(const request_rec *r);

/** What a section says, defaults filled in. */
ct_place_t ct_config_fill_in(const ct_place_t *said);

#endif
