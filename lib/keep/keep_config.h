/* SPDX-License-Identifier: Apache-2.0 */
/* keep_config: CrosstownStore, and what can be found wrong with it before the
 * first task.
 * Thread: start-up, then read only.
 * Lifetime: the configuration. */
#ifndef CT_KEEP_CONFIG_H
#define CT_KEEP_CONFIG_H

#include "keep_glue.h"

typedef struct ct_keep_config_t {
    const char *path;                /* NULL: there is no CrosstownStore */
    apr_int64_t max;                 /* bytes */
    apr_interval_time_t wait;        /* microseconds */
} ct_keep_config_t;

extern ct_keep_config_t ct_keep_config;

/** The directive. */
const char *ct_keep_config_set(cmd_parms *cmd, void *dir, int argc,
                               char *const argv[]);

/** Hang in. Thread: start-up. */
void ct_keep_config_register(void);

/** Is there a store for tasks? @return NULL, or what is wrong */
const char *ct_keep_config_check(apr_pool_t *p);

#endif
