/* SPDX-License-Identifier: Apache-2.0 */
/* put: tasks that wait to be on the disk, and who waits for that.
 * Thread: see each.
 * Lifetime: counted. Who waits and the writing thread each let it go. */
#ifndef CT_PUT_H
#define CT_PUT_H

#include "kept.h"

#include <pthread.h>
#include <stdatomic.h>

typedef enum {
    CT_PUT_QUEUED,
    CT_PUT_WRITING,
    CT_PUT_OVER
} ct_put_e;

typedef struct ct_put_t {
    struct ct_put_t *next;           /* in the store's list: its lock; from
                                        WRITING on the writing thread's */
    ct_put_e state;                  /* the store's lock */
    int is_left;                     /* nobody waits any more: the same */
    apr_status_t result;             /* once it is OVER */
    atomic_int holders;              /* seq_cst: the last one frees */
    atomic_int is_told;              /* seq_cst: it is OVER, and here is the
                                        result; looked at after the bell */
    unsigned int turn;               /* odd or even: which bell */
    int count;
    ct_kept_t *records;              /* behind this struct, with their text */
} ct_put_t;

/** A copy of records and what they point to.
 *  @param size  set to the bytes of that; NULL: no memory */
ct_put_t *ct_put_make(const ct_kept_t *records, int count, apr_size_t *size);

/** One holder less; the last one takes it away. */
void ct_put_let_go(ct_put_t *put);

/** Wait without the store's lock until it is told, for so long at most.
 *  @return 0: it was not told */
int ct_put_wait(ct_put_t *put, apr_interval_time_t wait);

/** These are OVER: tell whoever waits, and let them go. Without the store's
 *  lock: who is woken would run into it. */
void ct_put_tell_all(ct_put_t *first);

/** A condition that waits by the monotonic clock. */
void ct_put_init_condition(pthread_cond_t *condition);

#endif
