/* SPDX-License-Identifier: Apache-2.0 */
/* task_place: CrosstownAccept replaces what was said outside, so that a place
 * can be closed; CrosstownAfter adds to it, since it names things to be done.
 * Neither may stand in .htaccess: who writes there should not reach tasks that
 * were named for another site. */
#include "task_place.h"

#include "after.h"
#include "report.h"
#include "task_header.h"
#include "task_keys.h"

#include "apr_lib.h"
#include "apr_strings.h"

#define CONDITION "expr"

void *ct_task_place_make(apr_pool_t *p, char *dir)
{
    ct_task_place_t *place = apr_pcalloc(p, sizeof(*place));

    place->report = -1;
    return place;
}

static const apr_array_header_t *both(apr_pool_t *p,
                                      const apr_array_header_t *outer,
                                      const apr_array_header_t *inner)
{
    if (!outer || !inner) {
        return outer ? outer : inner;
    }
    return apr_array_append(p, outer, inner);
}

void *ct_task_place_merge(apr_pool_t *p, void *outer, void *inner)
{
    const ct_task_place_t *base = outer;
    const ct_task_place_t *add = inner;
    ct_task_place_t *place = apr_pmemdup(p, add, sizeof(*add));

    if (!add->accepted) {
        place->accepted = base->accepted;
        place->accepted_words = base->accepted_words;
        place->accepted_by = base->accepted_by;
    }
    if (!add->after_dropped) {
        place->after = both(p, base->after, add->after);
        place->after_dropped = base->after_dropped;
    }
    if (add->report < 0) {
        place->report = base->report;
        place->report_by = base->report_by;
    }
    return place;
}

static const char *check_name(cmd_parms *cmd, const char *name)
{
    return ct_task_name_is_valid(name) ? NULL
        : apr_psprintf(cmd->pool, "%s: \"%s\" is no task's name",
                       cmd->cmd->name, name);
}

static int is_none(int argc, char *const argv[])
{
    return argc == 1 && !strcasecmp(argv[0], "none");
}

const char *ct_task_place_accept(cmd_parms *cmd, void *dir, int argc,
                                 char *const argv[])
{
    ct_task_place_t *place = dir;
    apr_array_header_t *names = apr_array_make(cmd->pool, argc + 1,
                                               sizeof(const char *));
    apr_array_header_t *by = apr_array_make(cmd->pool, argc + 1,
                                            sizeof(const ap_directive_t *));
    const char *wrong = argc > 0 ? ct_task_keys_check(cmd, argc)
        : "CrosstownAccept: write the names of tasks, or none";
    int i;

    for (i = 0; i < argc && !wrong && !is_none(argc, argv); ++i) {
        wrong = check_name(cmd, argv[i]);
        APR_ARRAY_PUSH(names, const char *) = argv[i];
        APR_ARRAY_PUSH(by, const ap_directive_t *) = cmd->directive;
    }
    /* Several lines in one section are one list. */
    if (names->nelts > 0 && place->accepted && place->accepted->nelts > 0) {
        place->accepted = both(cmd->pool, place->accepted, names);
        place->accepted_by = both(cmd->pool, place->accepted_by, by);
    }
    else {
        if (names->nelts == 0) {
            APR_ARRAY_PUSH(by, const ap_directive_t *) = cmd->directive;
        }
        place->accepted = names;
        place->accepted_by = by;
    }
    place->accepted_words = apr_array_pstrcat(cmd->pool, place->accepted, ',');
    return wrong;
}

static const char *read_expression(cmd_parms *cmd, const char *text,
                                   unsigned int flags,
                                   const ap_expr_info_t **expression)
{
    const char *error = NULL;

    *expression = ap_expr_parse_cmd(cmd, text, flags, &error, NULL);
    return error ? apr_psprintf(cmd->pool, "CrosstownAfter: in \"%s\": %s",
                                text, error) : NULL;
}

