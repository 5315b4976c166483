/* SPDX-License-Identifier: Apache-2.0 */
/* limit: CrosstownLimit. A name has all of its limits on one line, so that one
 * look says what holds; a second line for it, or a second value, is an error.
 * What depends on other directives, wherever they stand, is looked at by
 * config_warnings. */
#include "limit.h"

#include "apr_strings.h"
#include "config.h"
#include "server_limit.h"

#define MOST_NAMES  256
#define CONCURRENCY "concurrency="
#define QUEUE       "queue="
#define SCOPE       "scope="

/* A few, read once: each takes a new array. */
static ct_name_limit_t *add(cmd_parms *cmd, ct_name_limits_t *limits,
                            const char *name)
{
    unsigned int count = limits->count + 1;
    ct_name_limit_t *all = apr_pcalloc(cmd->pool, count * sizeof(*all));
    ct_name_limit_t *added = &all[limits->count];
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        all[i] = limits->all[i];
    }
    added->name = name;
    if (cmd->directive) {
        added->said_at = apr_psprintf(cmd->pool, "%s:%d",
                                      cmd->directive->filename,
                                      cmd->directive->line_num);
    }
    added->number = (unsigned short)count;
    limits->all = all;
    limits->count = count;
    return added;
}

/* @return what follows the key, or NULL if the word does not begin with it */
static const char *behind(const char *word, const char *key)
{
    apr_size_t length = strlen(key);

    return ap_cstr_casecmpn(word, key, length) == 0 ? word + length : NULL;
}

static const char *said_twice(cmd_parms *cmd, const char *word)
{
    return apr_psprintf(cmd->pool, "%s: \"%s\" is said a second time; write "
                        "each limit once", cmd->cmd->name, word);
}

/* @return NULL, or a message */
static const char *set_value(cmd_parms *cmd, const char *word,
                             const char *value, const char *what, long most,
                             apr_uint32_t *limit)
{
    long number = 0;
    const char *message;

    if (*limit) {
        return said_twice(cmd, word);
    }
    message = ct_config_number(cmd, value, what, 1, most, &number);
    *limit = (apr_uint32_t)number;
    return message;
}

/* @return NULL, or a message */
static const char *set_scope(cmd_parms *cmd, const char *word,
                             const char *value, ct_name_limit_t *limit)
{
    int server = 0;
    const char *message;

    if (limit->scope != CT_SCOPE_UNSAID) {
        return said_twice(cmd, word);
    }
    message = ct_config_choice(cmd, value, "child", "server", &server);
    limit->scope = server ? CT_SCOPE_SERVER : CT_SCOPE_CHILD;
    return message;
}

static const char *set_word(cmd_parms *cmd, ct_name_limit_t *limit,
                            const char *word)
{
    const char *concurrency = behind(word, CONCURRENCY);
    const char *queue = behind(word, QUEUE);
    const char *scope = behind(word, SCOPE);

    if (scope) {
        return set_scope(cmd, word, scope, limit);
    }
    if (concurrency) {
        return set_value(cmd, word, concurrency, "how many may run at once,",
                         CT_CONFIG_MOST_THREADS, &limit->at_once);
    }
    if (queue) {
        return set_value(cmd, word, queue, "how many may wait,",
                         CT_CONFIG_MOST_TASKS, &limit->queue);
    }
    return apr_psprintf(cmd->pool, "%s: unknown word \"%s\"; write "
                        CONCURRENCY "NUMBER, " QUEUE "NUMBER or " SCOPE
                        "child|server", cmd->cmd->name, word);
}

static const char *refuse(cmd_parms *cmd, const ct_name_limits_t *limits,
                          const char *name, const char *rest)
{
    const char *message = ct_config_server_wide(cmd);

    if (message) {
        return message;
    }
    if (!*name || !*rest || behind(name, CONCURRENCY) || behind(name, QUEUE)
        || behind(name, SCOPE)) {
        return apr_psprintf(cmd->pool, "%s: write the name of the tasks, then "
                            CONCURRENCY "NUMBER, " QUEUE "NUMBER or both; "
                            "there is %s", cmd->cmd->name, !*name ? "no name"
                            : apr_psprintf(cmd->pool, *rest
                                           ? "no name before \"%s\""
                                           : "nothing behind \"%s\"", name));
    }
    if (ct_name_limit_find(limits, name)) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" has its limits already; "
                            "write all of them on one line", cmd->cmd->name,
                            name);
    }
    if (limits->count == MOST_NAMES) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" is one name too many; at "
                            "most %d can have limits", cmd->cmd->name, name,
                            MOST_NAMES);
    }
    return NULL;
}

/* Where all of its words are known.
 * @return NULL, or a message */
static const char *refuse_server(cmd_parms *cmd,
                                 const ct_name_limits_t *limits,
                                 const ct_name_limit_t *limit)
{
    unsigned int names = 0;
    unsigned int i;

    if (limit->at_once == 0) {
        return apr_psprintf(cmd->pool, "%s: " SCOPE "server counts how many "
                            "of \"%s\" run at once in all child processes; "
                            "write " CONCURRENCY "NUMBER, too",
                            cmd->cmd->name, limit->name);
    }
    for (i = 0; i < limits->count; ++i) {
        names += limits->all[i].scope == CT_SCOPE_SERVER;
    }
    if (names > CT_SERVER_LIMIT_NAMES) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" is one name too many; at "
                            "most %d can have " SCOPE "server",
                            cmd->cmd->name, limit->name,
                            CT_SERVER_LIMIT_NAMES);
    }
    return NULL;
}

const char *ct_limit_set(cmd_parms *cmd, void *dir, const char *args)
{
    ct_name_limits_t *limits = &ct_config_of(cmd)->name_limits;
    const char *name = ap_getword_conf(cmd->pool, &args);
    const char *message = refuse(cmd, limits, name, args);
    ct_name_limit_t *limit;

    if (message) {
        return message;
    }
    limit = add(cmd, limits, name);
    while (*args && !message) {
        message = set_word(cmd, limit, ap_getword_conf(cmd->pool, &args));
    }
    return message || limit->scope != CT_SCOPE_SERVER
           ? message : refuse_server(cmd, limits, limit);
}
