/* SPDX-License-Identifier: Apache-2.0 */
/* task_place: what a place (server, virtual host, Directory, Location) says of
 * named tasks: CrosstownAccept, CrosstownAfter, CrosstownReport.
 * Thread: made by the one that reads the configuration, merged by requests'.
 * Lifetime: the pool of the configuration or of the request. */
#ifndef CT_TASK_PLACE_H
#define CT_TASK_PLACE_H

#include "tasks_glue.h"

#include "ap_expr.h"
#include "apr_tables.h"

/** A field of a CrosstownAfter. */
typedef struct ct_after_field_t {
    const char *key;
    const ap_expr_info_t *value;     /* has a text as its result */
} ct_after_field_t;

/** A CrosstownAfter. */
typedef struct ct_after_t {
    const char *name;                /* of the task */
    apr_array_header_t *fields;      /* ct_after_field_t */
    const ap_expr_info_t *condition; /* or NULL: always */
    const ap_directive_t *by;        /* where it stands */
    const char *said;                /* the same, for people */
} ct_after_t;

typedef struct ct_task_place_t {
    const apr_array_header_t *accepted;  /* const char *; NULL: not said */
    const char *accepted_words;      /* the same, joined by commas */
    const apr_array_header_t *accepted_by;   /* const ap_directive_t *, for
                                        each name; of none one */
    const apr_array_header_t *after;     /* const ct_after_t *; or NULL */
    const ap_directive_t *after_dropped;     /* `CrosstownAfter none`: what is
                                        outside does not count; or NULL */
    signed char report;              /* -1: not said, 0 or 1 */
    const ap_directive_t *report_by; /* NULL: not said */
} ct_task_place_t;

void *ct_task_place_make(apr_pool_t *p, char *dir);
void *ct_task_place_merge(apr_pool_t *p, void *outer, void *inner);

/** The directives. */
const char *ct_task_place_accept(cmd_parms *cmd, void *dir, int argc,
                                 char *const argv[]);
const char *ct_task_place_after(cmd_parms *cmd, void *dir, int argc,
                                char *const argv[]);
const char *ct_task_place_report(cmd_parms *cmd, void *dir, int on);

/** What holds for a request. */
const ct_task_place_t *ct_task_place_of(const request_rec *r);

/** May a response from there ask for this task? */
int ct_task_place_accepts(const ct_task_place_t *place, const char *name);

#endif
