/* SPDX-License-Identifier: Apache-2.0 */
/* keep_child: the store of this child process, what it tells, and the tasks
 * that it brings.
 * Thread: any of the child, where nothing else is said.
 * Lifetime: the child process. */
#ifndef CT_KEEP_CHILD_H
#define CT_KEEP_CHILD_H

#include "keep_glue.h"

#include "store.h"

/** Hang in. Thread: start-up. */
void ct_keep_child_register(void);

/** As ct_store_put(), for as long as CrosstownStore's wait=. APR_EOF: there is
 *  no store (any more). */
apr_status_t ct_keep_put(ct_kept_t *records, int count);

/** As ct_store_begin(), for as long. */
void ct_keep_begin(apr_int64_t id);

/** As ct_store_end(). */
void ct_keep_end(apr_int64_t id, ct_ending_e how, int attempt,
                 apr_time_t not_before, const char *error);

/** As ct_store_dead(), for as long. */
apr_status_t ct_keep_dead(ct_store_dead_e what, const char *name,
                          apr_int64_t *count);

/** What is in the store, counted now if that takes no longer than wait, and
 *  how it is doing. */
void ct_keep_count(ct_store_numbers_t *numbers, apr_interval_time_t wait);

/** A task that was taken from the store is over. */
void ct_keep_taken_is_over(void);

#endif
