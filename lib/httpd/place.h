/* SPDX-License-Identifier: Apache-2.0 */
/* place: what a section of the configuration, or a .htaccess file, says about
 * the tasks recorded in it, and how sections merge.
 * Thread: written while the configuration is read (one thread), then read
 * only; .htaccess files are read by the request's thread for itself.
 * Lifetime: the pool of the configuration; for .htaccess the request's, so
 * nobody keeps a pointer into a ct_place_t. */
#ifndef CT_PLACE_H
#define CT_PLACE_H

#include "glue.h"
#include "statuses.h"

/** Crosstown, CrosstownNoGo, CrosstownOnAbort. */
typedef struct ct_settings_t {
    const ct_statuses_t *no_go;      /* NULL: not said */
    signed char off;                 /* CT_UNSAID, 0 or 1 */
    signed char skip_aborted;        /* CT_UNSAID, 0 or 1 */
    const ap_directive_t *no_go_by;  /* who has said it; NULL: nobody */
    const ap_directive_t *off_by;
    const ap_directive_t *skip_aborted_by;
} ct_settings_t;

#define CT_UNSAID (-1)

/** A section. */
typedef struct ct_place_t {
    ct_settings_t with_htaccess;
    ct_settings_t without_htaccess;  /* as if there were no such files */
    signed char htaccess;            /* CrosstownHtaccess: CT_UNSAID, 0 or 1 */
    signed char control;             /* CrosstownControl: the same */
    const ap_directive_t *htaccess_by;   /* who has said it; NULL: nobody */
    const ap_directive_t *control_by;
} ct_place_t;

void *ct_place_make(apr_pool_t *p, char *dir);
void *ct_place_merge(apr_pool_t *p, void *outer, void *inner);

/** What is in force for r, defaults filled in.
 *  @param no_htaccess  does its .htaccess not count, whatever
 *                      CrosstownHtaccess says? */
ct_settings_t ct_place_settings(const request_rec *r, int no_htaccess);

/** The place of r: all that is said about it, merged. */
const ct_place_t *ct_place_of(const request_rec *r);

/** What is in force in a place, defaults filled in. */
ct_settings_t ct_place_fill_in(const ct_place_t *place, int no_htaccess);

/** The directives. */
const char *ct_place_set_on(cmd_parms *cmd, void *dir, const char *arg);
const char *ct_place_set_no_go(cmd_parms *cmd, void *dir, const char *args);
const char *ct_place_set_on_abort(cmd_parms *cmd, void *dir, const char *arg);
const char *ct_place_set_htaccess(cmd_parms *cmd, void *dir, const char *arg);

#endif
