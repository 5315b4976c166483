/* SPDX-License-Identifier: Apache-2.0 */
/* config: what holds for each child process, and the table of all directives.
 * Every message ends up behind httpd's own "Syntax error on line ... of ...",
 * so it starts with the directive's name, names the word and says what to
 * write instead. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "apr_lib.h"
#include "apr_strings.h"
#include "control.h"
#include "limit.h"
#include "place.h"

#define THREADS_MIN 1
#define THREADS_MAX 32
#define QUEUE_MAX   65536
#define DRAIN       5
#define SLOW_TASK   60

#define LONGEST_DRAIN     3600
#define LONGEST_SLOW_TASK 86400

void *ct_config_make(apr_pool_t *p, server_rec *s)
{
    ct_config_t *config = apr_pcalloc(p, sizeof(*config));

    config->threads_min = THREADS_MIN;
    config->threads_max = THREADS_MAX;
    config->queue_max = QUEUE_MAX;
    config->drain = apr_time_from_sec(DRAIN);
    config->slow_task = apr_time_from_sec(SLOW_TASK);
    return config;
}

const ct_config_t *ct_config(void)
{
    return ap_get_module_config(ap_server_conf->module_config,
                                &crosstown_module);
}

const char *ct_config_choice(cmd_parms *cmd, const char *arg, const char *no,
                             const char *yes, int *value)
{
    if (ap_cstr_casecmp(arg, no) == 0) {
        *value = 0;
        return NULL;
    }
    if (ap_cstr_casecmp(arg, yes) == 0) {
        *value = 1;
        return NULL;
    }
    return apr_psprintf(cmd->pool, "%s: unknown word \"%s\"; write \"%s\" or "
                        "\"%s\"", cmd->cmd->name, arg, no, yes);
}

const char *ct_config_server_wide(cmd_parms *cmd)
{
    const char *message = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    if (message) {
        return apr_pstrcat(cmd->pool, message, "; it holds for the whole "
                           "server: move it out of all sections", NULL);
    }
    return NULL;
}

const char *ct_config_number(cmd_parms *cmd, const char *arg,
                             const char *what, long least, long most,
                             long *value)
{
    char *end;

    errno = 0;
    *value = strtol(arg, &end, 10);
    if (!apr_isdigit(*arg) || *end) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" is no number; write %s "
                            "from %ld to %ld", cmd->cmd->name, arg, what,
                            least, most);
    }
    if (errno || *value < least || *value > most) {
        return apr_psprintf(cmd->pool, "%s: %s is out of range; write %s from "
                            "%ld to %ld", cmd->cmd->name, arg, what, least,
                            most);
    }
    return NULL;
}

ct_config_t *ct_config_of(cmd_parms *cmd)
{
    return ap_get_module_config(cmd->server->module_config,
                                &crosstown_module);
}

static const char *set_threads(cmd_parms *cmd, void *dir, const char *least,
                               const char *most)
{
    long min, max;
    const char *message = ct_config_server_wide(cmd);

    if (!message) {
        message = ct_config_number(cmd, least, "the fewest threads", 1,
                                   CT_CONFIG_MOST_THREADS, &min);
    }
    if (!message) {
        message = ct_config_number(cmd, most, "the most threads", 1,
                                   CT_CONFIG_MOST_THREADS, &max);
    }
    if (message) {
        return message;
    }
    if (max < min) {
        return apr_psprintf(cmd->pool, "%s: the most threads (%ld) are fewer "
                            "than the fewest (%ld); write the smaller number "
                            "first", cmd->cmd->name, max, min);
    }
    ct_config_of(cmd)->threads_min = (apr_uint32_t)min;
    ct_config_of(cmd)->threads_max = (apr_uint32_t)max;
    return NULL;
}

static const char *set_queue(cmd_parms *cmd, void *dir, const char *arg)
{
    long tasks;
    const char *message = ct_config_server_wide(cmd);

    if (!message) {
        message = ct_config_number(cmd, arg, "a number of tasks", 1,
                                   CT_CONFIG_MOST_TASKS, &tasks);
    }
    if (!message) {
        ct_config_of(cmd)->queue_max = (apr_uint32_t)tasks;
    }
    return message;
}

static const char *set_overflow(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *message = ct_config_server_wide(cmd);

    if (!message) {
        message = ct_config_choice(cmd, arg, "reject", "inline",
                                   &ct_config_of(cmd)->overflow_inline);
    }
    return message;
}

static const char *set_seconds(cmd_parms *cmd, const char *arg, long most,
                               apr_interval_time_t *time)
{
    long seconds;
    const char *message = ct_config_server_wide(cmd);

    if (!message) {
        message = ct_config_number(cmd, arg, "whole seconds", 0, most,
                                   &seconds);
    }
    if (!message) {
        *time = apr_time_from_sec(seconds);
    }
    return message;
}

static const char *set_drain(cmd_parms *cmd, void *dir, const char *arg)
{
    return set_seconds(cmd, arg, LONGEST_DRAIN,
                       &ct_config_of(cmd)->drain);
}

static const char *set_slow_task(cmd_parms *cmd, void *dir, const char *arg)
{
    return set_seconds(cmd, arg, LONGEST_SLOW_TASK,
                       &ct_config_of(cmd)->slow_task);
}

/* ACCESS_CONF beside RSRC_CONF: so that ct_config_server_wide() can say more
 * than "not allowed here". */
