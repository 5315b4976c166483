/* SPDX-License-Identifier: Apache-2.0 */
/* guarded: pools whose memory can not be touched once they are destroyed: who
 * kept a pointer into one crashes, with or without a sanitizer.
 * Thread: the test's.
 * Lifetime: a pool's addresses are not used again before
 * ct_guarded_forget(). */
#ifndef CT_GUARDED_H
#define CT_GUARDED_H

#include "apr_pools.h"

/** Make such a pool below parent; sub-pools of it are guarded with it. At
 *  most 8 MB of it are; of what is larger, and of single pieces above 1 MB,
 *  nothing is known but that it was freed. */
apr_pool_t *ct_guarded_make(apr_pool_t *parent);

/** Destroy it, and forbid its memory.
 *  @param whose  it was, for ct_guarded_whose(); copied, 200 bytes of it */
void ct_guarded_destroy(apr_pool_t *pool, const char *whose);

/** Whose was it? @return NULL: it is not memory that was destroyed.
 *  Thread: the test's, a signal's handler too. */
const char *ct_guarded_whose(const void *memory);

/** Read a byte of it, on behalf of whoever would have to: if it was destroyed,
 *  the crash is here. NULL is legal. */
void ct_guarded_touch(const void *memory);

/** Give back the addresses of all that were destroyed. */
void ct_guarded_forget(void);

#endif
