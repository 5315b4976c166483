/* SPDX-License-Identifier: Apache-2.0 */
/* failures: when a task of each name has failed last, and in which words.
 * Thread: any, of any child.
 * Lifetime: in the shared memory, see scoreboard.h. */
#ifndef CT_FAILURES_H
#define CT_FAILURES_H

#include "scoreboard.h"

/** An attempt of a task has failed. @param words  about it; cut */
void ct_failures_note(const char *name, const char *words);

/** Fill in the last one. @param name  its number is set; strings in p */
void ct_failures_read(ct_snapshot_name_t *name, apr_pool_t *p);

#endif
