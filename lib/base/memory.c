/* SPDX-License-Identifier: Apache-2.0 */
/* memory: malloc_trim() is glibc's; where there is none the C library keeps
 * what it has. */
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
