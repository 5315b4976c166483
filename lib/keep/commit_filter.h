/* SPDX-License-Identifier: Apache-2.0 */
/* commit_filter: before the first byte of a response's headers leaves, its
 * tasks are on the disk; behind it, what the client really sees is noted.
 * Thread: the request's.
 * Lifetime: the request. */
#ifndef CT_COMMIT_FILTER_H
#define CT_COMMIT_FILTER_H

#include "keep_glue.h"

/** Hang in. Thread: start-up. */
void ct_commit_filter_register(void);

/** r has asked for a task that is to be kept. */
void ct_commit_filter_want(request_rec *r);

#endif
