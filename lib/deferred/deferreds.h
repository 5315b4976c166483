/* SPDX-License-Identifier: Apache-2.0 */
/* deferreds: this directory, as the glue sees it: the table of functions, and
 * what a child process brings.
 * Thread: as each says.
 * Lifetime: from ct_deferreds_start() to ct_deferreds_stop(), several times in
 * a process if need be. Without it call() and timeout() answer APR_EINVAL;
 * all else works. */
#ifndef CT_DEFERREDS_H
#define CT_DEFERREDS_H

#include "crosstown_deferred.h"

/** What the glue brings. Each but submit may be NULL. */
typedef struct ct_deferreds_with_t {
    /** Log a failure that nobody has seen. Also called after the stop.
     *  message is never NULL. Thread: any, with no lock held. */
    void (*unhandled)(apr_status_t status, const char *message);
    /** crosstown_submit(). */
    apr_status_t (*submit)(struct server_rec *s, crosstown_fn_t *fn,
                           void *data, const crosstown_opts_t *opts);
    /** Is this a thread of the pool? Thread: any. */
    int (*on_pool_thread)(void);
    /** Before a timeout is set or a deferred is stashed: from then on
     *  ct_deferreds_stop() has something to do. Thread: any. */
    void (*before_use)(void);
} ct_deferreds_with_t;

/** Fill the table in, all but answer and answer_or_cancel. Thread: any. */
void ct_deferreds_fill(crosstown_deferreds_t *table);

/** Begin; what it points to is copied.
 *  @return APR_SUCCESS | APR_EINVAL without submit | of pthread_cond_init().
 *  Thread: child_init. */
apr_status_t ct_deferreds_start(const ct_deferreds_with_t *with);

/** Let each wait() return APR_EOF, from now on also those that begin later
 *  and would block. Thread: any; more than once is legal. */
void ct_deferreds_release_waiters(void);

/** Release the waiters, end and join the clock's thread, release what is
 *  stashed or has a timeout; timeout() and call() answer APR_EOF from here
 *  on. Thread: the one that ends the child, once. */
void ct_deferreds_stop(void);

/** What the glue brought, also after the stop; NULL before the start.
 *  For this directory. Thread: any. */
const ct_deferreds_with_t *ct_deferreds_with(void);

/** Something is about to be left to the stop. For this directory.
 *  Thread: any. */
void ct_deferreds_before_use(void);

/** May work begin? For this directory.
 *  @return APR_SUCCESS | APR_EINVAL not started | APR_EOF stopped.
 *  Thread: any. */
apr_status_t ct_deferreds_open(void);

#endif
