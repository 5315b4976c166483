/* SPDX-License-Identifier: Apache-2.0 */
/* mod_crosstown_store: named tasks that survive their process and the power:
 * keep=disk. The table of contents: what hangs where. It uses the public API
 * of mod_crosstown and mod_crosstown_tasks only. */
#include "keep_glue.h"

#include "commit_filter.h"
#include "keep.h"
#include "keep_child.h"
#include "keep_config.h"
#include "keep_dead.h"
#include "keep_numbers.h"

ct_keep_others_t ct_keep_others;

static const command_rec directives[] = {
    AP_INIT_TAKE_ARGV("CrosstownStore", ct_keep_config_set, NULL, RSRC_CONF,
                      "the file of tasks with keep=disk: path [max=1G] "
                      "[wait=2s]"),
    { NULL }
};

static void retrieve(void)
{
    crosstown_client_load(&ct_keep_others.crosstown);
    ct_keep_others.said = APR_RETRIEVE_OPTIONAL_FN(crosstown_said);
    ct_keep_others.new_id = APR_RETRIEVE_OPTIONAL_FN(crosstown_new_id);
    ct_keep_others.identify = APR_RETRIEVE_OPTIONAL_FN(crosstown_identify);
    ct_keep_others.stays_kept = APR_RETRIEVE_OPTIONAL_FN(crosstown_stays_kept);
    ct_keep_others.find_no_go = APR_RETRIEVE_OPTIONAL_FN(crosstown_find_no_go);
    ct_keep_others.refuses = APR_RETRIEVE_OPTIONAL_FN(crosstown_refuses);
    ct_keep_others.free_threads =
        APR_RETRIEVE_OPTIONAL_FN(crosstown_free_threads);
    ct_keep_others.run_named = APR_RETRIEVE_OPTIONAL_FN(crosstown_run_named);
    ct_keep_others.is_named = APR_RETRIEVE_OPTIONAL_FN(crosstown_is_named);
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ct_keep_config_register();
    ct_keep_child_register();
    ct_keep_numbers_register();
    ct_keep_dead_register();
    ct_commit_filter_register();
    ct_keep_register(p);
}

/* AP_DECLARE_MODULE would bring its own APLOG_USE_MODULE, which keep_glue.h
 * has. */
module AP_MODULE_DECLARE_DATA crosstown_store_module = {
    STANDARD20_MODULE_STUFF,
    NULL,
    NULL,
    NULL,
    NULL,
    directives,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
