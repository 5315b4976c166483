/* SPDX-License-Identifier: Apache-2.0 */
/* status_url: httpd itself looks the URL up, in a sub-request that is not run:
 * aliases, rewriting, sections, .htaccess files and conditions are then merged
 * as for a visitor. Who may not go there is told so: what would be merged
 * behind the refusal is not known. The hooks are not run by APR's run-all, as
 * in outcomes.c. */
#include "status_url.h"

#include "apr_strings.h"
#include "crosstown_control.h"
#include "http_protocol.h"
#include "http_request.h"
#include "place.h"
#include "text.h"

static void add_own(request_rec *lookup, apr_array_header_t *said)
{
    const ct_place_t *place = ct_place_of(lookup);
    ct_settings_t settings = ct_place_fill_in(place, 0);

    crosstown_setting_add(said, settings.off ? "Crosstown Off"
                          : "Crosstown On", settings.off_by);
    crosstown_setting_add(said, apr_pstrcat(
        lookup->pool, "CrosstownNoGo ",
        ct_statuses_words(settings.no_go, lookup->pool), NULL),
        settings.no_go_by);
    crosstown_setting_add(said, settings.skip_aborted
                          ? "CrosstownOnAbort skip" : "CrosstownOnAbort run",
                          settings.skip_aborted_by);
    crosstown_setting_add(said, place->htaccess == 0
                          ? "CrosstownHtaccess Off" : "CrosstownHtaccess On",
                          place->htaccess_by);
    crosstown_setting_add(said, place->control == 1
                          ? "CrosstownControl On" : "CrosstownControl Off",
                          place->control_by);
}

static void add_others(request_rec *lookup, apr_array_header_t *said)
{
    const apr_array_header_t *hooks =
        apr_optional_hook_get("crosstown_settings");
    int i;

    for (i = 0; hooks && i < hooks->nelts; ++i) {
        (void)APR_ARRAY_IDX(hooks, i, crosstown_LINK_crosstown_settings_t)
            .pFunc(lookup, said);
    }
}

/* "conf/httpd.conf:12, in <VirtualHost *:80> <Location "/a">" */
static const char *where(apr_pool_t *p, const ap_directive_t *by)
{
    const ap_directive_t *section;
    const char *sections = "";

    if (!by) {
        return "default";
    }
    for (section = by->parent; section; section = section->parent) {
        sections = apr_psprintf(p, " %s %s%s", section->directive,
                                section->args, sections);
    }
    return apr_psprintf(p, "%s:%d%s%s", by->filename, by->line_num,
                        *sections ? ", in" : "", sections);
}

static void write_settings(request_rec *r, const apr_array_header_t *said)
{
    int i;

    for (i = 0; i < said->nelts; ++i) {
        const crosstown_setting_t *setting = APR_ARRAY_IDX(
            said, i, const crosstown_setting_t *);

        ap_rprintf(r, "%s\n    %s\n",
                   ct_status_text_visible(r->pool, setting->words),
                   ct_status_text_visible(r->pool, where(r->pool,
                                                         setting->by)));
    }
}

static void write_heading(request_rec *r, request_rec *lookup,
                          const char *url)
{
    const server_rec *s = lookup->server;

    ap_rprintf(r, "%s\n    %s", ct_status_text_visible(r->pool, url),
               s->is_virtual ? "virtual host " : "server ");
    ap_rputs(s->server_hostname ? s->server_hostname : "-", r);
    if (s->defn_name) {
        ap_rprintf(r, " (%s:%u)", s->defn_name, s->defn_line_number);
    }
    if (lookup->filename) {
        ap_rprintf(r, "\n    file %s",
                   ct_status_text_visible(r->pool, lookup->filename));
    }
    ap_rputs("\n", r);
    if (lookup->status != HTTP_OK) {
        ap_rprintf(r, "    answered %d before its handler: what sections and "
                   "files behind that would say is not below\n",
                   lookup->status);
    }
}

void ct_status_url(request_rec *r, const char *url)
{
    request_rec *lookup = ap_sub_req_method_uri("GET", url, r, NULL);
    apr_array_header_t *said = apr_array_make(r->pool, 16, sizeof(void *));

    write_heading(r, lookup, url);
    add_own(lookup, said);
    add_others(lookup, said);
    write_settings(r, said);
    ap_destroy_sub_req(lookup);
}
