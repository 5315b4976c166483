/* SPDX-License-Identifier: Apache-2.0 */
/* named_task: the target's form says its kind, and the kind is a provider, so
 * that another module can bring one. A key is either everybody's, which is
 * read here, or the target's, which is handed on. */
#include "named_task.h"

#include "task_header.h"
#include "task_keys.h"

#include "ap_provider.h"
#include "apr_strings.h"

#define NAMES_SHOWN 10
#define FORMS "\"|/full/path arguments\", http://..., https://..., " \
              "unix:/socket|fcgi:/path/of/script, " \
              "fcgi://host:port/path/of/script, redis://..., amqp://... " \
              "or module"

void *ct_named_task_make_server(apr_pool_t *p, server_rec *s)
{
    ct_tasks_server_t *server = apr_pcalloc(p, sizeof(*server));

    server->tasks = apr_hash_make(p);
    return server;
}

/* The scheme of `scheme:...`, of `unix:/path|scheme:...`, and the words that
 * stand for one. NULL: it has none of these forms. */
static const char *scheme_of(apr_pool_t *p, const char *target)
{
    const char *colon;

    if (*target == '|') {
        return "program";
    }
    if (!strcmp(target, "module")) {
        return target;
    }
    if (!strncmp(target, "unix:", 5)) {
        target = strchr(target, '|');
        if (!target++) {
            return NULL;
        }
    }
    colon = strchr(target, ':');
    return colon && colon > target
           ? apr_pstrmemdup(p, target, (apr_size_t)(colon - target)) : NULL;
}

/* Who brings the targets that do not come with this module. */
static const char *module_of(const char *scheme)
{
    if (!strcmp(scheme, "redis") || !strcmp(scheme, "rediss")
        || !strcmp(scheme, "redis+sentinel")) {
        return "crosstown_redis";
    }
    return !strcmp(scheme, "amqp") || !strcmp(scheme, "amqps")
           ? "crosstown_amqp" : NULL;
}

static const char *find_kind(cmd_parms *cmd, ct_named_task_t *task)
{
    const char *scheme = scheme_of(cmd->temp_pool, task->target);
    const char *module_name;

    if (!scheme) {
        return apr_psprintf(cmd->pool, "CrosstownTask %s: \"%s\" is no "
                            "target; write " FORMS, task->name, task->target);
    }
    task->kind = ap_lookup_provider(CROSSTOWN_TARGET_GROUP, scheme,
                                    CROSSTOWN_TARGET_VERSION);
    if (task->kind) {
        return NULL;
    }
    module_name = module_of(scheme);
    return module_name
        ? apr_psprintf(cmd->pool, "CrosstownTask %s: %s: needs \"LoadModule "
                       "%s_module modules/mod_%s.so\"", task->name, scheme,
                       module_name, module_name)
        : apr_psprintf(cmd->pool, "CrosstownTask %s: no module brings targets "
                       "of the kind \"%s\"; write " FORMS, task->name, scheme);
}

static const char *check_name(cmd_parms *cmd, ct_tasks_server_t *server,
                              const char *name)
{
    const ct_named_task_t *other;

    if (!ct_task_name_is_valid(name)) {
        return apr_psprintf(cmd->pool, "CrosstownTask: \"%s\" is no task's "
                            "name: a letter, then letters, digits, \"_\", "
                            "\"-\" and \".\", %d bytes at most", name,
                            CT_TASK_NAME_LENGTH);
    }
    other = apr_hash_get(server->tasks, name, APR_HASH_KEY_STRING);
    return other
        ? apr_psprintf(cmd->pool, "CrosstownTask: there is a task \"%s\" "
                       "already, in %s:%d", name,
                       other->by->filename, other->by->line_num)
        : NULL;
}

static const char *parse_target(cmd_parms *cmd, ct_named_task_t *task)
{
    const char *wrong = task->kind->parse(&task->setup, &task->config);

    return wrong ? apr_psprintf(cmd->pool, "CrosstownTask %s: %s", task->name,
                                wrong) : NULL;
}

