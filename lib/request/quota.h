/* SPDX-License-Identifier: Apache-2.0 */
/* quota: what tasks of one name may take of a dispatcher, so that they leave
 * something to others: so many at once, so many waiting.
 * Thread: any; members are marked as in crew.h.
 * Lifetime: whoever made the dispatcher has them, as long as that. */
#ifndef CT_QUOTA_H
#define CT_QUOTA_H

#include <stdatomic.h>

#include "apr.h"

struct ct_batch_t;

/** Zeroed but for what is marked as set once. */
typedef struct ct_quota_t {
    const char *name;                /* set once */
    const char *said_at;             /* set once: file and line, or NULL */
    unsigned short number;           /* set once; 1 for the first of them */
    apr_uint32_t at_once;            /* set once; 0: as many as threads */
    apr_uint32_t queue;              /* set once; 0: as many as the queue */
    atomic_uint waiting;             /* atomic: entered, not begun */
    apr_uint32_t running;            /* lock */
    struct ct_batch_t *first;        /* lock: held back, see hold.c */
    struct ct_batch_t *last;         /* lock */
} ct_quota_t;

/** All quotas of a dispatcher. */
typedef struct ct_quotas_t {
    ct_quota_t *all;                 /* count of them; NULL if none */
    unsigned int count;
} ct_quotas_t;

/** The quota for a task's name. @return NULL: there is none */
ct_quota_t *ct_quota_find(const ct_quotas_t *quotas, const char *name);

/** One more of them wants to wait. NULL is legal.
 *  @return 0: too many do */
int ct_quota_enter(ct_quota_t *quota);

/** One that has entered does not wait any more. NULL is legal. */
void ct_quota_leave(ct_quota_t *quota);

#endif
