/* SPDX-License-Identifier: Apache-2.0 */
/* job: a named task that was asked for, as one block of memory: what it is,
 * what it is about, and the key that nobody else may have meanwhile.
 * Thread: made by whoever asks, then of whoever has the task.
 * Lifetime: the pool that it was made in; a copy lives as long as the task. */
#ifndef CT_JOB_H
#define CT_JOB_H

#include "named_task.h"
#include "unique.h"

/** How it is asked for. Start from CT_ASK_INIT. */
typedef struct ct_ask_t {
    const char *no_go;               /* status words of this asker, or NULL */
    apr_interval_time_t delay;       /* microseconds; < 0: the task's own */
    const char *unique;              /* a key, or NULL: the value of the field
                                        that the task names */
    const char *by;                  /* who asks, for people: lives as long as
                                        the configuration; NULL: not known */
} ct_ask_t;

#define CT_ASK_INIT { NULL, -1, NULL, NULL }

typedef struct ct_job_t {
    const ct_named_task_t *task;
    ct_unique_t unique;
    apr_interval_time_t delay;       /* microseconds */
    const char *by;                  /* as in ct_ask_t */
    apr_size_t type_size;            /* bytes, with their zero bytes */
    apr_size_t key_size;             /* 0: it has no key */
    apr_size_t fields_size;
    apr_size_t length;               /* of the body */
    char bytes[];                    /* type, key, fields, body, a zero byte */
} ct_job_t;

/** Make one. @return it, or NULL: the payload is larger than any memory */
ct_job_t *ct_job_make(apr_pool_t *p, const ct_named_task_t *task,
                      const crosstown_payload_t *payload, const ct_ask_t *ask);

/** Bytes of it all. */
apr_size_t ct_job_size(const ct_job_t *job);

/** Its key, or NULL; points into it. */
const char *ct_job_key(const ct_job_t *job);

/** What it is about; points into it. */
void ct_job_payload(const ct_job_t *job, crosstown_payload_t *payload);

#endif
