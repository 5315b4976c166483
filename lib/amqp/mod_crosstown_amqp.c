/* SPDX-License-Identifier: Apache-2.0 */
/* mod_crosstown_amqp: named tasks as jobs for workers of other engines, by
 * way of a broker that speaks AMQP 0-9-1. The table of contents: what hangs
 * where. It uses the public API of mod_crosstown and mod_crosstown_tasks
 * only. */
#include "amqp_link.h"
#include "amqp_target.h"
#include "destination.h"

/* The module struct is all that is exported; AP_DECLARE_MODULE does not make
 * it visible by itself. */
#pragma GCC visibility push(default)
extern module AP_MODULE_DECLARE_DATA crosstown_amqp_module;
#pragma GCC visibility pop

const ct_destination_kind_t ct_destination_kind = {
    &crosstown_amqp_module, "amqp", "AMQP", &ct_amqp_engine,
    ct_amqp_link_make, ct_amqp_link_free
};

static void register_hooks(apr_pool_t *p)
{
    ct_destination_register();
    ct_amqp_target_register(p);
}

module AP_MODULE_DECLARE_DATA crosstown_amqp_module = {
    STANDARD20_MODULE_STUFF,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
