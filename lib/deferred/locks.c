/* SPDX-License-Identifier: Apache-2.0 */
/* locks: a mutex in each deferred would make up a third of it, hence some for
 * all. */
#include "locks.h"

#include <stdint.h>

#include "memory.h"

#define STRIPES_LOG2 6
#define STRIPES (1 << STRIPES_LOG2)

typedef struct stripe_t {
    _Alignas(CT_MEMORY_LINE) pthread_mutex_t lock;
} stripe_t;

static stripe_t stripes[STRIPES] = {
    [0 ... STRIPES - 1] = { PTHREAD_MUTEX_INITIALIZER }
};

void ct_locks_take(pthread_mutex_t *lock)
{
    pthread_mutex_lock(lock);
}

void ct_locks_give(pthread_mutex_t *lock)
{
    pthread_mutex_unlock(lock);
}

/* Fibonacci hashing (Knuth, volume 3): blocks of malloc() lie at regular
 * distances. */
pthread_mutex_t *ct_locks_of(const void *address)
{
    uint64_t mixed = (uintptr_t)address * UINT64_C(0x9E3779B97F4A7C15);

    return &stripes[mixed >> (64 - STRIPES_LOG2)].lock;
}
