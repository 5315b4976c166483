/* SPDX-License-Identifier: Apache-2.0 */
/* support_deferred: a heap that is empty for a while, for one thread. See
 * support_deferred.h; support_chaos.c has malloc(). */
#include "support_deferred.h"

#include <errno.h>
#include <stdlib.h>

#include "support_calls.h"
#include "support_chaos.h"

static __thread int empty;

void heap_empty(int is_empty)
{
    empty = is_empty;
    memory_refuse(is_empty);
    pools_refuse(is_empty);
}

#ifdef HEAP_CAN_BE_EMPTY
extern void *__libc_calloc(size_t count, size_t size);

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    if (empty) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(count, size);
}
#endif
