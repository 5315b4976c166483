/* SPDX-License-Identifier: Apache-2.0 */
/* kept_job: a kept task in memory: what its function is given, and how its end
 * is said to the store.
 * Thread: the request's until it is dispatched, then one of the pool's.
 * Lifetime: the request's; a copy, until the task is over. */
#ifndef CT_KEPT_JOB_H
#define CT_KEPT_JOB_H

#include "keep_glue.h"

#include "store.h"

typedef enum {
    CT_KEPT_NOT_YET,                 /* nothing is on the disk */
    CT_KEPT_ON_DISK,
    CT_KEPT_TAKEN_BACK,              /* it was, but the client saw a status
                                        that refuses it */
    CT_KEPT_ELSEWHERE,               /* there is one of its key already */
    CT_KEPT_IN_VAIN                  /* it could not be, and the client was
                                        told so */
} ct_kept_e;

typedef struct ct_kept_job_t {
    ct_kept_t kept;
    ct_kept_e state;
    int is_taken;                    /* from the store */
    int has_place;                   /* among those in hand at once */
    int is_held;                     /* its function has returned, and somebody
                                        finishes it later */
    int is_said;                     /* the store knows its end */
    crosstown_no_go_t no_go;         /* in force where it was asked for */
    int wire_status;                 /* that the client saw; 0: not yet */
    apr_pool_t *pool;                /* its own, or NULL */
    struct ct_kept_job_t *next;      /* of the request */
} ct_kept_job_t;

/** For crosstown_defer(): data is a ct_kept_job_t. */
apr_status_t ct_kept_job_run(const crosstown_task_t *task, void *data);
void *ct_kept_job_carry(request_rec *r, void *data, apr_pool_t *p);
void ct_kept_job_over(const crosstown_task_t *task,
                      crosstown_outcome_e outcome, apr_status_t result,
                      void *data);

/** Hand a task that is on the disk to the pool; copied.
 *  @param is_taken  from the store, which is told when it is over
 *  @return as crosstown_submit() */
apr_status_t ct_kept_job_submit(const ct_kept_t *kept, int is_taken);

#endif
