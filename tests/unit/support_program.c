/* SPDX-License-Identifier: Apache-2.0 */
/* support: a test program, and each of its tests, begins and ends. See
 * support.h. */
#include "support.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "support_calls.h"

/* What is taken from it from now on has been in use: memory that is fresh from
 * the system is zero, and hides that somebody relies on that. */
static void make_dirty(apr_pool_t *pool)
{
    int i;

    for (i = 0; i < 20; ++i) {
        memset(apr_palloc(pool, 4000), 0xa5, 4000);
    }
    apr_pool_clear(pool);
}

int pool_setup(void **state)
{
    apr_pool_t *pool;

    clock_step(0);
    time_left_set(-1);
    calls_reset();
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return 1;
    }
    make_dirty(pool);
    *state = pool;
    return 0;
}

int pool_teardown(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

int group_setup(void **state)
{
    (void)state;
#ifdef __GLIBC__
    mallopt(M_PERTURB, 0xa5);        /* as in make_dirty() */
#endif
    return apr_initialize() != APR_SUCCESS;
}

int group_teardown(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}
