/* SPDX-License-Identifier: Apache-2.0 */
/* mod_crosstown_redis: named tasks as jobs for workers of other engines, by
 * way of a Redis. The table of contents: what hangs where. It uses the public
 * API of mod_crosstown and mod_crosstown_tasks only. */
#include "destination.h"
#include "redis_link.h"
#include "redis_target.h"

/* The module struct is all that is exported; AP_DECLARE_MODULE does not make
 * it visible by itself. */
#pragma GCC visibility push(default)
extern module AP_MODULE_DECLARE_DATA crosstown_redis_module;
#pragma GCC visibility pop

const ct_destination_kind_t ct_destination_kind = {
    &crosstown_redis_module, "redis", "Redis", &ct_redis_engine,
    ct_redis_link_make, ct_redis_link_free
};

static void register_hooks(apr_pool_t *p)
{
    ct_destination_register();
    ct_redis_target_register(p);
}

module AP_MODULE_DECLARE_DATA crosstown_redis_module = {
    STANDARD20_MODULE_STUFF,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
