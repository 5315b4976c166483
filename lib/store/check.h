/* SPDX-License-Identifier: Apache-2.0 */
/* check: what can be seen of the place of a store before it is used, for
 * `httpd -t`.
 * Thread: start-up.
 * Lifetime: words live in the caller's pool. */
#ifndef CT_STORE_CHECK_H
#define CT_STORE_CHECK_H

#include "apr_pools.h"
#include "apr_tables.h"

#include <sys/types.h>

/** Can user keep a store at path?
 *  @return NULL, or what is wrong and how to mend it, for people */
const char *ct_check_place(apr_pool_t *p, const char *path, uid_t user,
                           gid_t group);

/** What works, and should be mended: what may be lost, or read and changed by
 *  others. @return an array of const char *, for people */
const apr_array_header_t *ct_check_doubts(apr_pool_t *p, const char *path);

#endif
