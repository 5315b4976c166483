/* SPDX-License-Identifier: Apache-2.0 */
/* configure: directives, given to the function that the module names for them
 * as the server would, from the main server's configuration.
 * Thread: the test's.
 * Lifetime: what a directive keeps lies in the test's pool. */
#include "stage.h"

#include "apr_strings.h"

#define WORDS_AT_MOST 3

typedef struct {
    cmd_parms parms;
    void *section;
    const char *arguments;           /* as written */
    char **words;                    /* the same, word by word; NULL ends */
    int count;
} line_t;

static const struct {
    enum cmd_how how;
    int least;
    int most;
} counts[] = {
    { NO_ARGS, 0, 0 }, { FLAG, 1, 1 }, { TAKE1, 1, 1 }, { TAKE2, 2, 2 },
    { TAKE3, 3, 3 }, { TAKE12, 1, 2 }, { TAKE23, 2, 3 }, { TAKE123, 1, 3 },
    { TAKE13, 1, 3 }, { ITERATE, 1, INT_MAX }, { ITERATE2, 2, INT_MAX }
};

static int fits(const line_t *line, enum cmd_how how)
{
    unsigned int i;

    if (how == TAKE13 && line->count == 2) {
        return 0;
    }
    for (i = 0; i < sizeof(counts) / sizeof(counts[0]); ++i) {
        if (counts[i].how == how) {
            return line->count >= counts[i].least
                   && line->count <= counts[i].most;
        }
    }
    return 1;                        /* the module counts for itself */
}

static const char *apply_flag(line_t *line)
{
    const command_rec *cmd = line->parms.cmd;
    int on = !ap_cstr_casecmp(line->words[0], "on");

    if (!on && ap_cstr_casecmp(line->words[0], "off")) {
        return apr_pstrcat(line->parms.pool, cmd->name,
                           " must be On or Off", NULL);
    }
    return cmd->func.flag(&line->parms, line->section, on);
}

/* The words from 0 (ITERATE) or 1 on, one call each. */
static const char *iterate(line_t *line, int from)
{
    const cmd_func *func = &line->parms.cmd->func;
    const char *wrong = NULL;
    int i;

    for (i = from; i < line->count && !wrong; ++i) {
        wrong = from ? func->take2(&line->parms, line->section,
                                   line->words[0], line->words[i])
                     : func->take1(&line->parms, line->section,
                                   line->words[i]);
    }
    return wrong;
}

/* A word that may be left out is NULL then. */
static const char *apply(line_t *line)
{
    const command_rec *cmd = line->parms.cmd;
    cmd_parms *parms = &line->parms;
    void *section = line->section;
    char *words[WORDS_AT_MOST] = { NULL, NULL, NULL };
    int i;

    for (i = 0; i < WORDS_AT_MOST && i < line->count; ++i) {
        words[i] = line->words[i];
    }
    switch (cmd->args_how) {
    case RAW_ARGS:
        return cmd->func.raw_args(parms, section, line->arguments);
    case TAKE_ARGV:
        return cmd->func.take_argv(parms, section, line->count, line->words);
    case NO_ARGS:
        return cmd->func.no_args(parms, section);
    case FLAG:
        return apply_flag(line);
    case TAKE1:
        return cmd->func.take1(parms, section, words[0]);
    case TAKE2:
    case TAKE12:
        return cmd->func.take2(parms, section, words[0], words[1]);
    case ITERATE:
    case ITERATE2:
        return iterate(line, cmd->args_how == ITERATE2);
    default:
        return cmd->func.take3(parms, section, words[0], words[1], words[2]);
    }
}

static const command_rec *find(const module *from, const char *name)
{
    const command_rec *cmd = from->cmds;

    for (; cmd && cmd->name; ++cmd) {
        if (!ap_cstr_casecmp(cmd->name, name)) {
            return cmd;
        }
    }
    return NULL;
}

/* Where it stands; modules may keep that for their messages. */
static ap_directive_t *make_place(apr_pool_t *pool, const char *text)
{
    ap_directive_t *place = apr_pcalloc(pool, sizeof(*place));

    place->directive = text;
    place->args = "";
    place->filename = "crosstown_testing";
    place->line_num = ++ct_stage()->lines;
    return place;
}

static void read_line(line_t *line, const char *text)
{
    apr_pool_t *pool = ct_stage()->pool;

    memset(line, 0, sizeof(*line));
    (void)apr_tokenize_to_argv(text, &line->words, pool);
    while (line->words[line->count]) {
        ++line->count;
    }
    line->arguments = line->count ? text + strcspn(text, " \t") : text;
    line->arguments += strspn(line->arguments, " \t");
    line->parms.pool = pool;
    /* As in a file of the configuration: in .htaccess they are the same. */
    (void)apr_pool_create(&line->parms.temp_pool, pool);
    line->parms.directive = make_place(pool, apr_pstrdup(pool, text));
    line->parms.limited = -1;
    line->parms.server = ct_stage()->server;
    line->parms.override = RSRC_CONF | OR_ALL;
    line->parms.context = line->parms.server->lookup_defaults;
}

const char *crosstown_test_configure(const char *text)
{
    ct_stage_t *stage = ct_stage();
    line_t line;
    int i;

    ct_stage_configure();
    read_line(&line, text);
    for (i = 0; i < stage->count && line.count > 0; ++i) {
        const command_rec *cmd = find(stage->modules[i], line.words[0]);

        if (!cmd) {
            continue;
        }
        line.parms.cmd = cmd;
        line.parms.info = cmd->cmd_data;
        line.section = ap_get_module_config(line.parms.context,
                                            stage->modules[i]);
        ++line.words;
        --line.count;
        return fits(&line, cmd->args_how)
               ? apply(&line)
               : apr_psprintf(stage->pool, "%s takes other arguments, %s",
                              cmd->name, cmd->errmsg ? cmd->errmsg : "");
    }
    return apr_psprintf(stage->pool, "Invalid command '%s'", text);
}