const command_rec ct_config_directives[] = {
    AP_INIT_TAKE1("Crosstown", ct_place_set_on, NULL, OR_FILEINFO,
                  "one argument, On or Off: may tasks recorded here run "
                  "(default On)"),
    AP_INIT_RAW_ARGS("CrosstownNoGo", ct_place_set_no_go, NULL, OR_FILEINFO,
                     "final statuses for which tasks do not run, such as "
                     "5xx 400-405 302, or none (default 4xx 5xx)"),
    AP_INIT_TAKE1("CrosstownOnAbort", ct_place_set_on_abort, NULL,
                  OR_FILEINFO,
                  "run or skip: tasks of a response that the client did not "
                  "get in full (default run)"),
    AP_INIT_TAKE1("CrosstownHtaccess", ct_place_set_htaccess, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "On or Off: does it count what .htaccess files say about "
                  "tasks (default On)"),
    AP_INIT_TAKE1("CrosstownControl", ct_control_set, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "On or Off: may a POST to the crosstown-status here pause "
                  "names and the like (default Off)"),
    AP_INIT_TAKE2("CrosstownThreads", set_threads, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "fewest and most threads of a child process (default "
                  "1 32)"),
    AP_INIT_TAKE1("CrosstownQueue", set_queue, NULL, RSRC_CONF | ACCESS_CONF,
                  "how many tasks may wait in a child process (default "
                  "65536)"),
    AP_INIT_TAKE1("CrosstownOverflow", set_overflow, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "reject or inline: tasks that find the queue full (default "
                  "reject)"),
    AP_INIT_TAKE1("CrosstownDrain", set_drain, NULL, RSRC_CONF | ACCESS_CONF,
                  "seconds that a stopping child goes on running what is "
                  "queued (default 5)"),
    AP_INIT_TAKE1("CrosstownSlowTask", set_slow_task, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "seconds after which a task that still runs is logged, 0 "
                  "for never (default 60)"),
    AP_INIT_RAW_ARGS("CrosstownLimit", ct_limit_set, NULL,
                     RSRC_CONF | ACCESS_CONF,
                     "the name of tasks, then concurrency=NUMBER (how many "
                     "of them may run at once in a child process, with "
                     "scope=server in all of them together), queue=NUMBER "
                     "(how many may wait in a child process) or both"),
    { NULL }
};
