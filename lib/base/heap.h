/* SPDX-License-Identifier: Apache-2.0 */
/* heap: what is to happen at a time, the next one first.
 * Thread: its owner's lock.
 * Lifetime: zeroed at first; its items are the owner's. */
#ifndef CT_HEAP_H
#define CT_HEAP_H

#include "apr_errno.h"
#include "apr_time.h"

/** Lies in what its owner has; zeroed at first. */
typedef struct ct_timed_t {
    apr_time_t at;                   /* not changed while it is in a heap */
    apr_size_t place;                /* the heap's; 0: it is in none */
} ct_timed_t;

typedef struct ct_heap_t {
    ct_timed_t **items;              /* from place 1 on, the next one there */
    apr_size_t count;
    apr_size_t promised;             /* so many more are sure of their place */
    apr_size_t room;
} ct_heap_t;

/** The next one, or NULL. */
ct_timed_t *ct_heap_first(const ct_heap_t *heap);

/** Put one in. @return APR_SUCCESS | APR_ENOMEM */
apr_status_t ct_heap_put(ct_heap_t *heap, ct_timed_t *item);

/** Promise a place, so that one ct_heap_put() cannot fail.
 *  @return APR_SUCCESS | APR_ENOMEM */
apr_status_t ct_heap_promise(ct_heap_t *heap);

/** Keep the promise, or go back on it: the place is anybody's again. */
void ct_heap_release(ct_heap_t *heap);

/** Take one out that is in it. Its room is kept. */
void ct_heap_take(ct_heap_t *heap, ct_timed_t *item);

#endif
