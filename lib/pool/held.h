/* SPDX-License-Identifier: Apache-2.0 */
/* held: tasks whose function has returned, or is about to, and that are over
 * when somebody says so.
 * Thread: members are marked as in workers.h.
 * Lifetime: of one that is held, until it is over. Who finishes it has a
 * number, no pointer: whatever that says later harms nobody. */
#ifndef CT_HELD_H
#define CT_HELD_H

#include "workers.h"

#include <stddef.h>

/** One of them; malloc(). */
struct ct_held_t {
    ct_held_t *next;                 /* lock: in its list */
    apr_uintptr_t number;            /* set once */
    ct_work_t work;                  /* lock; batch NULL: its function has not
                                        returned yet */
    int finished;                    /* lock */
    apr_status_t result;             /* lock: if it is finished */
    ct_task_view_t view;             /* whose it is to finish it, with the
                                        pool, which is NULL until it is needed;
                                        its function may run meanwhile */
    char *words;                     /* what its function has said: set before
                                        it returns; malloc() or NULL */
    apr_time_t again;                /* the same */
    _Alignas(max_align_t) char kept[];  /* the report's */
};

/**
 * A function has returned that asked to be held. Not under lock.
 * @param view    what its function was shown
 * @param result  what it returned
 * @return 0: that status ends it, as if it had not asked
 */
int ct_held_returned(ct_dispatcher_t *d, ct_work_t *work,
                     ct_task_view_t *view, apr_status_t result);

/** Is the end of one of them being told? Under lock. */
int ct_held_is_telling(ct_dispatcher_t *d);

/** Take from all of them the right to tell their end. Under lock.
 *  @return whose end is to be told, in p, and then those of `more` */
ct_left_t *ct_held_take_ends(ct_dispatcher_t *d, ct_left_t *more,
                             apr_pool_t *p);

/** Wait for those who are about to leave ct_dispatcher_finish(). */
void ct_held_wait(ct_dispatcher_t *d);

/** Nobody uses the dispatcher any more. */
void ct_held_end(ct_dispatcher_t *d);

#endif
