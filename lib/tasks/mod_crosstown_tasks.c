/* SPDX-License-Identifier: Apache-2.0 */
/* mod_crosstown_tasks: named tasks, for everybody who writes no C. The table
 * of contents: what hangs where. It uses mod_crosstown's public API only. */
#include "tasks_glue.h"

#include "after.h"
#include "ask.h"
#include "harvest.h"
#include "named_keep.h"
#include "named_task.h"
#include "provide.h"
#include "refusal_log.h"
#include "report.h"
#include "self_token.h"
#include "target.h"
#include "target_fcgi.h"
#include "target_http.h"
#include "target_program.h"
#include "task_place.h"
#include "tasks_config.h"
#include "unique.h"
#include "unique_status.h"
#include "url_settings.h"

static const command_rec directives[] = {
    AP_INIT_TAKE_ARGV("CrosstownTask", ct_named_task_set, NULL, RSRC_CONF,
                      "what a name means: its name, a target, key=value"),
    AP_INIT_TAKE_ARGV("CrosstownAccept", ct_task_place_accept, NULL,
                      RSRC_CONF | ACCESS_CONF,
                      "which tasks responses from here may ask for, or none"),
    AP_INIT_TAKE_ARGV("CrosstownAfter", ct_task_place_after, NULL, ACCESS_CONF,
                      "a task to ask for after every response from here: "
                      "name [field=value ...] [expr=condition]; or none"),
    AP_INIT_FLAG("CrosstownReport", ct_task_place_report, NULL,
                 RSRC_CONF | ACCESS_CONF,
                 "On: tell in a response header what became of the tasks that "
                 "it asked for"),
    { NULL }
};

static void register_hooks(apr_pool_t *p)
{
    ct_ask_register();
    ct_named_keep_register();
    ct_target_register();
    ct_provide_register(p);
    ct_target_http_register(p);
    ct_target_program_register(p);
    ct_target_fcgi_register(p);
    ct_self_token_register(p);
    ct_harvest_register(p);
    ct_after_register();
    ct_report_register();
    ct_refusal_log_register();
    ct_unique_register();
    ct_unique_status_register();
    ct_url_settings_register();
    ct_tasks_config_register();
}

/* AP_DECLARE_MODULE would bring its own APLOG_USE_MODULE, which tasks_glue.h
 * has. */
module AP_MODULE_DECLARE_DATA crosstown_tasks_module = {
    STANDARD20_MODULE_STUFF,
    ct_task_place_make,
    ct_task_place_merge,
    ct_named_task_make_server,
    NULL,                            /* the main server's are looked up, too */
    directives,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
