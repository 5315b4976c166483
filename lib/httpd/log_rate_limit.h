/* SPDX-License-Identifier: Apache-2.0 */
/* log_rate_limit: lines of the error log that may come by the thousand: each
 * would cost what an overloaded server lacks. So many a second are written;
 * what is held back is counted and told later, as a number.
 * Thread: any, also inside a signal's handler: there are no locks.
 * Lifetime: the process. */
#ifndef CT_LOG_RATE_LIMIT_H
#define CT_LOG_RATE_LIMIT_H

#include <stdatomic.h>

#include "glue.h"
#include "name_ids.h"

/** Lines of one kind; all zero at the start. Read through the functions. */
typedef struct ct_rate_limit_t {
    atomic_uint second;              /* that of the latest line */
    atomic_uint lines;               /* written in it */
    atomic_uint untold;
} ct_rate_limit_t;

/** Lines about tasks of one name. */
typedef struct ct_rate_limit_name_t {
    ct_rate_limit_t flood;
    _Atomic(server_rec *) server;    /* of the latest one */
} ct_rate_limit_name_t;

/**
 * Something happens that is worth a line.
 * @param budget  lines of this kind in a second
 * @return 0: write none | else write it; how often it has happened since the
 *         last line, this time included
 */
apr_uint32_t ct_rate_limit_count(ct_rate_limit_t *flood, apr_uint32_t budget);

/** Take what has been held back. @return how many times; told by this */
apr_uint32_t ct_rate_limit_take(ct_rate_limit_t *flood);

/** The lines about this name; those about names of no number of their own are
 *  one kind, see name_ids.h. */
ct_rate_limit_name_t *ct_rate_limit_of(const char *name);

/** Call tell for each name that has something held back.
 *  @param all   also in the second in which it was held back
 *  @param tell  s is that of the latest one
 *  @return is something still held back? */
int ct_rate_limit_each(int all, void (*tell)(server_rec *s, const char *name,
                                             apr_uint32_t untold));

#endif
