/* SPDX-License-Identifier: Apache-2.0 */
/* name_limit: what tasks of one name may take of a dispatcher, so that they
 * leave something to others: so many at once, so many waiting.
 * Thread: any; members are marked as in workers.h.
 * Lifetime: whoever made the dispatcher has them, as long as that. */
#ifndef CT_NAME_LIMIT_H
#define CT_NAME_LIMIT_H

#include <stdatomic.h>

#include "apr.h"
#include "gauges.h"
#include "places.h"
#include "switches.h"

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
    ct_places_t places;              /* set once, with CT_SCOPE_SERVER; but
                                        for count: lock */
    const ct_name_switch_t *says;    /* set once: what an administrator says
                                        meanwhile; NULL: nobody can */
    ct_name_peaks_t *peaks;          /* set once; NULL: nobody looks */
    atomic_uint waiting;             /* atomic: entered, not begun; a count
                                        that bounds, and publishes nothing */
    apr_uint32_t running;            /* lock */
    struct ct_batch_t *first;        /* lock: kept, see limited.c */
    struct ct_batch_t *last;         /* lock */
} ct_name_limit_t;

/** All limits of a dispatcher. */
typedef struct ct_name_limits_t {
    ct_name_limit_t *all;            /* count of them; NULL if none */
    unsigned int count;
    unsigned int others;             /* so many more behind them: for names
                                        that have none, by their label */
} ct_name_limits_t;

/** The limit for a task's name. @return NULL: there is none */
ct_name_limit_t *ct_name_limit_find(const ct_name_limits_t *limits,
                                    const char *name);

/** The same, or the one behind for a name that has none.
 *  @param label  of the name, see ct_record_t */
ct_name_limit_t *ct_name_limit_of(const ct_name_limits_t *limits,
                                  const char *name, unsigned int label);

/** How many may run at once just now. @return 0: as many as threads */
apr_uint32_t ct_name_limit_at_once(const ct_name_limit_t *limit);

/** Is it for the pool alone, which can keep it until it may run? NULL is
 *  legal. */
int ct_name_limit_holds(const ct_name_limit_t *limit);

/** One more of them wants to wait. NULL is legal.
 *  @return 0: too many do */
int ct_name_limit_enter(ct_name_limit_t *limit);

/** One that has entered does not wait any more. NULL is legal. */
void ct_name_limit_leave(ct_name_limit_t *limit);

#endif
