/* SPDX-License-Identifier: Apache-2.0 */
/* dump: what is printed for a section is what holds for a request that it
 * alone applies to, defaults and outer sections included. */
#include "dump.h"

#include "apr_strings.h"
#include "config.h"
#include "mod_crosstown.h"
#include "place.h"

typedef struct {
    apr_pool_t *pool;
    apr_file_t *out;
} dump_t;

/** A section that waits to be printed. */
typedef struct {
    const ap_conf_vector_t *vector;
    const char *kind;
    const char *indent;
    ct_place_t *outer;               /* what holds around it */
} section_t;

static void print_place(const dump_t *dump, const char *indent,
                        const ct_place_t *place)
{
    ct_settings_t settings = ct_place_fill_in(place, 1);

    apr_file_printf(dump->out, "%sCrosstown %s\n%sCrosstownNoGo %s\n"
                    "%sCrosstownOnAbort %s\n%s",
                    indent, settings.off ? "Off" : "On",
                    indent, ct_statuses_words(settings.no_go, dump->pool),
                    indent, settings.skip_aborted ? "skip" : "run",
                    place->htaccess == 0
                    ? apr_pstrcat(dump->pool, indent,
                                  "CrosstownHtaccess Off\n", NULL) : "");
    if (place->control == 1) {
        apr_file_printf(dump->out, "%sCrosstownControl On\n", indent);
    }
}

static void print_limits(const dump_t *dump, const ct_config_t *config)
{
    unsigned int i;

    apr_file_printf(dump->out, "mod_crosstown %d.%d\neach child process:\n"
                    "    CrosstownThreads %u %u\n    CrosstownQueue %u\n"
                    "    CrosstownOverflow %s\n    CrosstownDrain %d\n"
                    "    CrosstownSlowTask %d\n",
                    CROSSTOWN_VERSION_MAJOR, CROSSTOWN_VERSION_MINOR,
                    (unsigned)config->threads_min,
                    (unsigned)config->threads_max,
                    (unsigned)config->queue_max,
                    config->overflow_inline ? "inline" : "reject",
                    (int)apr_time_sec(config->drain),
                    (int)apr_time_sec(config->slow_task));
    for (i = 0; i < config->name_limits.count; ++i) {
        const ct_name_limit_t *limit = &config->name_limits.all[i];

        apr_file_printf(dump->out, "    CrosstownLimit \"%s\"", limit->name);
        if (limit->at_once) {
            apr_file_printf(dump->out, " concurrency=%u",
                            (unsigned)limit->at_once);
        }
        if (limit->queue) {
            apr_file_printf(dump->out, " queue=%u", (unsigned)limit->queue);
        }
        if (limit->scope == CT_SCOPE_SERVER) {
            apr_file_puts(" scope=server", dump->out);
        }
        apr_file_puts("\n", dump->out);
    }
}

/* As it is written in the configuration. */
static const char *heading_of(const dump_t *dump, const core_dir_config *core,
                              const char *kind)
{
    const ap_expr_info_t *condition = core->condition;

    if (core->condition_ifelse == AP_CONDITION_ELSE) {
        return "<Else>";
    }
    if (core->condition_ifelse) {
        return apr_psprintf(dump->pool, "<%s> of %s:%u",
                            core->condition_ifelse == AP_CONDITION_IF
                            ? "If" : "ElseIf", condition->filename,
                            condition->line_number);
    }
    return apr_psprintf(dump->pool, "<%s%s \"%s\">", kind,
                        core->r ? "Match" : "", core->d);
}

static void line_up(apr_array_header_t *line, const apr_array_header_t *which,
                    const char *kind, const char *indent, ct_place_t *outer)
{
    int i;

    for (i = which ? which->nelts : 0; i > 0; --i) {
        section_t *section = apr_array_push(line);

        section->vector = APR_ARRAY_IDX(which, i - 1, ap_conf_vector_t *);
        section->kind = kind;
        section->indent = indent;
        section->outer = outer;
    }
}

/* @return what holds in it */
static ct_place_t *print_section(const dump_t *dump, const section_t *section,
                                 const core_dir_config *core,
                                 const char *inner)
{
    ct_place_t *place = ap_get_module_config(section->vector,
                                             &crosstown_module);

    if (!place) {
        return section->outer;
    }
    place = ct_place_merge(dump->pool, section->outer, place);
    apr_file_printf(dump->out, "%s%s\n", section->indent,
                    heading_of(dump, core, section->kind));
    print_place(dump, inner, place);
    return place;
}

/* Sections stand in sections: those of one are printed before the next one.
 * The last of the line is the first to be printed. */
static void print_sections(const dump_t *dump, const apr_array_header_t *which,
                           const char *kind, ct_place_t *outer)
{
    apr_array_header_t *line = apr_array_make(dump->pool, 16,
                                              sizeof(section_t));
    const section_t *last;

    line_up(line, which, kind, "    ", outer);
    while ((last = apr_array_pop(line)) != NULL) {
        section_t section = *last;
        const core_dir_config *core =
            ap_get_core_module_config(section.vector);
        const char *inner = apr_pstrcat(dump->pool, section.indent, "    ",
                                        NULL);
        ct_place_t *place = print_section(dump, &section, core, inner);

        line_up(line, core->sec_if, "If", inner, place);
        line_up(line, core->sec_file, "Files", inner, place);
    }
}

static void print_server(const dump_t *dump, const server_rec *s)
{
    const core_server_config *server =
        ap_get_core_module_config(s->module_config);
    const core_dir_config *core =
        ap_get_core_module_config(s->lookup_defaults);
    ct_place_t *place = ap_get_module_config(s->lookup_defaults,
                                             &crosstown_module);

    if (s->is_virtual) {
        apr_file_printf(dump->out, "virtual host %s (%s:%u):\n",
                        s->server_hostname ? s->server_hostname : "-",
                        s->defn_name ? s->defn_name : "-",
                        s->defn_line_number);
    }
    else {
        apr_file_printf(dump->out, "server %s:\n",
                        s->server_hostname ? s->server_hostname : "-");
    }
    print_place(dump, "    ", place);
    print_sections(dump, server->sec_dir, "Directory", place);
    print_sections(dump, core->sec_file, "Files", place);
    print_sections(dump, server->sec_url, "Location", place);
    print_sections(dump, core->sec_if, "If", place);
}

static void test_config(apr_pool_t *pconf, server_rec *s)
{
    dump_t dump = { pconf, NULL };

    if (!ap_exists_config_define("DUMP_CROSSTOWN")
        || apr_file_open_stdout(&dump.out, pconf) != APR_SUCCESS) {
        return;
    }
    print_limits(&dump, ap_get_module_config(s->module_config,
                                             &crosstown_module));
    for (; s; s = s->next) {
        print_server(&dump, s);
    }
}

void ct_dump_register(void)
{
    ap_hook_test_config(test_config, NULL, NULL, APR_HOOK_MIDDLE);
}
