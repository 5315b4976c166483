/* SPDX-License-Identifier: Apache-2.0 */
/* task_keys: one table says which keys all targets have and how each is read,
 * so that the message about an unknown key can list them. */
#include "task_keys.h"

#include "crosstown_client.h"
#include "task_header.h"
#include "task_time.h"

#include "ap_provider.h"
#include "apr_lib.h"
#include "apr_strings.h"

#define KEPT_RETRIES 25              /* of what is kept on disk: 12 days */
#define MOST_WORDS 64                /* of httpd's AP_MAX_ARGC */
#define LONGEST_TIMEOUT apr_time_from_sec(86400)
#define MOST_RETRIES 100
#define FIXED "fixed:"

/** Reads one key. @return NULL, or what is wrong with the value */
typedef const char *(reader_t)(cmd_parms *cmd, ct_named_task_t *task,
                               const char *value);

static const char *read_no_go(cmd_parms *cmd, ct_named_task_t *task,
                              const char *value)
{
    task->no_go = value;
    return crosstown_client_check_statuses(NULL, cmd->pool, value);
}

static const char *read_timeout(cmd_parms *cmd, ct_named_task_t *task,
                                const char *value)
{
    apr_interval_time_t time;

    if (ap_timeout_parameter_parse(value, &time, "s") != APR_SUCCESS
        || time <= 0 || time > LONGEST_TIMEOUT) {
        return "write a time like 5, 500ms or 2min, up to a day";
    }
    task->setup.timeout = time;
    return NULL;
}

static const char *read_format(cmd_parms *cmd, ct_named_task_t *task,
                               const char *value)
{
    if (!strcmp(value, "json")) {
        task->format = CT_PAYLOAD_JSON;
        return NULL;
    }
    task->format = CT_PAYLOAD_FORM;
    return strcmp(value, "form") == 0 ? NULL : "write form or json";
}

static const char *read_keep(cmd_parms *cmd, ct_named_task_t *task,
                             const char *value)
{
    if (!strcmp(value, "memory")) {
        return NULL;
    }
    task->keep = ap_lookup_provider(CROSSTOWN_KEEP_GROUP, value,
                                    CROSSTOWN_KEEP_VERSION);
    return task->keep ? NULL
        : !strcmp(value, "disk") ? "needs \"LoadModule crosstown_store_module "
                                   "modules/mod_crosstown_store.so\""
                                 : "write memory or disk";
}

static const char *read_time(const char *value, apr_interval_time_t *time)
{
    return ct_task_time_read(value, time) ? NULL : CT_TASK_TIME_FORMS;
}

static const char *read_retries(cmd_parms *cmd, ct_named_task_t *task,
                                const char *value)
{
    char *end;
    apr_int64_t retries = apr_strtoi64(value, &end, 10);

    task->backoff.retries = (unsigned int)retries;
    return !apr_isdigit(*value) || *end || retries > MOST_RETRIES
           ? "write a number from 0 to 100" : NULL;
}

static const char *read_backoff(cmd_parms *cmd, ct_named_task_t *task,
                                const char *value)
{
    apr_interval_time_t *fixed = &task->backoff.fixed;

    if (!strcmp(value, "n4")) {
        return NULL;
    }
    return !strncmp(value, FIXED, strlen(FIXED))
           && ct_task_time_read(value + strlen(FIXED), fixed) && *fixed > 0
           ? NULL : "write n4, or fixed: and a time, fixed:60s";
}

static const char *read_span(const char *value, apr_interval_time_t *time)
{
    const char *wrong = read_time(value, time);

    return *time > 0 ? wrong : CT_TASK_TIME_FORMS;
}

static const char *read_max_delay(cmd_parms *cmd, ct_named_task_t *task,
                                  const char *value)
{
    return read_span(value, &task->backoff.longest);
}

static const char *read_delay(cmd_parms *cmd, ct_named_task_t *task,
                              const char *value)
{
    return read_time(value, &task->delay);
}

static const char *read_expires(cmd_parms *cmd, ct_named_task_t *task,
                                const char *value)
{
    return read_span(value, &task->backoff.expires);
}

static const char *read_unique(cmd_parms *cmd, ct_named_task_t *task,
                               const char *value)
{
    task->unique = value;
    return ct_task_field_is_valid(cmd->temp_pool, value) ? NULL
        : "write the name of the field whose value is the key";
}

