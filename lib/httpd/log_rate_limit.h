/* SPDX-License-Identifier: Apache-2.0 */
/* log_rate_limit: lines of the error log that may come by the thousand, when
 * each would cost what an overloaded server lacks. So many a second are
 * written; what is held back is counted, and told as a number within seconds.
 * Thread: any, also inside a signal's handler once it is closed.
 * Lifetime: the child process. */
#ifndef CT_LOG_RATE_LIMIT_H
#define CT_LOG_RATE_LIMIT_H

#include <stdatomic.h>

#include "crosstown_log.h"
#include "glue.h"
#include "name_ids.h"

/** What is counted for one name. */
typedef struct ct_rate_count_t {
    atomic_uint second;              /* that of the latest line; who comes
                                        between it and `lines` may write one
                                        more, or one less: no order */
    atomic_uint lines;               /* written in it; the same */
    atomic_uint held;                /* not told yet; seq_cst: see armed, and
                                        publishes server */
    _Atomic(server_rec *) server;    /* of the latest one held back */
} ct_rate_count_t;

/** Write that so many lines were held back; name is that of their task, or
 *  NULL. */
typedef void (ct_rate_tell_fn_t)(server_rec *s, const char *name,
                                 unsigned int held);

/** One kind of line: static, made with one of the two macros below. */
typedef struct ct_rate_limit_t {
    unsigned int lines;              /* set once: a second, of each name */
    ct_rate_tell_fn_t *tell;         /* set once */
    ct_rate_count_t *counts;         /* set once */
    unsigned int names;              /* set once: how many counts */
    atomic_int listed;               /* atomic: something was held back; an
                                        exchange: once */
    struct ct_rate_limit_t *next;    /* set once: listed before */
    crosstown_log_limit_t *others;   /* set once: another module's, which tells
                                        it; NULL: tell does */
} ct_rate_limit_t;

/** Lines about tasks: each name has its own number of lines. Those of no
 *  number of their own are one, see name_ids.h. */
#define CT_RATE_LIMIT_BY_NAME(lines, tell)                                    \
    { lines, tell, (ct_rate_count_t[CT_SCOREBOARD_NAMES]){ { 0 } },           \
      CT_SCOREBOARD_NAMES, 0, NULL, NULL }

/** Lines about something else. */
#define CT_RATE_LIMIT(lines, tell)                                            \
    { lines, tell, (ct_rate_count_t[1]){ { 0 } }, 1, 0, NULL, NULL }

/** Begin anew, with nothing held back. Thread: child_init. */
void ct_rate_limit_start(void);

/**
 * Something happens that is worth a line. What was held back before it is
 * told first.
 * @param s     to log with; lives as long as the child
 * @param name  of the task; NULL where names are not told apart
 * @return non-zero: write the line; 0: it is held back
 */
int ct_rate_limit_allows(ct_rate_limit_t *limit, server_rec *s,
                         const char *name);

/** From here on the clock is not asked to tell any more: no lock is taken, no
 *  thread made. Thread: the drain's, perhaps inside a signal's handler. */
void ct_rate_limit_close(void);

/** Tell all that is held back. Thread: the drain's. */
void ct_rate_limit_flush(void);

/** Export crosstown_log_allows(). Thread: start-up. */
void ct_rate_limit_export(void);

#endif
