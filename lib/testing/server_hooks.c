/* SPDX-License-Identifier: Apache-2.0 */
/* server_hooks: the server's hooks, made by APR's own macros, so that they
 * are sorted and run as there. Those that nothing runs here can be asked for
 * all the same, and be run by the test: ap_run_monitor(p, s).
 * Thread: the test's.
 * Lifetime: the arrays belong to APR's hooks, until crosstown_test_end(). */
#include "stage.h"

#include "ap_mpm.h"
#include "guarded.h"
#include "http_connection.h"
#include "http_protocol.h"
#include "http_request.h"
#include "mpm_common.h"
#include "weak.h"

#define EACH_HOOK(of) \
    of(access_checker) \
    of(access_checker_ex) \
    of(auth_checker) \
    of(check_config) \
    of(check_user_id) \
    of(child_init) \
    of(child_status) \
    of(child_stopping) \
    of(create_request) \
    of(fixups) \
    of(generate_log_id) \
    of(handler) \
    of(header_parser) \
    of(insert_filter) \
    of(log_transaction) \
    of(map_to_storage) \
    of(monitor) \
    of(open_logs) \
    of(optional_fn_retrieve) \
    of(post_config) \
    of(post_read_request) \
    of(pre_config) \
    of(pre_connection) \
    of(process_connection) \
    of(quick_handler) \
    of(suspend_connection) \
    of(test_config) \
    of(translate_name) \
    of(type_checker)

#define WEAK_HOOK(name) \
    CT_WEAK(ap_hook_##name) \
    CT_WEAK(ap_hook_get_##name) \
    CT_WEAK(ap_run_##name)

EACH_HOOK(WEAK_HOOK)

APR_HOOK_STRUCT(EACH_HOOK(APR_HOOK_LINK))

/* ---- the server's life ------------------------------------------------- */

AP_IMPLEMENT_HOOK_RUN_ALL(int, pre_config,
                          (apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp),
                          (pconf, plog, ptemp), OK, DECLINED)
AP_IMPLEMENT_HOOK_RUN_ALL(int, check_config,
                          (apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s),
                          (pconf, plog, ptemp, s), OK, DECLINED)
AP_IMPLEMENT_HOOK_VOID(test_config, (apr_pool_t *pconf, server_rec *s),
                       (pconf, s))
AP_IMPLEMENT_HOOK_RUN_ALL(int, open_logs,
                          (apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s),
                          (pconf, plog, ptemp, s), OK, DECLINED)
AP_IMPLEMENT_HOOK_RUN_ALL(int, post_config,
                          (apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s),
                          (pconf, plog, ptemp, s), OK, DECLINED)
AP_IMPLEMENT_HOOK_VOID(optional_fn_retrieve, (void), ())
AP_IMPLEMENT_HOOK_VOID(child_init, (apr_pool_t *pchild, server_rec *s),
                       (pchild, s))
AP_IMPLEMENT_HOOK_VOID(child_stopping, (apr_pool_t *pchild, int graceful),
                       (pchild, graceful))
AP_IMPLEMENT_HOOK_VOID(child_status,
                       (server_rec *s, pid_t pid, ap_generation_t gen,
                        int slot, mpm_child_status state),
                       (s, pid, gen, slot, state))
AP_IMPLEMENT_HOOK_RUN_ALL(int, monitor, (apr_pool_t *p, server_rec *s),
                          (p, s), OK, DECLINED)

/* From here on a hook is about a connection or a request, its first argument.
 * It is read also where no module has such a hook. */
static void look(const void *first, ...)
{
    ct_guarded_touch(first);
}

#undef APR_HOOK_PROBE_ENTRY
#define APR_HOOK_PROBE_ENTRY(user, prefix, hook, arguments) look arguments

/* ---- connections ------------------------------------------------------- */

AP_IMPLEMENT_HOOK_RUN_ALL(int, pre_connection, (conn_rec *c, void *csd),
                          (c, csd), OK, DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, process_connection, (conn_rec *c), (c),
                            DECLINED)
AP_IMPLEMENT_HOOK_VOID(suspend_connection, (conn_rec *c, request_rec *r),
                       (c, r))

/* ---- requests, in the server's order ----------------------------------- */

AP_IMPLEMENT_HOOK_RUN_ALL(int, create_request, (request_rec *r), (r), OK,
                          DECLINED)
AP_IMPLEMENT_HOOK_RUN_ALL(int, post_read_request, (request_rec *r), (r), OK,
                          DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, quick_handler, (request_rec *r, int lookup),
                            (r, lookup), DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, translate_name, (request_rec *r), (r),
                            DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, map_to_storage, (request_rec *r), (r),
                            DECLINED)
AP_IMPLEMENT_HOOK_RUN_ALL(int, header_parser, (request_rec *r), (r), OK,
                          DECLINED)
AP_IMPLEMENT_HOOK_RUN_ALL(int, access_checker, (request_rec *r), (r), OK,
                          DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, access_checker_ex, (request_rec *r), (r),
                            DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, check_user_id, (request_rec *r), (r),
                            DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, auth_checker, (request_rec *r), (r),
                            DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, type_checker, (request_rec *r), (r),
                            DECLINED)
AP_IMPLEMENT_HOOK_RUN_ALL(int, fixups, (request_rec *r), (r), OK, DECLINED)
AP_IMPLEMENT_HOOK_VOID(insert_filter, (request_rec *r), (r))
AP_IMPLEMENT_HOOK_RUN_FIRST(int, handler, (request_rec *r), (r), DECLINED)
AP_IMPLEMENT_HOOK_RUN_ALL(int, log_transaction, (request_rec *r), (r), OK,
                          DECLINED)
AP_IMPLEMENT_HOOK_RUN_FIRST(int, generate_log_id,
                            (const conn_rec *c, const request_rec *r,
                             const char **id), (c, r, id), DECLINED)

/* ---- access control says by type for whom it asks: here for all --------- */

CT_WEAK(ap_hook_check_access)
CT_WEAK(ap_hook_check_access_ex)
CT_WEAK(ap_hook_check_authn)
CT_WEAK(ap_hook_check_authz)

void ap_hook_check_access(ap_HOOK_access_checker_t *fn,
                          const char *const *before,
                          const char *const *behind, int order, int type)
{
    ap_hook_access_checker(fn, before, behind, order);
}

void ap_hook_check_access_ex(ap_HOOK_access_checker_ex_t *fn,
                             const char *const *before,
                             const char *const *behind, int order, int type)
{
    ap_hook_access_checker_ex(fn, before, behind, order);
}

void ap_hook_check_authn(ap_HOOK_check_user_id_t *fn,
                         const char *const *before,
                         const char *const *behind, int order, int type)
{
    ap_hook_check_user_id(fn, before, behind, order);
}

void ap_hook_check_authz(ap_HOOK_auth_checker_t *fn,
                         const char *const *before,
                         const char *const *behind, int order, int type)
{
    ap_hook_auth_checker(fn, before, behind, order);
}
