/* SPDX-License-Identifier: Apache-2.0 */
/* target_program: program and arguments are fixed at the start and split
 * without a shell: no value of a payload can become either. Values are in the
 * environment, too, under a prefix of our own, so that none is called
 * LD_PRELOAD. */
#include "target_program.h"

#include "process.h"
#include "target.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include <errno.h>
#include <unistd.h>

#define TIMEOUT     apr_time_from_sec(60)
#define AGAIN       75               /* EX_TEMPFAIL of sysexits.h */
#define PATH        "PATH=/usr/local/bin:/usr/bin:/bin"
#define FIELD       "CROSSTOWN_FIELD_"
#define FIRST       201              /* bytes of stdout in a failure's line */

static const char *const keys[] = { "on-stop", NULL };

typedef struct {
    char **argv;
    apr_interval_time_t timeout;     /* microseconds */
    int leave;                       /* on-stop=leave */
} program_t;

static const char *parse(const crosstown_target_setup_t *setup, void **config)
{
    const char *on_stop = apr_table_get(setup->keys, "on-stop");
    program_t *program = apr_pcalloc(setup->pool, sizeof(*program));
    char reason[120];

    *config = program;
    program->timeout = setup->timeout ? setup->timeout : TIMEOUT;
    program->leave = on_stop && !strcmp(on_stop, "leave");
    if (on_stop && !program->leave && strcmp(on_stop, "end") != 0) {
        return apr_psprintf(setup->pool, "on-stop=%s: write end or leave",
                            on_stop);
    }
    apr_tokenize_to_argv(setup->target + 1, &program->argv, setup->pool);
    if (!program->argv[0] || program->argv[0][0] != '/') {
        return apr_psprintf(setup->pool, "%s: write the program's full path, "
                            "\"|/usr/bin/...\"", setup->target);
    }
    if (access(program->argv[0], X_OK)) {
        return apr_psprintf(setup->pool, "%s cannot be run: %s",
                            program->argv[0],
                            apr_strerror(errno, reason, sizeof(reason)));
    }
    return NULL;
}

static void set(void *environment, const char *name, const char *value)
{
    apr_array_header_t *all = environment;

    APR_ARRAY_PUSH(all, char *) = apr_pstrcat(all->pool, name, "=", value,
                                              NULL);
}

/* Upper case; what a variable's name has no place for becomes _. */
static void set_field(apr_array_header_t *environment, const char *field)
{
    char *variable = apr_pstrcat(environment->pool, FIELD, field, NULL);
    char *at;

    for (at = variable + strlen(FIELD); *at && *at != '='; ++at) {
        *at = (char)(apr_isalnum(*at) ? apr_toupper(*at) : '_');
    }
    APR_ARRAY_PUSH(environment, char *) = variable;
}

static char **make_environment(const crosstown_task_t *task,
                               const crosstown_payload_t *payload)
{
    apr_array_header_t *all = apr_array_make(task->pool, 24, sizeof(char *));
    const char *field;

    APR_ARRAY_PUSH(all, const char *) = PATH;
    set(all, "CONTENT_TYPE", payload->type);
    ct_target_describe(task, set, all);
    for (field = payload->fields; field && *field;
         field += strlen(field) + 1) {
        set_field(all, field);
    }
    APR_ARRAY_PUSH(all, char *) = NULL;
    return (char **)all->elts;
}

/** Whose words they are, and the first ones on stdout. */
typedef struct {
    const crosstown_task_t *task;
    char first[FIRST];
} words_t;

static server_rec *server_of(const crosstown_task_t *task)
{
    return task->response ? task->response->server : ap_server_conf;
}

static void complain(void *context, const char *line)
{
    const crosstown_task_t *task = ((const words_t *)context)->task;

    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server_of(task), CTLOGNO(02201)
                 "task \"%s\" (id %s) says: %s", task->name, task->id, line);
}

/* Of no interest if all goes well; but this is where PHP's command line has
 * its errors. */
static void wrote(void *context, const char *line)
{
    words_t *words = context;

    if (!words->first[0]) {
        apr_cpystrn(words->first, line, sizeof(words->first));
    }
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server_of(words->task),
                 CTLOGNO(02203) "task \"%s\" (id %s) writes: %s",
                 words->task->name, words->task->id, line);
}

/* As postfix does with programs that it hands mail to: 75 asks for another
 * attempt, any other code is the program's last word, and what has ended it
 * from outside may not be there the next time. */
static apr_status_t judge(const crosstown_task_t *task,
                          const program_t *program, const words_t *words,
                          ct_process_end_e end, int code)
{
    const char *path = program->argv[0];
    const char *first = words->first[0]
        ? apr_pstrcat(task->pool, "; stdout: ", words->first, NULL) : "";

    switch (end) {
    case CT_PROCESS_EXITED:
        return code == 0 ? APR_SUCCESS
            : ct_target_fail(task, code == AGAIN ? APR_EAGAIN
                                                 : CROSSTOWN_GIVE_UP,
                             "%s: exit code %d%s%s", path, code,
                             code == AGAIN ? " (not now)" : "", first);
    case CT_PROCESS_KILLED:
        return ct_target_fail(task, APR_EGENERAL, "%s: ended by signal %d%s",
                              path, code, first);
    case CT_PROCESS_TIMED_OUT:
        return ct_target_fail(task, APR_TIMEUP, "%s: not over within %"
                              APR_TIME_T_FMT " ms (timeout=), ended%s", path,
                              apr_time_as_msec(program->timeout), first);
    case CT_PROCESS_STOPPED:
        return ct_target_fail(task, APR_EINTR, "%s: ended, the server process "
                              "stops", path);
    default:
        return ct_target_fail(task, APR_INCOMPLETE, "%s: left to itself, the "
                              "server process stops", path);
    }
}

static apr_status_t run(const crosstown_task_t *task,
                        const crosstown_payload_t *payload, void *config)
{
    const program_t *program = config;
    words_t words = { task, "" };
    ct_process_end_e end;
    ct_process_t process;
    apr_status_t rv;
    int code;

    process.argv = program->argv;
    process.environment = make_environment(task, payload);
    process.input = payload->data;
    process.length = payload->length;
    process.timeout = program->timeout;
    process.leave = program->leave;
    process.deadline = ct_target_deadline;
    process.complain = complain;
    /* One that goes on alone must not end by SIGPIPE. */
    process.wrote = program->leave ? NULL : wrote;
    process.context = &words;
    rv = ct_process_run(&process, &end, &code);
    if (rv != APR_SUCCESS) {
        char reason[120];

        return ct_target_fail(task, rv, "%s cannot be started: %s",
                              program->argv[0],
                              apr_strerror(rv, reason, sizeof(reason)));
    }
    return judge(task, program, &words, end, code);
}

static const crosstown_target_t program_target = {
    .size = sizeof(crosstown_target_t), .keys = keys, .parse = parse,
    .run = run
};

void ct_target_program_register(apr_pool_t *p)
{
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "program",
                         CROSSTOWN_TARGET_VERSION, &program_target);
}
