/* SPDX-License-Identifier: Apache-2.0 */
/* split_off: a task that is to be called later leaves its batch for one of its
 * own, so that those behind it in the same request go on without it; what it
 * shares with them stays where it is, and is held until it is over. A part of
 * the inside of a dispatcher, see workers.h.
 *
 * Thread: members and functions are marked as there.
 * Lifetime: malloc; from its first wait until it is over. */
#ifndef CT_SPLIT_OFF_H
#define CT_SPLIT_OFF_H

#include "dispatcher.h"
#include "heap.h"

/** In one block with its batch of one task, which comes behind it. */
typedef struct ct_split_off_t {
    ct_timed_t timed;                /* lock */
    ct_batch_t *origin;              /* set once: where it was split off */
    unsigned int attempt;            /* lock: of its next call */
} ct_split_off_t;

/** Make one for a task that was taken; it goes back with free(). @return NULL:
 *  no memory */
ct_batch_t *ct_split_off_make(ct_batch_t *origin, apr_uint32_t index);

/** What stands before a batch that was made so. */
ct_split_off_t *ct_split_off_of(const ct_batch_t *batch);

/** What comes behind it. */
ct_batch_t *ct_split_off_batch(ct_timed_t *timed);

/** Which attempt is the call that this batch is for, split off or not? */
apr_uint32_t ct_split_off_attempt(const ct_batch_t *batch);

/** What ct_batch_carried() says of the batch that it comes from, or is. */
apr_pool_t *ct_split_off_carried(const ct_batch_t *batch);

/** Give a batch back, split off or not, whose last task is over. Not under
 *  lock. */
void ct_split_off_free(ct_dispatcher_t *d, ct_batch_t *batch);

#endif
