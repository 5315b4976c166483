/* SPDX-License-Identifier: Apache-2.0 */
/* verdict_words: which name a verdict is about, why, and what to look at.
 * Thread: the request's.
 * Lifetime: words live in the request's pool, or for ever. */
#ifndef CT_VERDICT_WORDS_H
#define CT_VERDICT_WORDS_H

#include "trend.h"
#include "verdict.h"

/** Say it of what the trend is. */
ct_verdict_t ct_verdict_explain(const ct_snapshot_t *snapshot,
                                const ct_trend_t *trend, apr_pool_t *p);

/** The words for what does not come to its end.
 *  @param task   one that runs; NULL: not known
 *  @param where  behind "tasks wait", "" in all children */
const char *ct_verdict_stuck_words(const ct_snapshot_t *snapshot,
                                   const ct_snapshot_task_t *task,
                                   const char *where, apr_pool_t *p);

/** Do only tasks wait whose names an administrator has paused? */
int ct_verdict_only_paused_wait(const ct_snapshot_t *snapshot);

#endif
