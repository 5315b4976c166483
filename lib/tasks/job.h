/* SPDX-License-Identifier: Apache-2.0 */
/* job: a named task that was asked for, as one block of memory: what it is,
 * what it is about, and the key that nobody else may have meanwhile.
 * Thread: made by who asks, then of whoever has the task.
 * Lifetime: the pool that it was made in; a copy lives as long as the task. */
#ifndef CT_JOB_H
#define CT_JOB_H

#include "named_task.h"
#include "unique.h"

typedef struct ct_job_t {
    const ct_named_task_t *task;
    ct_unique_t unique;
    apr_size_t type_size;            /* bytes, with their zero bytes */
    apr_size_t fields_size;
    apr_size_t length;               /* of the body */
    char bytes[];                    /* type, fields, body, a zero byte */
} ct_job_t;

/** Make one.
 *  @param key   that the asker has given, or NULL: the field that unique= of
 *               the task names, if the payload has it
 *  @return it, or NULL: the payload is larger than any memory */
ct_job_t *ct_job_make(apr_pool_t *p, const ct_named_task_t *task,
                      const crosstown_payload_t *payload, const char *key);

/** Bytes of it all. */
apr_size_t ct_job_size(const ct_job_t *job);

/** What it is about; points into it. */
void ct_job_payload(const ct_job_t *job, crosstown_payload_t *payload);

#endif
