/* SPDX-License-Identifier: Apache-2.0 */
/* mod_crosstown: work that waits until the response is out. The table of
 * contents: what hangs where. README.md says what it is for, request_end.c
 * and dispatch.c what happens at the end of a request, dispatcher.h what
 * happens then. */
#include "glue.h"

#include "http_protocol.h"
#include "mpm_common.h"

#include "broken_off.h"
#include "keeping.h"
#include "log_items.h"
#include "log_rate_limit.h"
#include "config_warnings.h"
#include "child.h"
#include "config.h"
#include "control.h"
#include "dump.h"
#include "faults.h"
#include "history.h"
#include "hold.h"
#include "open_requests.h"
#include "deferred_child.h"
#include "place.h"
#include "record.h"
#include "request_end.h"
#include "server_limit.h"
#include "server_status.h"
#include "scoreboard.h"
#include "handler.h"
#include "accounting.h"
#include "output_filter.h"

static void register_hooks(apr_pool_t *p)
{
    ct_record_export();
    ct_hold_export();
    ct_keeping_export();
    ct_rate_limit_export();
    ct_deferred_child_export();
    ct_output_filter_register();
    ct_broken_off_register();
    ct_scoreboard_register();
    ct_server_limit_register();
    ct_control_register();
    ct_history_register();
    ct_accounting_register();
    ct_server_status_register();
    ct_faults_export();
    ct_log_items_register();
    ct_config_warnings_register();
    ct_dump_register();
    ct_status_register();
    ap_hook_child_init(ct_child_start, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_child_stopping(ct_child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_suspend_connection(ct_open_requests_suspend, NULL, NULL,
                               APR_HOOK_MIDDLE);
    ap_hook_log_transaction(ct_request_end_note, NULL, NULL,
                            CT_REQUEST_END_BEFORE_ALL);
    ap_hook_log_transaction(ct_request_end_dispatch, NULL, NULL,
                            APR_HOOK_REALLY_LAST);
}

/* AP_DECLARE_MODULE would bring its own APLOG_USE_MODULE, which glue.h has. */
module AP_MODULE_DECLARE_DATA crosstown_module = {
    STANDARD20_MODULE_STUFF,
    ct_place_make,
    ct_place_merge,
    ct_config_make,
    NULL,                            /* the main server's alone */
    ct_config_directives,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
