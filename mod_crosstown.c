/* SPDX-License-Identifier: Apache-2.0 */
/* mod_crosstown: work that waits until the response is out. The table of
 * contents: what hangs where. README.md says what it is for, dispatch.c what
 * happens at the end of a request, dispatcher.h what happens then. */
#include "glue.h"

#include "ap_mpm.h"
#include "http_core.h"
#include "http_protocol.h"
#include "mpm_common.h"

#include "child.h"
#include "config.h"
#include "dispatch.h"
#include "faults.h"
#include "later.h"
#include "record.h"
#include "tally.h"
#include "wire.h"

/* Before 2.4.58 (mod_http2 2.0.16) a stream's request was logged before its
 * last bytes had gone out. */
static int warn_of_old_http2(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s)
{
    ap_version_t version;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    ap_get_server_revision(&version);
    if (version.major == 2 && version.minor == 4 && version.patch < 58
        && ap_find_linked_module("mod_http2.c")) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "httpd %d.%d.%d: with HTTP/2 tasks may start before the "
                     "last byte of their response is out; 2.4.58 or later "
                     "does not do that", version.major, version.minor,
                     version.patch);
    }
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    ct_record_export();
    ct_later_export();
    ct_wire_register();
    ct_tally_register();
    ct_faults_export();
    ap_hook_post_config(warn_of_old_http2, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(ct_child_start, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_child_stopping(ct_child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(ct_dispatch_note, NULL, NULL,
                            APR_HOOK_REALLY_FIRST);
    ap_hook_log_transaction(ct_dispatch_request, NULL, NULL,
                            APR_HOOK_REALLY_LAST);
}

/* AP_DECLARE_MODULE would bring its own APLOG_USE_MODULE, which glue.h has. */
module AP_MODULE_DECLARE_DATA crosstown_module = {
    STANDARD20_MODULE_STUFF,
    ct_config_make_place,
    ct_config_merge_place,
    ct_config_make_limits,
    NULL,                            /* limits are the main server's alone */
    ct_config_directives,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
