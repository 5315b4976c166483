/* SPDX-License-Identifier: Apache-2.0 */
/* tasks_config: names are looked for when all is read, since an include file
 * further down may bring them. A name that no server has is a warning where it
 * may be asked for, and an error where the server itself asks for it. */
#include "tasks_config.h"

#include "after.h"
#include "named_task.h"
#include "task_place.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"

#define VARIABLE "CROSSTOWN"

/** What is done with each section. @return how many things are wrong */
typedef int (visit_t)(void *context, server_rec *s, const char *heading,
                      const ct_task_place_t *place);

static int visit_sections(const apr_array_header_t *sections, const char *kind,
                          visit_t *visit, void *context, server_rec *s,
                          apr_pool_t *p)
{
    int wrong = 0;
    int i;

    for (i = 0; sections && i < sections->nelts; ++i) {
        const ap_conf_vector_t *vector =
            APR_ARRAY_IDX(sections, i, ap_conf_vector_t *);
        const core_dir_config *core = ap_get_core_module_config(vector);
        const ct_task_place_t *place =
            ap_get_module_config(vector, &crosstown_tasks_module);

        if (place) {
            wrong += visit(context, s, apr_psprintf(p, "<%s \"%s\">", kind,
                                                    core->d), place);
        }
        wrong += visit_sections(core->sec_file, "Files", visit, context, s, p);
    }
    return wrong;
}

static int visit_all(server_rec *s, visit_t *visit, void *context,
                     apr_pool_t *p)
{
    int wrong = 0;

    for (; s; s = s->next) {
        const core_server_config *server =
            ap_get_core_module_config(s->module_config);
        const core_dir_config *core =
            ap_get_core_module_config(s->lookup_defaults);

        wrong += visit(context, s, "", ap_get_module_config(
                           s->lookup_defaults, &crosstown_tasks_module));
        wrong += visit_sections(server->sec_dir, "Directory", visit, context,
                                s, p);
        wrong += visit_sections(server->sec_url, "Location", visit, context,
                                s, p);
        wrong += visit_sections(core->sec_file, "Files", visit, context, s, p);
    }
    return wrong;
}

static int check_after(server_rec *main_server, server_rec *s,
                       const ct_after_t *after)
{
    int is_known = ct_named_task_find(s, after->name)
                   || ct_named_task_is_anywhere(main_server, after->name);

    if (!is_known) {
        ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, NULL,
                     CTLOGNO(02003) "%s:%d: CrosstownAfter %s: there is no "
                     "CrosstownTask of this name", after->by->filename,
                     after->by->line_num, after->name);
    }
    return !is_known;
}

static int check_place(void *context, server_rec *s, const char *heading,
                       const ct_task_place_t *place)
{
    server_rec *main_server = context;
    int wrong = 0;
    int i;

    for (i = 0; place->accepted && i < place->accepted->nelts; ++i) {
        const char *name = APR_ARRAY_IDX(place->accepted, i, const char *);

        if (!ct_named_task_is_anywhere(main_server, name)) {
            ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, NULL,
                         CTLOGNO(02002) "CrosstownAccept %s%s%s: there is no "
                         "CrosstownTask of this name", name,
                         *heading ? " in " : "", heading);
        }
    }
    for (i = 0; place->after && i < place->after->nelts; ++i) {
        const ct_after_t *after = APR_ARRAY_IDX(place->after, i,
                                                const ct_after_t *);

        wrong += check_after(main_server, s, after);
    }
    return wrong;
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    int wrong = ct_named_task_check(ptemp, s);

    if (!ap_find_linked_module("mod_crosstown.c")) {
        ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, NULL,
                     CTLOGNO(02004) "mod_crosstown_tasks needs mod_crosstown: "
                     "\"LoadModule crosstown_module "
                     "modules/mod_crosstown.so\"");
        ++wrong;
    }
    wrong += visit_all(s, check_place, s, ptemp);
    return wrong > 0 ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

/* ---- httpd -t -D DUMP_CROSSTOWN ---- */

typedef struct {
    apr_pool_t *pool;
    apr_file_t *out;
} dump_t;

static void dump_tasks(const dump_t *dump, server_rec *s)
{
    const ct_tasks_server_t *server =
        ap_get_module_config(s->module_config, &crosstown_tasks_module);
    apr_hash_index_t *i;

    for (i = apr_hash_first(dump->pool, server->tasks); i;
         i = apr_hash_next(i)) {
        const ct_named_task_t *task = apr_hash_this_val(i);

        if (task->setup.server == s) {
            apr_file_printf(dump->out, "    CrosstownTask %s %s%s (%s:%d)\n",
                            task->name, ct_named_task_show(dump->pool, task),
                            task->said, task->by->filename,
                            task->by->line_num);
        }
    }
}

static int dump_place(void *context, server_rec *s, const char *heading,
                      const ct_task_place_t *place)
{
    const dump_t *dump = context;
    const apr_array_header_t *accepted = place->accepted;
    int i;

    if (!*heading) {
        apr_file_printf(dump->out, "named tasks of %s %s:\n",
                        s->is_virtual ? "virtual host" : "server",
                        s->server_hostname ? s->server_hostname : "-");
        dump_tasks(dump, s);
    }
    if (accepted) {
        apr_file_printf(dump->out, "    %s%sCrosstownAccept %s\n", heading,
                        *heading ? " " : "", accepted->nelts
                        ? apr_array_pstrcat(dump->pool, accepted, ' ')
                        : "none");
    }
    for (i = 0; place->after && i < place->after->nelts; ++i) {
        const ct_after_t *after = APR_ARRAY_IDX(place->after, i,
                                                const ct_after_t *);

        apr_file_printf(dump->out, "    %s%sCrosstownAfter %s (%s:%d)\n",
                        heading, *heading ? " " : "", after->name,
                        after->by->filename, after->by->line_num);
    }
    return 0;
}

static void test_config(apr_pool_t *pconf, server_rec *s)
{
    dump_t dump = { pconf, NULL };

    if (ap_exists_config_define("DUMP_CROSSTOWN")
        && apr_file_open_stdout(&dump.out, pconf) == APR_SUCCESS) {
        visit_all(s, dump_place, &dump, pconf);
        apr_file_flush(dump.out);
    }
}

/* ---- what a script is told ---- */

/* With it a script can do the work itself where nobody else would. */
static int fixups(request_rec *r)
{
    const char *words = ct_task_place_of(r)->accepted_words;

    if (words && *words) {
        apr_table_setn(r->subprocess_env, VARIABLE, words);
    }
    return DECLINED;
}

void ct_tasks_config_register(void)
{
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(test_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_fixups(fixups, NULL, NULL, APR_HOOK_MIDDLE);
}