static const char *read_field(cmd_parms *cmd, ct_after_t *after,
                              const char *word)
{
    const char *sign = strchr(word, '=');
    ct_after_field_t *field;
    const char *key;

    if (!sign) {
        return apr_psprintf(cmd->pool, "CrosstownAfter %s: \"%s\" is not "
                            "field=value or expr=condition", after->name,
                            word);
    }
    key = apr_pstrmemdup(cmd->pool, word, (apr_size_t)(sign - word));
    if (!strcmp(key, CONDITION)) {
        return after->condition
            ? apr_psprintf(cmd->pool, "CrosstownAfter %s: expr= is there "
                           "twice; join the conditions with &&", after->name)
            : read_expression(cmd, sign + 1, AP_EXPR_FLAG_DONT_VARY,
                              &after->condition);
    }
    if (!ct_task_field_is_valid(cmd->temp_pool, key)) {
        return apr_psprintf(cmd->pool, "CrosstownAfter %s: \"%s\" is no "
                            "field's name: a lower-case letter, then "
                            "lower-case letters, digits, \"_\", \"-\", \".\" "
                            "and \"*\", and not ct-", after->name, key);
    }
    field = apr_array_push(after->fields);
    field->key = key;
    return read_expression(cmd, sign + 1, AP_EXPR_FLAG_STRING_RESULT
                           | AP_EXPR_FLAG_DONT_VARY, &field->value);
}

const char *ct_task_place_after(cmd_parms *cmd, void *dir, int argc,
                                char *const argv[])
{
    ct_task_place_t *place = dir;
    apr_array_header_t *list;
    const char *wrong = ct_task_keys_check(cmd, argc);
    ct_after_t *after;
    int i;

    if (wrong) {
        return wrong;
    }
    if (argc < 1) {
        return "CrosstownAfter: write a task's name and, if wanted, "
               "field=value and expr=condition; or none";
    }
    if (is_none(argc, argv)) {
        place->after = NULL;
        place->after_dropped = cmd->directive;
        return NULL;
    }
    ct_after_want();
    after = apr_pcalloc(cmd->pool, sizeof(*after));
    after->name = argv[0];
    after->fields = apr_array_make(cmd->pool, argc, sizeof(ct_after_field_t));
    after->by = cmd->directive;
    after->said = apr_psprintf(cmd->pool, "CrosstownAfter, %s:%d",
                               apr_filepath_name_get(after->by->filename),
                               after->by->line_num);
    wrong = check_name(cmd, after->name);
    for (i = 1; i < argc && !wrong; ++i) {
        wrong = read_field(cmd, after, argv[i]);
    }
    list = apr_array_make(cmd->pool, 1, sizeof(const ct_after_t *));
    APR_ARRAY_PUSH(list, const ct_after_t *) = after;
    place->after = both(cmd->pool, place->after, list);
    return wrong;
}

const char *ct_task_place_report(cmd_parms *cmd, void *dir, int on)
{
    ct_task_place_t *place = dir;
    const char *wrong = ct_task_keys_check(cmd, 1);

    if (wrong) {
        return wrong;
    }
    place->report = (signed char)(on != 0);
    place->report_by = cmd->directive;
    if (on) {
        ct_report_want();
    }
    return NULL;
}

/* A request that could not be read has no section yet. */
const ct_task_place_t *ct_task_place_of(const request_rec *r)
{
    const ap_conf_vector_t *section = r->per_dir_config
                                      ? r->per_dir_config
                                      : r->server->lookup_defaults;

    return ap_get_module_config(section, &crosstown_tasks_module);
}

int ct_task_place_accepts(const ct_task_place_t *place, const char *name)
{
    int i;

    for (i = 0; place->accepted && i < place->accepted->nelts; ++i) {
        if (!strcmp(APR_ARRAY_IDX(place->accepted, i, const char *), name)) {
            return 1;
        }
    }
    return 0;
}
