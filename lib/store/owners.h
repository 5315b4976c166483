/* SPDX-License-Identifier: Apache-2.0 */
/* owners: which processes that have used the store are alive. Each start of
 * one has a number of its own, and locks the byte at that place of a file
 * beside the store for as long as it lives. The kernel lets the lock go with
 * the process, whatever ends it. What is in the file: ended.h.
 * Thread: one at a time.
 * Lifetime: from ct_owners_open() to ct_owners_close(), in one process. */
#ifndef CT_OWNERS_H
#define CT_OWNERS_H

#include "apr_pools.h"

typedef struct ct_owners_t {
    int file;                        /* -1: closed */
} ct_owners_t;

/** The name of the file beside the store. */
const char *ct_owners_path(apr_pool_t *p, const char *path);

apr_status_t ct_owners_open(ct_owners_t *owners, apr_pool_t *p,
                            const char *path);

/** Lets all locks go. */
void ct_owners_close(ct_owners_t *owners);

/** Be this one. @return APR_EAGAIN: somebody is */
apr_status_t ct_owners_be(ct_owners_t *owners, apr_int64_t id);

/** Is another process this one? If it cannot be said: yes. */
int ct_owners_is_alive(const ct_owners_t *owners, apr_int64_t id);

/** For what only one may do at a time: 0 is nobody's number. Waits until it
 *  is free. */
apr_status_t ct_owners_lock(ct_owners_t *owners);
void ct_owners_unlock(ct_owners_t *owners);

#endif
