/* SPDX-License-Identifier: Apache-2.0 */
/* batch: the admitted tasks of one request on their way to the pool: one
 * block of memory with the snapshot of the response, its strings, the tasks
 * and their copied data. Nothing in it points into the request.
 * Thread: the request's until it is handed to the dispatcher; then the
 * members marked `lock` belong to the dispatcher's lock, the rest is read
 * only.
 * Lifetime: malloc; given back when the last of its tasks is over. */
#ifndef CT_BATCH_H
#define CT_BATCH_H

#include "ledger.h"

/** One task of a batch. */
typedef struct ct_call_t {
    ct_task_t task;
    unsigned short name_limit;       /* set once: number of the one that it
                                        has entered, or 0 */
    unsigned short label;            /* set once: shown to the report */
    unsigned char run_inline;        /* set once: to be called by the
                                        request's own thread, in its turn */
} ct_call_t;

typedef struct ct_batch_t {
    struct ct_batch_t *next;         /* lock: the queue */
    apr_uint32_t count;              /* set once */
    apr_uint32_t taken;              /* lock: the first taken are on their way
                                        or over */
    apr_uint32_t limit;              /* lock: workers may take up to here */
    apr_uint32_t left;               /* lock: not over yet */
    volatile apr_uint32_t called;    /* atomic: the first called have been
                                        started, or never will be, see
                                        call_order.c; no order: what a task
                                        needs came by the inbox */
    unsigned char stands;            /* lock: where, see below */
    unsigned char placed;            /* lock: its next task has a place, see
                                        limited.c */
    unsigned char carries;           /* set once: a pool may belong to it */
    unsigned char split_off;         /* set once: see pool/split_off.h */
    const crosstown_response_t *response; /* set once; NULL for a submit */
    ct_call_t calls[];               /* set once: count of them */
} ct_batch_t;

/* Values of ct_batch_t.stands: nowhere, in the queue, aside until a limit lets
 * it go. */
#define CT_STANDS_NOWHERE 0
#define CT_STANDS_QUEUED  1
#define CT_STANDS_KEPT    2

/**
 * Make a batch of count records.
 * @param response  copied with its strings; NULL for crosstown_submit()
 * @param first     the records, linked; data is copied where it has a size
 * @return NULL: no memory
 */
ct_batch_t *ct_batch_make(const crosstown_response_t *response,
                          const ct_record_t *first, apr_uint32_t count);

/**
 * Let each record that wants it carry its data into the batch. A pool is
 * made only if one does.
 * @param batch   made of these records, not handed over yet
 * @param first   the same records, still in request memory
 * @param parent  of the pool; its allocator has a mutex
 * @return APR_SUCCESS | what apr_pool_create() says; nothing carried then
 */
apr_status_t ct_batch_carry(ct_batch_t *batch, const ct_record_t *first,
                            struct request_rec *r, apr_pool_t *parent);

/** The pool of what was carried; NULL: there is none. Thread: any. */
apr_pool_t *ct_batch_carried(const ct_batch_t *batch);

/** Give everything back. Thread: whoever ended the last task. */
void ct_batch_free(ct_batch_t *batch);

#endif
