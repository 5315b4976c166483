/* SPDX-License-Identifier: Apache-2.0 */
/* memory: the pool of what is shared has no parent: exit() destroys all that
 * have, while a thread on its way out still counts in it. malloc_trim() is
 * glibc's; where there is none the C library keeps what it has. */
#include "memory.h"

#include <stdlib.h>

#include "apr_shm.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

apr_status_t ct_memory_share(apr_size_t size, void **memory)
{
    apr_pool_t *pool;
    apr_shm_t *shm;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* A line more for the room that aligning it may cost. */
    rv = apr_shm_create(&shm, size + CT_MEMORY_LINE, NULL, pool);
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(pool);
        return rv;
    }
    *memory = (void *)APR_ALIGN((apr_uintptr_t)apr_shm_baseaddr_get(shm),
                                CT_MEMORY_LINE);
    return APR_SUCCESS;
}

void ct_memory_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
