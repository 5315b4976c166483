/* SPDX-License-Identifier: Apache-2.0 */
/* config: the directives, and what those for the whole server say; for those
 * of a section see place.h.
 * Thread: written while the configuration is read (one thread), then read
 * only.
 * Lifetime: the pool of the configuration. */
#ifndef CT_CONFIG_H
#define CT_CONFIG_H

#include "glue.h"
#include "name_limit.h"

/** What the directives for the whole server say; it holds for each child. */
typedef struct ct_config_t {
    apr_uint32_t threads_min;
    apr_uint32_t threads_max;
    apr_uint32_t queue_max;          /* tasks */
    int overflow_inline;
    apr_interval_time_t drain;       /* microseconds */
    apr_interval_time_t slow_task;   /* microseconds; 0: nobody looks */
    ct_name_limits_t name_limits;    /* CrosstownLimit */
} ct_config_t;

/** The directives, for the module struct. */
extern const command_rec ct_config_directives[];

void *ct_config_make(apr_pool_t *p, server_rec *s);

/* Bounds of what may be asked for: beyond them it is a slip of the finger. */
#define CT_CONFIG_MOST_THREADS 4096
#define CT_CONFIG_MOST_TASKS   16777216

/** For directives: what to write to. */
ct_config_t *ct_config_of(cmd_parms *cmd);

/** For directives: refuse to be in a section. @return NULL, or a message */
const char *ct_config_server_wide(cmd_parms *cmd);

/** For directives: a number between bounds.
 *  @param what  is counted, for the message
 *  @return NULL, or a message */
const char *ct_config_number(cmd_parms *cmd, const char *arg,
                             const char *what, long least, long most,
                             long *value);

/** For directives: one of two keywords.
 *  @return NULL, or a message */
const char *ct_config_choice(cmd_parms *cmd, const char *arg, const char *no,
                             const char *yes, int *value);

/** What is in force; always the main server's. */
const ct_config_t *ct_config(void);

#endif
