/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `make kill` has done: a handler that asks for tasks with keep=disk, one
 * for each token of its query, and the task itself, which writes into a diary
 * when it begins (B), fails (F) and ends (E). A line is one write() to an
 * O_APPEND descriptor: it is there whatever is killed afterwards.
 *
 *   /kill?tokens=plain-1,slow-2&status=202&delay_ms=0&size=0&flush=0
 *
 * A token's first letter says what its task does: p nothing more, s sleeps 20
 * ms, a fails twice before, x kills its child.
 *
 * Thread: any.
 * Lifetime: the diary from post_config to the next restart.
 */
#include "httpd.h"
#include "http_config.h"
#include "http_protocol.h"
#include "util_script.h"
#include "crosstown_client.h"
#include "crosstown_tasks.h"

#include "apr_strings.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOW 20000

static const char *diary_path;       /* set at start-up */
static int diary = -1;               /* the same */
static crosstown_client_t crosstown;

static void note(char event, const crosstown_task_t *task, const char *token)
{
    char line[256];
    int length = apr_snprintf(line, sizeof(line), "%c %s %d %u\n", event,
                              token, (int)getpid(), task->attempt);

    if (write(diary, line, (size_t)length) != length) {
        abort();
    }
}

static apr_status_t run(const crosstown_task_t *task,
                        const crosstown_payload_t *payload, void *data)
{
    const char *token = payload->data;

    note('B', task, token);
    if (*token == 'x') {
        raise(SIGKILL);
    }
    if (*token == 's') {
        apr_sleep(SLOW);
    }
    if (*token == 'a' && task->attempt < 3) {
        note('F', task, token);
        return crosstown_client_fail(
            &crosstown, task,
            crosstown_client_retry_at(&crosstown, task, apr_time_now()),
            "not yet");
    }
    note('E', task, token);
    return APR_SUCCESS;
}

static int number(apr_table_t *words, const char *name)
{
    const char *value = apr_table_get(words, name);

    return value ? atoi(value) : 0;
}

static void ask(request_rec *r, char *tokens, int delay_ms)
{
    crosstown_named_opts_t opts = CROSSTOWN_NAMED_OPTS_INIT;
    crosstown_payload_t payload = CROSSTOWN_PAYLOAD_INIT;
    crosstown_tasks_t tasks;
    char *state;
    char *token;

    crosstown_tasks_load(&tasks);
    opts.delay = apr_time_from_msec(delay_ms);
    payload.type = "text/plain";
    for (token = apr_strtok(tokens, ",", &state); token;
         token = apr_strtok(NULL, ",", &state)) {
        payload.data = token;
        payload.length = strlen(token);
        if (crosstown_tasks_defer(&tasks, r, "kill", &payload, &opts)
            != APR_SUCCESS) {
            ap_rputs("not recorded\n", r);
        }
    }
}

/* With flush=1 the headers are out before anything is asked for. */
static int handle(request_rec *r)
{
    apr_table_t *words;
    const char *tokens;
    int status;
    int left;

    if (!r->handler || strcmp(r->handler, "kill") != 0) {
        return DECLINED;
    }
    ap_args_to_table(r, &words);
    tokens = apr_table_get(words, "tokens");
    status = number(words, "status");
    ap_set_content_type(r, "text/plain");
    r->status = status ? status : 202;
    if (number(words, "flush")) {
        ap_rputs("begun\n", r);
        ap_rflush(r);
    }
    ask(r, apr_pstrdup(r->pool, tokens ? tokens : ""),
        number(words, "delay_ms"));
    if (status >= 400 && !number(words, "own")) {
        return status;
    }
    for (left = number(words, "size"); left > 0; left -= 16) {
        ap_rputs("0123456789abcde\n", r);
    }
    ap_rputs("done\n", r);
    return OK;
}

static apr_status_t close_diary(void *unused)
{
    close(diary);
    return APR_SUCCESS;
}

static int provide(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    crosstown_tasks_t tasks;

    crosstown_tasks_load(&tasks);
    (void)crosstown_tasks_provide(&tasks, "kill", run, NULL);
    return OK;
}

static int open_diary(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                      server_rec *s)
{
    crosstown_client_load(&crosstown);
    diary = open(diary_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (diary < 0) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    apr_pool_cleanup_register(pconf, NULL, close_diary,
                              apr_pool_cleanup_null);
    return OK;
}

static const char *set_diary(cmd_parms *cmd, void *unused, const char *path)
{
    diary_path = path;
    return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("KillDiary", set_diary, NULL, RSRC_CONF, "path of a file"),
    { NULL }
};

static void register_hooks(apr_pool_t *p)
{
    ap_hook_pre_config(provide, NULL, NULL, APR_HOOK_LAST);
    ap_hook_post_config(open_diary, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(kill) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives,
    register_hooks, AP_MODULE_FLAG_NONE
};
