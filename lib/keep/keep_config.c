/* SPDX-License-Identifier: Apache-2.0 */
/* keep_config: there is one store for the whole server. The parent makes its
 * file, since it may be root, and closes it again before it forks. */
#include "keep_config.h"

#include "check.h"
#include "store.h"

#include "ap_mpm.h"
#include "apr_strings.h"
#include "unixd.h"

#include <unistd.h>

#define DEFAULT_MAX  ((apr_int64_t)1 << 30)
#define LEAST_MAX    ((apr_int64_t)1 << 20)
#define DEFAULT_WAIT apr_time_from_sec(2)

ct_keep_config_t ct_keep_config;

/* A number of bytes, with K, M or G behind it. */
static int read_size(const char *value, apr_int64_t *size)
{
    char *end;
    int shift;

    errno = 0;
    *size = apr_strtoi64(value, &end, 10);
    shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    end += shift > 0;
    if (errno || *end || *size < 1 || *size > (APR_INT64_MAX >> shift)) {
        return 0;
    }
    *size <<= shift;
    return *size >= LEAST_MAX;
}

static const char *read_key(cmd_parms *cmd, const char *word)
{
    if (!strncmp(word, "max=", 4)) {
        return read_size(word + 4, &ct_keep_config.max) ? NULL
            : apr_psprintf(cmd->pool, "CrosstownStore: %s: write a size like "
                           "500M or 2G, 1M at least", word);
    }
    if (!strncmp(word, "wait=", 5)) {
        return ap_timeout_parameter_parse(word + 5, &ct_keep_config.wait, "s")
               == APR_SUCCESS && ct_keep_config.wait > 0
               && ct_keep_config.wait <= apr_time_from_sec(60) ? NULL
            : apr_psprintf(cmd->pool, "CrosstownStore: %s: write a time like "
                           "500ms or 2, up to 60", word);
    }
    return apr_psprintf(cmd->pool, "CrosstownStore: \"%s\" is neither max= "
                        "nor wait=", word);
}

const char *ct_keep_config_set(cmd_parms *cmd, void *dir, int argc,
                               char *const argv[])
{
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    int i;

    if (wrong) {
        return wrong;
    }
    if (argc < 1) {
        return "CrosstownStore: write the path of the file and, if wanted, "
               "max= and wait=";
    }
    if (ct_keep_config.path) {
        return "CrosstownStore: there is one already";
    }
    if (*argv[0] != '/') {
        return apr_psprintf(cmd->pool, "CrosstownStore: \"%s\" is no full "
                            "path", argv[0]);
    }
    ct_keep_config.path = argv[0];
    for (i = 1; i < argc && !wrong; ++i) {
        wrong = read_key(cmd, argv[i]);
    }
    return wrong;
}

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    ct_keep_config.path = NULL;
    ct_keep_config.max = DEFAULT_MAX;
    ct_keep_config.wait = DEFAULT_WAIT;
    return OK;
}

/* If we are not root, children are who we are. */
static uid_t user_of_children(void)
{
    return geteuid() == 0 ? ap_unixd_config.user_id : geteuid();
}

static gid_t group_of_children(void)
{
    return geteuid() == 0 ? ap_unixd_config.group_id : getegid();
}

static const char *missing_module(void)
{
    return !ap_find_linked_module("mod_crosstown.c")
           ? "mod_crosstown_store needs mod_crosstown: \"LoadModule "
             "crosstown_module modules/mod_crosstown.so\""
        : !ap_find_linked_module("mod_crosstown_tasks.c")
           ? "mod_crosstown_store needs mod_crosstown_tasks: \"LoadModule "
             "crosstown_tasks_module modules/mod_crosstown_tasks.so\""
           : NULL;
}

static void tell_doubts(const apr_array_header_t *doubts, const char *path)
{
    int i;

    for (i = 0; i < doubts->nelts; ++i) {
        ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, NULL,
                     CTLOGNO(02303) "CrosstownStore %s: %s", path,
                     APR_ARRAY_IDX(doubts, i, const char *));
    }
}

/* Whoever may fetch a page may fetch what tasks are about: the file is the
 * server's to read. */
static void look_for_it_on_the_web(const server_rec *s, const char *path)
{
    for (; s; s = s->next) {
        const core_server_config *core =
            ap_get_core_module_config(s->module_config);
        const char *root = core->ap_document_root;
        apr_size_t length = root ? strlen(root) : 0;

        if (length > 1 && !strncmp(path, root, length)
            && path[length] == '/') {
            ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, NULL,
                         CTLOGNO(02306) "CrosstownStore %s: it is below the "
                         "DocumentRoot %s, from where it can be fetched; "
                         "choose another directory", path, root);
            return;
        }
    }
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    const char *path = ct_keep_config.path;
    const char *wrong = missing_module();

    if (wrong) {
        ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, NULL,
                     CTLOGNO(02301) "%s", wrong);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!path) {
        return OK;
    }
    wrong = ct_check_place(ptemp, path, user_of_children(),
                           group_of_children());
    if (wrong) {
        ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, NULL,
                     CTLOGNO(02302) "CrosstownStore %s: %s", path, wrong);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    tell_doubts(ct_check_doubts(ptemp, path), path);
    look_for_it_on_the_web(s, path);
    return OK;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    const char *path = ct_keep_config.path;
    const char *aside = NULL;
    const char *wrong;

    if (!path
        || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    wrong = ct_store_prepare(ptemp, path, user_of_children(),
                             group_of_children(), &aside);
    if (aside) {
        ap_log_error(APLOG_MARK, APLOG_ALERT, 0, s, CTLOGNO(02304)
                     "CrosstownStore %s was broken: it is %s now, and a new "
                     "one is begun; the tasks in it are lost unless you "
                     "recover them", path, aside);
    }
    if (wrong) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, CTLOGNO(02305)
                     "CrosstownStore %s", wrong);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

const char *ct_keep_config_check(apr_pool_t *p)
{
    return ct_keep_config.path ? NULL
        : "keep=disk needs \"CrosstownStore /path/of/a/file\"";
}

void ct_keep_config_register(void)
{
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
}