const char *ct_named_task_set(cmd_parms *cmd, void *dir, int argc,
                              char *const argv[])
{
    ct_tasks_server_t *server =
        ap_get_module_config(cmd->server->module_config,
                             &crosstown_tasks_module);
    const char *wrong = ap_check_cmd_context(cmd, NOT_IN_DIR_CONTEXT);
    ct_named_task_t *task;

    if (!wrong) {
        wrong = ct_task_keys_check(cmd, argc);
    }
    if (wrong) {
        return wrong;
    }
    if (argc < 2) {
        return "CrosstownTask: write a name, a target and, if wanted, "
               "key=value; a target is " FORMS;
    }
    task = apr_pcalloc(cmd->pool, sizeof(*task));
    task->name = argv[0];
    task->target = argv[1];
    task->by = cmd->directive;
    task->setup.size = sizeof(task->setup);
    task->setup.pool = cmd->pool;
    task->setup.temp = cmd->temp_pool;
    task->setup.server = cmd->server;
    task->setup.name = task->name;
    task->setup.target = task->target;
    wrong = check_name(cmd, server, task->name);
    if (!wrong) {
        wrong = find_kind(cmd, task);
    }
    if (!wrong) {
        wrong = ct_task_keys_read(cmd, task, argc - 2, argv + 2);
    }
    if (!wrong) {
        wrong = parse_target(cmd, task);
    }
    if (!wrong) {
        apr_hash_set(server->tasks, task->name, APR_HASH_KEY_STRING, task);
    }
    return wrong;
}

static apr_hash_t *tasks_of(const server_rec *s)
{
    const ct_tasks_server_t *server =
        ap_get_module_config(s->module_config, &crosstown_tasks_module);

    return server->tasks;
}

const ct_named_task_t *ct_named_task_find(const server_rec *s,
                                          const char *name)
{
    const ct_named_task_t *task = apr_hash_get(tasks_of(s), name,
                                               APR_HASH_KEY_STRING);

    return task ? task : apr_hash_get(tasks_of(ap_server_conf), name,
                                      APR_HASH_KEY_STRING);
}

static void add_names(apr_array_header_t *names, apr_hash_t *tasks)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(names->pool, tasks);
         i && names->nelts < NAMES_SHOWN; i = apr_hash_next(i)) {
        APR_ARRAY_PUSH(names, const void *) = apr_hash_this_key(i);
    }
}

const char *ct_named_task_names(apr_pool_t *p, const server_rec *s)
{
    apr_array_header_t *names = apr_array_make(p, NAMES_SHOWN,
                                               sizeof(const void *));
    const char *list = "";
    int i;

    add_names(names, tasks_of(s));
    if (s != ap_server_conf) {
        add_names(names, tasks_of(ap_server_conf));
    }
    for (i = 0; i < names->nelts; ++i) {
        list = apr_pstrcat(p, list, i ? ", " : "",
                           APR_ARRAY_IDX(names, i, const char *), NULL);
    }
    return *list ? list : "none";
}

int ct_named_task_is_anywhere(const server_rec *main_server, const char *name)
{
    const server_rec *s;

    for (s = main_server; s; s = s->next) {
        if (apr_hash_get(tasks_of(s), name, APR_HASH_KEY_STRING)) {
            return 1;
        }
    }
    return 0;
}

const char *ct_named_task_show(apr_pool_t *p, const ct_named_task_t *task)
{
    const char *shown = CROSSTOWN_HAS(task->kind, crosstown_target_t, show)
                        && task->kind->show
                        ? task->kind->show(p, task->config) : NULL;

    return shown ? shown : task->target;
}

/* Whoever says retries=0 knows what he does. */
static void warn_of_idle_keys(const ct_named_task_t *task)
{
    const apr_table_t *said = task->setup.keys;

    if (task->backoff.retries == 0 && !apr_table_get(said, "retries")
        && (apr_table_get(said, "backoff")
            || apr_table_get(said, "max-delay"))) {
        ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, NULL,
                     CTLOGNO(02006) "%s:%d: CrosstownTask %s: backoff= and "
                     "max-delay= mean nothing without retries=; add that, "
                     "or leave them out",
                     task->by->filename, task->by->line_num, task->name);
    }
}

static const char *check_task(apr_pool_t *p, ct_named_task_t *task)
{
    const char *wrong = task->keep ? task->keep->check(p) : NULL;

    warn_of_idle_keys(task);
    task->shown = ct_named_task_show(task->setup.pool, task);
    task->setup.temp = p;
    return wrong ? wrong
        : CROSSTOWN_HAS(task->kind, crosstown_target_t, check)
           && task->kind->check
           ? task->kind->check(&task->setup, task->config) : NULL;
}

int ct_named_task_check(apr_pool_t *p, server_rec *main_server)
{
    int wrong = 0;
    server_rec *s;

    for (s = main_server; s; s = s->next) {
        apr_hash_index_t *i;

        for (i = apr_hash_first(p, tasks_of(s)); i; i = apr_hash_next(i)) {
            ct_named_task_t *task = apr_hash_this_val(i);
            const char *what = task->setup.server == s ? check_task(p, task)
                                                       : NULL;

            if (what) {
                ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, NULL,
                             CTLOGNO(02001) "%s:%d: CrosstownTask %s: %s",
                             task->by->filename, task->by->line_num,
                             task->name, what);
                ++wrong;
            }
        }
    }
    return wrong;
}
