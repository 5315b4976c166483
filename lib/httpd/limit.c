/* SPDX-License-Identifier: Apache-2.0 */
/* limit: see limit.h.
 * Thread: see limit.h.
 * Lifetime: see limit.h; what is counted in it is each child's own, since
 * children are forked with it. */
#include "limit.h"

#include "apr_strings.h"
#include "config.h"

#define MOST_NAMES  256
#define CONCURRENCY "concurrency="
#define QUEUE       "queue="

/* A few, read once: each takes a new array. */
static ct_quota_t *add(cmd_parms *cmd, ct_quotas_t *quotas, const char *name)
{
    unsigned int count = quotas->count + 1;
    ct_quota_t *all = apr_pcalloc(cmd->pool, count * sizeof(*all));
    ct_quota_t *added = &all[quotas->count];
    unsigned int i;

    for (i = 0; i < quotas->count; ++i) {
        all[i] = quotas->all[i];
    }
    added->name = name;
    added->number = (unsigned short)count;
    quotas->all = all;
    quotas->count = count;
    return added;
}

/* @return what follows the key, or NULL if the word does not begin with it */
static const char *behind(const char *word, const char *key)
{
    apr_size_t length = strlen(key);

    return ap_cstr_casecmpn(word, key, length) == 0 ? word + length : NULL;
}

static const char *set_word(cmd_parms *cmd, ct_quota_t *quota,
                            const char *word)
{
    const char *concurrency = behind(word, CONCURRENCY);
    const char *queue = behind(word, QUEUE);
    const char *message;
    long value = 0;

    if (concurrency) {
        message = ct_config_number(cmd, concurrency, "how many may run at "
                                   "once,", 1, CT_CONFIG_MOST_THREADS,
                                   &value);
        quota->at_once = (apr_uint32_t)value;
    }
    else if (queue) {
        message = ct_config_number(cmd, queue, "how many may wait,", 1,
                                   CT_CONFIG_MOST_TASKS, &value);
        quota->queue = (apr_uint32_t)value;
    }
    else {
        message = apr_psprintf(cmd->pool, "%s: unknown word \"%s\"; write "
                               CONCURRENCY "NUMBER or " QUEUE "NUMBER",
                               cmd->cmd->name, word);
    }
    return message;
}

static const char *refuse(cmd_parms *cmd, const ct_quotas_t *quotas, int argc,
                          char *const argv[])
{
    const char *message = ct_config_server_wide(cmd);

    if (message) {
        return message;
    }
    if (argc < 2) {
        return apr_psprintf(cmd->pool, "%s: write the name of the tasks, then "
                            CONCURRENCY "NUMBER, " QUEUE "NUMBER or both",
                            cmd->cmd->name);
    }
    if (ct_quota_find(quotas, argv[0])) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" has its limits already; "
                            "write all of them on one line", cmd->cmd->name,
                            argv[0]);
    }
    if (quotas->count == MOST_NAMES) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" is one name too many; at "
                            "most %d can have limits", cmd->cmd->name,
                            argv[0], MOST_NAMES);
    }
    return NULL;
}

const char *ct_limit_set(cmd_parms *cmd, void *dir, int argc,
                         char *const argv[])
{
    ct_quotas_t *quotas = &ct_config_limits_of(cmd)->quotas;
    const char *message = refuse(cmd, quotas, argc, argv);
    ct_quota_t *quota;
    int i;

    if (message) {
        return message;
    }
    quota = add(cmd, quotas, argv[0]);
    for (i = 1; i < argc && !message; ++i) {
        message = set_word(cmd, quota, argv[i]);
    }
    return message;
}
