/* SPDX-License-Identifier: Apache-2.0 */
/* name_limit: what tasks of one name may take of a dispatcher, so that they
 * leave something to others: so many at once, so many waiting.
 * Thread: any; members are marked as in workers.h.
 * Lifetime: whoever made the dispatcher has them, as long as that. */
#ifndef CT_NAME_LIMIT_H
#define CT_NAME_LIMIT_H

#include <stdatomic.h>

#include "apr.h"
#include "places.h"

struct ct_batch_t;

/** Where at_once is counted. */
typedef enum ct_name_scope_e {
    CT_SCOPE_UNSAID,                 /* as CT_SCOPE_CHILD */
    CT_SCOPE_CHILD,
    CT_SCOPE_SERVER                  /* over all processes */
} ct_name_scope_e;

/** Zeroed but for what is marked as set once. */
typedef struct ct_name_limit_t {
    const char *name;                /* set once */
    const char *said_at;             /* set once: file and line, or NULL */
    unsigned short number;           /* set once; 1 for the first of them */
    apr_uint32_t at_once;            /* set once; 0: as many as threads */
    apr_uint32_t queue;              /* set once; 0: as many as the queue */
    ct_name_scope_e scope;           /* set once */
    ct_places_t places;              /* set once, with CT_SCOPE_SERVER */
    atomic_uint waiting;             /* atomic: entered, not begun */
    apr_uint32_t running;            /* lock */
    struct ct_batch_t *first;        /* lock: kept, see limited.c */
    struct ct_batch_t *last;         /* lock */
} ct_name_limit_t;

/** All limits of a dispatcher. */
typedef struct ct_name_limits_t {
    ct_name_limit_t *all;            /* count of them; NULL if none */
    unsigned int count;
} ct_name_limits_t;

/** The limit for a task's name. @return NULL: there is none */
ct_name_limit_t *ct_name_limit_find(const ct_name_limits_t *limits,
                                    const char *name);

/** One more of them wants to wait. NULL is legal.
 *  @return 0: too many do */
int ct_name_limit_enter(ct_name_limit_t *limit);

/** One that has entered does not wait any more. NULL is legal. */
void ct_name_limit_leave(ct_name_limit_t *limit);

#endif
