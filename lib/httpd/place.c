/* SPDX-License-Identifier: Apache-2.0 */
/* place: two sets of settings go side by side from section to section, one of
 * which no .htaccess file gets to write to: so a task, or the administrator,
 * can ask for what holds without them, however many sections were merged in
 * between. */
#include "place.h"

#include "apr_strings.h"
#include "config.h"

static const ct_settings_t unsaid = {
    NULL, CT_UNSAID, CT_UNSAID, NULL, NULL, NULL
};

void *ct_place_make(apr_pool_t *p, char *dir)
{
    ct_place_t *place = apr_pcalloc(p, sizeof(*place));

    place->with_htaccess = unsaid;
    place->without_htaccess = unsaid;
    place->htaccess = CT_UNSAID;
    place->control = CT_UNSAID;
    return place;
}

/* What is not said is as it was outside. */
static void inherit(ct_settings_t *settings, const ct_settings_t *outer)
{
    if (!settings->no_go) {
        settings->no_go = outer->no_go;
        settings->no_go_by = outer->no_go_by;
    }
    if (settings->off == CT_UNSAID) {
        settings->off = outer->off;
        settings->off_by = outer->off_by;
    }
    if (settings->skip_aborted == CT_UNSAID) {
        settings->skip_aborted = outer->skip_aborted;
        settings->skip_aborted_by = outer->skip_aborted_by;
    }
}

void *ct_place_merge(apr_pool_t *p, void *outer, void *inner)
{
    const ct_place_t *base = outer;
    ct_place_t *place = apr_pmemdup(p, inner, sizeof(*place));

    inherit(&place->with_htaccess, &base->with_htaccess);
    inherit(&place->without_htaccess, &base->without_htaccess);
    if (place->htaccess == CT_UNSAID) {
        place->htaccess = base->htaccess;
        place->htaccess_by = base->htaccess_by;
    }
    if (place->control == CT_UNSAID) {
        place->control = base->control;
        place->control_by = base->control_by;
    }
    return place;
}

ct_settings_t ct_place_fill_in(const ct_place_t *place, int no_htaccess)
{
    static const ct_statuses_t error_statuses = CT_STATUSES_4XX_5XX;
    static const ct_settings_t defaults = {
        &error_statuses, 0, 0, NULL, NULL, NULL
    };
    ct_settings_t settings = no_htaccess || place->htaccess == 0
                             ? place->without_htaccess
                             : place->with_htaccess;

    inherit(&settings, &defaults);
    return settings;
}

const ct_place_t *ct_place_of(const request_rec *r)
{
    /* A request that could not be read has no section yet. */
    const ap_conf_vector_t *section = r->per_dir_config
                                      ? r->per_dir_config
                                      : r->server->lookup_defaults;

    return ap_get_module_config(section, &crosstown_module);
}

ct_settings_t ct_place_settings(const request_rec *r, int no_htaccess)
{
    return ct_place_fill_in(ct_place_of(r), no_htaccess);
}

/* Whose settings a directive changes: its file's alone, or both. */
typedef struct {
    ct_settings_t *all[2];
    int count;
} targets_t;

static targets_t targets_of(cmd_parms *cmd, ct_place_t *place)
{
    targets_t targets = {
        { &place->with_htaccess, &place->without_htaccess }, 2
    };

    if (ap_check_cmd_context(cmd, NOT_IN_HTACCESS)) {
        targets.count = 1;
    }
    return targets;
}

/* <Limit> is about access alone: a directive of ours would hold for all
 * methods there. @return NULL, or a message */
static const char *refuse_limit(cmd_parms *cmd)
{
    const char *message = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    if (message) {
        return apr_pstrcat(cmd->pool, message, ", where it would hold for "
                           "every method; write <If \"%{REQUEST_METHOD} == "
                           "'POST'\"> and the like", NULL);
    }
    return NULL;
}

static const char *set_choice(cmd_parms *cmd, const char *arg, const char *no,
                              const char *yes, int *value)
{
    const char *message = refuse_limit(cmd);

    return message ? message : ct_config_choice(cmd, arg, no, yes, value);
}

const char *ct_place_set_on(cmd_parms *cmd, void *dir, const char *arg)
{
    targets_t targets = targets_of(cmd, dir);
    int on = 0;
    const char *message = set_choice(cmd, arg, "Off", "On", &on);
    int i;

    for (i = 0; i < targets.count && !message; ++i) {
        targets.all[i]->off = !on;
        targets.all[i]->off_by = cmd->directive;
    }
    return message;
}

/* Quoted or not, one word or several: all arguments are one list. Read by
 * ourselves, since httpd drops what comes behind the 64th. */
const char *ct_place_set_no_go(cmd_parms *cmd, void *dir, const char *args)
{
    targets_t targets = targets_of(cmd, dir);
    const char *message = refuse_limit(cmd);
    const char *words = "";
    ct_statuses_t set;
    int i;

    if (message) {
        return message;
    }
    while (*args) {
        words = apr_pstrcat(cmd->temp_pool, words, " ",
                            ap_getword_conf(cmd->temp_pool, &args), NULL);
    }
    message = ct_statuses_parse(&set, words, cmd->pool);
    if (message) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", message, NULL);
    }
    for (i = 0; i < targets.count; ++i) {
        targets.all[i]->no_go = apr_pmemdup(cmd->pool, &set, sizeof(set));
        targets.all[i]->no_go_by = cmd->directive;
    }
    return NULL;
}

const char *ct_place_set_on_abort(cmd_parms *cmd, void *dir, const char *arg)
{
    targets_t targets = targets_of(cmd, dir);
    int skip = 0;
    const char *message = set_choice(cmd, arg, "run", "skip", &skip);
    int i;

    for (i = 0; i < targets.count && !message; ++i) {
        targets.all[i]->skip_aborted = (signed char)skip;
        targets.all[i]->skip_aborted_by = cmd->directive;
    }
    return message;
}

const char *ct_place_set_htaccess(cmd_parms *cmd, void *dir, const char *arg)
{
    ct_place_t *place = dir;
    int on = 0;
    const char *message = set_choice(cmd, arg, "Off", "On", &on);

    if (!message) {
        place->htaccess = (signed char)on;
        place->htaccess_by = cmd->directive;
    }
    return message;
}
