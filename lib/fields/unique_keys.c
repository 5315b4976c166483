/* SPDX-License-Identifier: Apache-2.0 */
/* unique_keys: chains of entries, linked by their numbers, since each process
 * may have the memory elsewhere. One lock: what is done under it takes less
 * than a microsecond. It is robust, so that a process that is killed there
 * does not keep it for ever; the chains that it has left are made anew from
 * the entries, of which those count that have a holder. And it checks for
 * errors: the handler of a signal that interrupts its holder is told so. */
#include "unique_keys.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define NONE 0                       /* entries are numbered from 1 */

typedef struct {
    unsigned char key[CT_UNIQUE_KEY];
    atomic_int holder;               /* pid; 0: nobody, it is free. All under
                                        lock; atomic, and so behind the key,
                                        for who is killed in between */
    unsigned int next;               /* in its chain, or among the free */
} entry_t;

struct ct_unique_keys_t {
    pthread_mutex_t lock;            /* of all below */
    unsigned int room;               /* set once */
    unsigned int used;               /* entries that were ever used: the first
                                        ones */
    unsigned int free;               /* chain of those of them that are not */
    unsigned int held;
    unsigned int most;
    unsigned int chains[];           /* room of them, then the entries */
};

static entry_t *entry_of(ct_unique_keys_t *keys, unsigned int number)
{
    return (entry_t *)(void *)(keys->chains + keys->room) + (number - 1);
}

static unsigned int *chain_of(ct_unique_keys_t *keys, const unsigned char *key)
{
    unsigned int number;

    memcpy(&number, key, sizeof(number));
    return &keys->chains[number % keys->room];
}

/* What a holder that died has left may be in the middle of anything. */
static void make_anew(ct_unique_keys_t *keys)
{
    unsigned int i;

    memset(keys->chains, 0, keys->room * sizeof(keys->chains[0]));
    keys->free = NONE;
    keys->held = 0;
    for (i = 1; i <= keys->used; ++i) {
        entry_t *entry = entry_of(keys, i);
        unsigned int *chain = atomic_load(&entry->holder)
                              ? chain_of(keys, entry->key) : &keys->free;

        keys->held += atomic_load(&entry->holder) != 0;
        entry->next = *chain;
        *chain = i;
    }
}

/* @return 0: the calling thread, whom a signal has interrupted, has it */
static int lock(ct_unique_keys_t *keys)
{
    int rv = pthread_mutex_lock(&keys->lock);

    if (rv == EOWNERDEAD) {
        make_anew(keys);
        pthread_mutex_consistent(&keys->lock);
        rv = 0;
    }
    return rv == 0;
}

static void unlock(ct_unique_keys_t *keys)
{
    pthread_mutex_unlock(&keys->lock);
}

/* Where the number of its entry stands, or of none. */
static unsigned int *find(ct_unique_keys_t *keys, const unsigned char *key)
{
    unsigned int *at = chain_of(keys, key);

    while (*at != NONE && memcmp(entry_of(keys, *at)->key, key,
                                 CT_UNIQUE_KEY) != 0) {
        at = &entry_of(keys, *at)->next;
    }
    return at;
}

static unsigned int take_free(ct_unique_keys_t *keys)
{
    unsigned int number = keys->free;

    if (number != NONE) {
        keys->free = entry_of(keys, number)->next;
        return number;
    }
    return keys->used < keys->room ? ++keys->used : NONE;
}

static apr_status_t put(ct_unique_keys_t *keys, const unsigned char *key,
                        pid_t pid)
{
    unsigned int *chain = chain_of(keys, key);
    unsigned int number = take_free(keys);
    entry_t *entry;

    if (number == NONE) {
        return APR_ENOSPC;
    }
    entry = entry_of(keys, number);
    memcpy(entry->key, key, CT_UNIQUE_KEY);
    atomic_store(&entry->holder, (int)pid);
    entry->next = *chain;
    *chain = number;
    keys->most = ++keys->held > keys->most ? keys->held : keys->most;
    return APR_SUCCESS;
}

/* at: where its number stands. */
static void free_entry(ct_unique_keys_t *keys, unsigned int *at)
{
    unsigned int number = *at;
    entry_t *entry = entry_of(keys, number);

    atomic_store(&entry->holder, 0);
    *at = entry->next;
    entry->next = keys->free;
    keys->free = number;
    --keys->held;
}

apr_size_t ct_unique_keys_size(unsigned int room)
{
    return sizeof(ct_unique_keys_t)
           + room * (sizeof(unsigned int) + sizeof(entry_t));
}

apr_status_t ct_unique_keys_make(ct_unique_keys_t **keys, void *memory,
                                 unsigned int room)
{
    pthread_mutexattr_t kind;
    int rv = pthread_mutexattr_init(&kind);

    if (rv) {
        return rv;
    }
    *keys = memory;
    (*keys)->room = room;
    rv = pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    rv = rv ? rv : pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    rv = rv ? rv : pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    rv = rv ? rv : pthread_mutex_init(&(*keys)->lock, &kind);
    pthread_mutexattr_destroy(&kind);
    return rv;
}

apr_status_t ct_unique_keys_take(ct_unique_keys_t *keys,
                                 const unsigned char *key, pid_t pid)
{
    apr_status_t rv;

    if (!lock(keys)) {
        return APR_ENOSPC;
    }
    rv = *find(keys, key) != NONE ? APR_EEXIST : put(keys, key, pid);
    unlock(keys);
    return rv;
}

apr_status_t ct_unique_keys_look(ct_unique_keys_t *keys,
                                 const unsigned char *key)
{
    apr_status_t rv;

    if (!lock(keys)) {
        return APR_ENOSPC;
    }
    rv = *find(keys, key) != NONE ? APR_EEXIST
        : keys->held < keys->room ? APR_SUCCESS : APR_ENOSPC;
    unlock(keys);
    return rv;
}

void ct_unique_keys_give(ct_unique_keys_t *keys, const unsigned char *key,
                         pid_t pid)
{
    unsigned int *at;

    if (!lock(keys)) {
        return;
    }
    at = find(keys, key);
    if (*at != NONE
        && atomic_load(&entry_of(keys, *at)->holder) == (int)pid) {
        free_entry(keys, at);
    }
    unlock(keys);
}

unsigned int ct_unique_keys_sweep(ct_unique_keys_t *keys,
                                  int (*is_gone)(pid_t pid, void *context),
                                  void *context)
{
    unsigned int count = 0;
    unsigned int i;

    if (!lock(keys)) {
        return 0;
    }
    for (i = 1; i <= keys->used; ++i) {
        entry_t *entry = entry_of(keys, i);
        int holder = atomic_load(&entry->holder);

        if (holder && is_gone((pid_t)holder, context)) {
            free_entry(keys, find(keys, entry->key));
            ++count;
        }
    }
    unlock(keys);
    return count;
}

void ct_unique_keys_count(ct_unique_keys_t *keys, ct_unique_counts_t *counts)
{
    memset(counts, 0, sizeof(*counts));
    if (lock(keys)) {
        counts->room = keys->room;
        counts->held = keys->held;
        counts->most = keys->most;
        unlock(keys);
    }
}
