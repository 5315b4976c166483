/* SPDX-License-Identifier: Apache-2.0 */
/* unique_keys: which keys are held by tasks that are not done, in memory that
 * all processes of a server share. Who dies takes nothing with him: a lock
 * that he held is taken over, his keys are given back by whoever notices.
 * Thread: any of any process, but for ct_unique_keys_make(). Inside a signal's
 * handler nothing happens if the interrupted thread is in here.
 * Lifetime: the memory's. */
#ifndef CT_UNIQUE_KEYS_H
#define CT_UNIQUE_KEYS_H

#include "apr_errno.h"

#include <sys/types.h>

/** Bytes that stand for a key: so many of a digest that nobody finds two. */
#define CT_UNIQUE_KEY 16

typedef struct ct_unique_keys_t ct_unique_keys_t;

/** What a table has seen. */
typedef struct ct_unique_counts_t {
    unsigned int room;               /* keys at most */
    unsigned int held;               /* now */
    unsigned int most;               /* held at once since the start */
} ct_unique_counts_t;

/** Bytes for a table of so many keys. */
apr_size_t ct_unique_keys_size(unsigned int room);

/** Make a table. memory is zero, aligned as from malloc(), and shared. It
 *  is written to only as far as keys are held.
 *  @return APR_SUCCESS | why there is no lock that outlives its holder */
apr_status_t ct_unique_keys_make(ct_unique_keys_t **keys, void *memory,
                                 unsigned int room);

/** Hold a key for process pid.
 *  @return APR_SUCCESS | APR_EEXIST it is held | APR_ENOSPC there is no room
 *          for it */
apr_status_t ct_unique_keys_take(ct_unique_keys_t *keys,
                                 const unsigned char *key, pid_t pid);

/** What would taking it be answered with? For no longer than that. */
apr_status_t ct_unique_keys_look(ct_unique_keys_t *keys,
                                 const unsigned char *key);

/** Give a key back, if pid holds it. */
void ct_unique_keys_give(ct_unique_keys_t *keys, const unsigned char *key,
                         pid_t pid);

/** Give back what processes hold that are gone.
 *  @param is_gone  asked for each holder
 *  @return how many keys */
unsigned int ct_unique_keys_sweep(ct_unique_keys_t *keys,
                                  int (*is_gone)(pid_t pid, void *context),
                                  void *context);

void ct_unique_keys_count(ct_unique_keys_t *keys, ct_unique_counts_t *counts);

#endif
