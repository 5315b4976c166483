/* SPDX-License-Identifier: Apache-2.0 */
/* config: see config.h. Every message ends up behind httpd's own "Syntax
 * error on line ... of ...", so it starts with the directive's name, names
 * the word and says what to write instead.
 * Thread: the one that reads the configuration.
 * Lifetime: the pool of the configuration. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "apr_lib.h"
#include "apr_strings.h"
#include "limit.h"

#define THREADS_MIN 1
#define THREADS_MAX 32
#define QUEUE_MAX   65536
#define DRAIN       5

#define LONGEST_DRAIN     3600
#define LONGEST_SLOW_TASK 86400

void *ct_config_make_place(apr_pool_t *p, char *dir)
{
    ct_place_t *place = apr_pcalloc(p, sizeof(*place));

    place->off = CT_UNSAID;
    place->skip_aborted = CT_UNSAID;
    return place;
}

void *ct_config_merge_place(apr_pool_t *p, void *outer, void *inner)
{
    const ct_place_t *base = outer;
    const ct_place_t *add = inner;
    ct_place_t *place = apr_pmemdup(p, add, sizeof(*add));

    if (!add->no_go) {
        place->no_go = base->no_go;
    }
    if (add->off == CT_UNSAID) {
        place->off = base->off;
    }
    if (add->skip_aborted == CT_UNSAID) {
        place->skip_aborted = base->skip_aborted;
    }
    return place;
}

void *ct_config_make_limits(apr_pool_t *p, server_rec *s)
{
    ct_limits_t *limits = apr_pcalloc(p, sizeof(*limits));

    limits->threads_min = THREADS_MIN;
    limits->threads_max = THREADS_MAX;
    limits->queue_max = QUEUE_MAX;
    limits->drain = apr_time_from_sec(DRAIN);
    return limits;
}

const ct_limits_t *ct_config_limits(void)
{
    return ap_get_module_config(ap_server_conf->module_config,
                                &crosstown_module);
}

ct_place_t ct_config_place(const request_rec *r)
{
    /* A request that could not be read has no section yet. */
    const ap_conf_vector_t *section = r->per_dir_config
                                      ? r->per_dir_config
                                      : r->server->lookup_defaults;

    return ct_config_fill_in(ap_get_module_config(section,
                                                  &crosstown_module));
}

ct_place_t ct_config_fill_in(const ct_place_t *said)
{
    static const ct_statuses_t error_statuses = CT_STATUSES_4XX_5XX;
    ct_place_t place = *said;

    if (!place.no_go) {
        place.no_go = &error_statuses;
    }
    if (place.off == CT_UNSAID) {
        place.off = 0;
    }
    if (place.skip_aborted == CT_UNSAID) {
        place.skip_aborted = 0;
    }
    return place;
}

static const char *set_on(cmd_parms *cmd, void *dir, int on)
{
    ct_place_t *place = dir;

    place->off = !on;
    return NULL;
}

/* Quoted or not, one word or several: all arguments are one list. */
static const char *set_no_go(cmd_parms *cmd, void *dir, int argc,
                             char *const argv[])
{
    ct_place_t *place = dir;
    ct_statuses_t set;
    const char *words = "";
    const char *message;
    int i;

    for (i = 0; i < argc; ++i) {
        words = apr_pstrcat(cmd->pool, words, i ? " " : "", argv[i], NULL);
    }
    message = ct_statuses_parse(&set, words, cmd->pool);
    if (message) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", message, NULL);
    }
    place->no_go = apr_pmemdup(cmd->pool, &set, sizeof(set));
    return NULL;
}

/* One of two keywords. */
static const char *set_choice(cmd_parms *cmd, const char *arg,
                              const char *no, const char *yes, int *value)
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

static const char *set_on_abort(cmd_parms *cmd, void *dir, const char *arg)
{
    ct_place_t *place = dir;
    int skip = 0;
    const char *message = set_choice(cmd, arg, "run", "skip", &skip);

    if (!message) {
        place->skip_aborted = (signed char)skip;
    }
    return message;
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

ct_limits_t *ct_config_limits_of(cmd_parms *cmd)
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
    ct_config_limits_of(cmd)->threads_min = (apr_uint32_t)min;
    ct_config_limits_of(cmd)->threads_max = (apr_uint32_t)max;
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
        ct_config_limits_of(cmd)->queue_max = (apr_uint32_t)tasks;
    }
    return message;
}

static const char *set_overflow(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *message = ct_config_server_wide(cmd);

    if (!message) {
        message = set_choice(cmd, arg, "reject", "inline",
                             &ct_config_limits_of(cmd)->overflow_inline);
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
                       &ct_config_limits_of(cmd)->drain);
}

static const char *set_slow_task(cmd_parms *cmd, void *dir, const char *arg)
{
    return set_seconds(cmd, arg, LONGEST_SLOW_TASK,
                       &ct_config_limits_of(cmd)->slow_task);
}

/* ACCESS_CONF beside RSRC_CONF: so that ct_config_server_wide() can say more
 * than "not allowed here". */
const command_rec ct_config_directives[] = {
    AP_INIT_FLAG("Crosstown", set_on, NULL, OR_FILEINFO,
                 "On or Off: may tasks recorded here run (default On)"),
    AP_INIT_TAKE_ARGV("CrosstownNoGo", set_no_go, NULL, OR_FILEINFO,
                      "final statuses for which tasks do not run, such as "
                      "5xx 400-405 302, or none (default 4xx 5xx)"),
    AP_INIT_TAKE1("CrosstownOnAbort", set_on_abort, NULL, OR_FILEINFO,
                  "run or skip: tasks of a response that the client did not "
                  "get in full (default run)"),
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
                  "for never (default 0)"),
    AP_INIT_TAKE_ARGV("CrosstownLimit", ct_limit_set, NULL,
                      RSRC_CONF | ACCESS_CONF,
                      "the name of tasks, then concurrency=NUMBER (how many "
                      "of them may run at once in a child process), "
                      "queue=NUMBER (how many may wait) or both"),
    { NULL }
};