static const struct {
    const char *key;
    reader_t *read;
} common_keys[] = {
    { "no-go", read_no_go },
    { "timeout", read_timeout },
    { "format", read_format },
    { "keep", read_keep },
    { "retries", read_retries },
    { "backoff", read_backoff },
    { "max-delay", read_max_delay },
    { "delay", read_delay },
    { "expires", read_expires },
    { "unique", read_unique },
};

#define COMMON (sizeof(common_keys) / sizeof(common_keys[0]))

static reader_t *reader_of(const char *key)
{
    apr_size_t i;

    for (i = 0; i < COMMON; ++i) {
        if (!strcmp(common_keys[i].key, key)) {
            return common_keys[i].read;
        }
    }
    return NULL;
}

static int is_targets(const crosstown_target_t *kind, const char *key)
{
    const char *const *known = kind->keys;

    while (known && *known && strcmp(*known, key) != 0) {
        ++known;
    }
    return known && *known;
}

static const char *all_keys(apr_pool_t *p, const crosstown_target_t *kind)
{
    const char *const *known;
    const char *list = "";
    apr_size_t i;

    for (i = 0; i < COMMON; ++i) {
        if (!is_targets(kind, common_keys[i].key)) {
            list = apr_pstrcat(p, list, i ? ", " : "", common_keys[i].key, "=",
                               NULL);
        }
    }
    for (known = kind->keys; known && *known; ++known) {
        list = apr_pstrcat(p, list, ", ", *known, "=", NULL);
    }
    return list;
}

const char *ct_task_keys_check(cmd_parms *cmd, int count)
{
    const char *wrong = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    return wrong ? wrong : count < MOST_WORDS ? NULL
        : apr_psprintf(cmd->pool, "%s: it has %d words or more, which httpd "
                       "does not hand over; write several lines",
                       cmd->cmd->name, MOST_WORDS);
}

static const char *read_word(cmd_parms *cmd, ct_named_task_t *task,
                             apr_table_t *seen, const char *word)
{
    const char *sign = strchr(word, '=');
    const char *key;
    const char *wrong = NULL;
    reader_t *reader;

    if (!sign || sign == word || !sign[1]) {
        return apr_psprintf(cmd->pool, "CrosstownTask %s: \"%s\" is not "
                            "key=value", task->name, word);
    }
    key = apr_pstrmemdup(cmd->pool, word, (apr_size_t)(sign - word));
    reader = is_targets(task->kind, key) ? NULL : reader_of(key);
    if (!reader && !is_targets(task->kind, key)) {
        return apr_psprintf(cmd->pool, "CrosstownTask %s: no key \"%s\" for "
                            "this target; there are %s", task->name, key,
                            all_keys(cmd->temp_pool, task->kind));
    }
    if (apr_table_get(seen, key)) {
        return apr_psprintf(cmd->pool, "CrosstownTask %s: %s= is there twice",
                            task->name, key);
    }
    apr_table_setn(seen, key, sign + 1);
    if (reader) {
        wrong = reader(cmd, task, sign + 1);
        task->said = apr_pstrcat(cmd->pool, task->said, " ", word, NULL);
    }
    return wrong ? apr_psprintf(cmd->pool, "CrosstownTask %s: %s: %s",
                                task->name, word, wrong) : NULL;
}

/* Keys that are right by themselves. */
static const char *check_together(const ct_named_task_t *task)
{
    const ct_backoff_t *backoff = &task->backoff;

    if (backoff->fixed > backoff->longest) {
        return "backoff=fixed: is longer than max-delay=";
    }
    return backoff->expires && task->delay >= backoff->expires
           ? "it would expire before it may run: delay= is not shorter than "
             "expires=" : NULL;
}

const char *ct_task_keys_read(cmd_parms *cmd, ct_named_task_t *task, int count,
                              char *const words[])
{
    apr_table_t *keys = apr_table_make(cmd->pool, 8);
    const ct_backoff_t once = CT_BACKOFF_INIT;
    const char *wrong = NULL;
    int i;

    task->backoff = once;
    task->said = "";
    for (i = 0; i < count && !wrong; ++i) {
        wrong = read_word(cmd, task, keys, words[i]);
    }
    if (task->keep && !apr_table_get(keys, "retries")) {
        task->backoff.retries = KEPT_RETRIES;
    }
    task->setup.keys = keys;
    task->setup.max_delay = task->backoff.longest;
    task->setup.expires = task->backoff.expires;
    if (!wrong) {
        wrong = check_together(task);
        wrong = wrong ? apr_psprintf(cmd->pool, "CrosstownTask %s: %s",
                                     task->name, wrong) : NULL;
    }
    return wrong;
}
