/* SPDX-License-Identifier: Apache-2.0 */
/* provide: a function is a provider of httpd's, named after the task. That
 * table is there before any module is loaded and goes with the configuration,
 * so modules may be loaded in any order. */
#include "provide.h"

#include "task_header.h"
#include "tasks_glue.h"

#include "ap_provider.h"
#include "apr_hooks.h"
#include "apr_strings.h"

#define GROUP   "crosstown-function"
#define VERSION "0"

typedef struct {
    crosstown_named_fn_t *fn;
    void *data;
} function_t;

static apr_status_t crosstown_provide(const char *name,
                                      crosstown_named_fn_t *fn, void *data)
{
    apr_pool_t *pool = apr_hook_global_pool;
    function_t *function;

    if (!name || !fn || !ct_task_name_is_valid(name)) {
        return APR_EINVAL;
    }
    if (ap_lookup_provider(GROUP, name, VERSION)) {
        return APR_EEXIST;
    }
    function = apr_palloc(pool, sizeof(*function));
    function->fn = fn;
    function->data = data;
    return ap_register_provider(pool, GROUP, apr_pstrdup(pool, name), VERSION,
                                function);
}

/* The function may be provided after the directive was read. */
static const char *parse(const crosstown_target_setup_t *setup, void **config)
{
    *config = (void *)setup->name;
    return NULL;
}

static const char *check(const crosstown_target_setup_t *setup, void *config)
{
    return ap_lookup_provider(GROUP, setup->name, VERSION) ? NULL
        : "no module provides this function; load the module that does";
}

static apr_status_t run(const crosstown_task_t *task,
                        const crosstown_payload_t *payload, void *config)
{
    const function_t *function = ap_lookup_provider(GROUP, config, VERSION);

    return function ? function->fn(task, payload, function->data)
                    : APR_NOTFOUND;
}

static const crosstown_target_t module_target = {
    .size = sizeof(crosstown_target_t), .parse = parse, .run = run,
    .check = check
};

void ct_provide_register(apr_pool_t *p)
{
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "module",
                         CROSSTOWN_TARGET_VERSION, &module_target);
    APR_REGISTER_OPTIONAL_FN(crosstown_provide);
}
