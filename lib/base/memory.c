/* SPDX-License-Identifier: Apache-2.0 */
/* memory: see memory.h.
 * Thread: any.
 * Lifetime: no state. */
#include "memory.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void ct_memory_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
