/* SPDX-License-Identifier: Apache-2.0 */
/* memory: what processors and processes share, and what the C library keeps.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_MEMORY_H
#define CT_MEMORY_H

#include "apr_errno.h"

/** What different processors write to stands on different cache lines; bytes
 *  of one. */
#define CT_MEMORY_LINE ((apr_size_t)64)

/** Let memory that is read soon come into the cache meanwhile. */
#ifdef __GNUC__
#define CT_MEMORY_PREFETCH(address) __builtin_prefetch(address)
#else
#define CT_MEMORY_PREFETCH(address) ((void)(address))
#endif

/** Memory for this process and those that it forks: zero, at the beginning of
 *  a line, and there until the last of them is gone.
 *  @param size  bytes
 *  @return APR_SUCCESS | what APR says */
apr_status_t ct_memory_share(apr_size_t size, void **memory);

/** Give freed memory back to the system, where the C library has a call for
 *  it. Takes milliseconds after a large backlog, and may hold up an malloc()
 *  on another thread meanwhile. */
void ct_memory_give_back(void);

#endif
