/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of mod_later share. mod_later.c has the routes that need
 * nobody else, mod_later_backends.c those that ask others.
 */
#ifndef MOD_LATER_H
#define MOD_LATER_H

#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "crosstown_client.h"

/* Per server. */
typedef struct later_config_t {
    apr_array_header_t *backends;    /* of const char *: URLs */
    apr_interval_time_t patience;    /* how long a route waits */
} later_config_t;

extern module AP_MODULE_DECLARE_DATA later_module;

/** The functions; NULL without mod_crosstown, and then no route is taken. */
extern const crosstown_deferreds_t *later;

const later_config_t *later_config(const request_rec *r);

/** Answer with this text, now. */
int later_say(request_rec *r, int status, const char *text);

/** The routes of mod_later_backends.c, and what they need at the start. */
apr_status_t later_start_asking(void);
int later_fanout(request_rec *r);
int later_stash(request_rec *r);
int later_retrieve(request_rec *r, const char *id);

#endif
