/* SPDX-License-Identifier: Apache-2.0 */
/* server_util: what modules ask the server: about itself, a request, a
 * directive; and some text functions. A test that needs more defines it.
 * Thread: the test's.
 * Lifetime: see each. */
#include "stage.h"

#include "ap_mpm.h"
#include "ap_release.h"
#include "apr_cstr.h"
#include "apr_escape.h"
#include "apr_strings.h"
#include "guarded.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_ssl.h"
#include "http_vhost.h"
#include "util_script.h"
#include "weak.h"

CT_WEAK(ap_server_conf)
CT_WEAK(ap_get_server_revision)
CT_WEAK(ap_get_server_banner)
CT_WEAK(ap_get_server_name)
CT_WEAK(ap_get_server_port)
CT_WEAK(ap_get_protocol)
CT_WEAK(ap_matches_request_vhost)
CT_WEAK(ap_parse_form_data)
CT_WEAK(ap_get_conn_socket)
CT_WEAK(ap_ssl_conn_is_ssl)
CT_WEAK(ap_find_linked_module)
CT_WEAK(ap_state_query)
CT_WEAK(ap_mpm_query)
CT_WEAK(ap_check_cmd_context)
CT_WEAK(ap_exists_config_define)
CT_WEAK(ap_is_initial_req)
CT_WEAK(ap_args_to_table)
CT_WEAK(ap_cstr_casecmp)
CT_WEAK(ap_cstr_casecmpn)
CT_WEAK(ap_unescape_url)
CT_WEAK(ap_unescape_urlencoded)
CT_WEAK(ap_escape_html2)
CT_WEAK(ap_timeout_parameter_parse)

server_rec *ap_server_conf;

void ap_get_server_revision(ap_version_t *version)
{
    version->major = AP_SERVER_MAJORVERSION_NUMBER;
    version->minor = AP_SERVER_MINORVERSION_NUMBER;
    version->patch = AP_SERVER_PATCHLEVEL_NUMBER;
    version->add_string = AP_SERVER_ADD_STRING;
}

const char *ap_get_server_banner(void)
{
    return AP_SERVER_BASEPRODUCT;
}

const char *ap_get_server_name(request_rec *r)
{
    return r->server->server_hostname;
}

int ap_matches_request_vhost(request_rec *r, const char *host, apr_port_t port)
{
    return apr_cstr_casecmp(host, r->server->server_hostname) == 0;
}

/* Nobody fills in a form here. */
int ap_parse_form_data(request_rec *r, ap_filter_t *f,
                       apr_array_header_t **pairs, apr_size_t number,
                       apr_size_t size)
{
    return HTTP_NOT_IMPLEMENTED;
}

apr_port_t ap_get_server_port(const request_rec *r)
{
    return r->server->port;
}

const char *ap_get_protocol(conn_rec *c)
{
    ct_guarded_touch(c);
    return "http/1.1";
}

/* There is none: whether a client has gone is what c->aborted says. */
apr_socket_t *ap_get_conn_socket(conn_rec *c)
{
    ct_guarded_touch(c);
    return NULL;
}

int ap_ssl_conn_is_ssl(conn_rec *c)
{
    ct_guarded_touch(c);
    return 0;
}

module *ap_find_linked_module(const char *name)
{
    const ct_stage_t *stage = ct_stage();
    int i;

    for (i = 0; i < stage->count; ++i) {
        if (!strcmp(stage->modules[i]->name, name)) {
            return stage->modules[i];
        }
    }
    return NULL;
}

int ap_state_query(int query)
{
    switch (query) {
    case AP_SQ_MAIN_STATE:
        return ct_stage()->started ? AP_SQ_MS_RUN_MPM
                                   : AP_SQ_MS_CREATE_CONFIG;
    case AP_SQ_RUN_MODE:
        return AP_SQ_RM_NORMAL;
    case AP_SQ_CONFIG_GEN:
        return 1;
    default:
        return AP_SQ_NOT_SUPPORTED;
    }
}

/* As in event, with one thread in one process; AP_MPMQ_STATIC is 1, too. */
apr_status_t ap_mpm_query(int query, int *answer)
{
    switch (query) {
    case AP_MPMQ_IS_THREADED:
    case AP_MPMQ_MAX_THREADS:
    case AP_MPMQ_MAX_DAEMONS:
    case AP_MPMQ_MAX_DAEMON_USED:
    case AP_MPMQ_HARD_LIMIT_THREADS:
    case AP_MPMQ_HARD_LIMIT_DAEMONS:
        *answer = 1;
        return APR_SUCCESS;
    case AP_MPMQ_MPM_STATE:
        *answer = ct_stage()->started ? AP_MPMQ_RUNNING : AP_MPMQ_STARTING;
        return APR_SUCCESS;
    default:
        *answer = 0;
        return APR_ENOTIMPL;
    }
}

/* Directives of a test stand outside of all sections. */
const char *ap_check_cmd_context(cmd_parms *cmd, unsigned forbidden)
{
    return NULL;
}

/* No `-D` on a command line. */
int ap_exists_config_define(const char *name)
{
    return 0;
}

int ap_is_initial_req(request_rec *r)
{
    return !r->main && !r->prev;
}

void ap_args_to_table(request_rec *r, apr_table_t **table)
{
    char *rest = apr_pstrdup(r->pool, r->args ? r->args : "");
    char *pair, *more;

    *table = apr_table_make(r->pool, 8);
    for (pair = apr_strtok(rest, "&;", &more); pair;
         pair = apr_strtok(NULL, "&;", &more)) {
        char *value = strchr(pair, '=');

        if (value) {
            *value++ = '\0';
        }
        else {
            value = pair + strlen(pair);
        }
        ap_unescape_urlencoded(pair);
        ap_unescape_urlencoded(value);
        apr_table_set(*table, pair, value);
    }
}

int ap_cstr_casecmp(const char *one, const char *other)
{
    return apr_cstr_casecmp(one, other);
}

int ap_cstr_casecmpn(const char *one, const char *other, apr_size_t length)
{
    return apr_cstr_casecmpn(one, other, length);
}

static int unescape(char *text, const char *forbidden, int plus)
{
    apr_status_t rv = apr_unescape_url(text, text, APR_ESCAPE_STRING,
                                       forbidden, NULL, plus, NULL);

    return rv == APR_EINVAL ? HTTP_BAD_REQUEST
           : rv == APR_BADCH ? HTTP_NOT_FOUND : OK;
}

int ap_unescape_url(char *url)
{
    return unescape(url, "/", 0);
}

int ap_unescape_urlencoded(char *query)
{
    return unescape(query, NULL, 1);
}

char *ap_escape_html2(apr_pool_t *p, const char *text, int to_ascii)
{
    return (char *)apr_pescape_entity(p, text, to_ascii);
}

/* "200ms", "5s", "1mi", "2h"; without a unit in that of the caller. */
apr_status_t ap_timeout_parameter_parse(const char *word,
                                        apr_interval_time_t *timeout,
                                        const char *unit)
{
    static const struct {
        const char *unit;
        apr_interval_time_t length;
    } units[] = {
        { "ms", APR_USEC_PER_SEC / 1000 }, { "mi", 60 * APR_USEC_PER_SEC },
        { "s", APR_USEC_PER_SEC }, { "h", 3600 * APR_USEC_PER_SEC }
    };
    char *end;
    apr_int64_t number = apr_strtoi64(word, &end, 10);
    unsigned int i;

    unit = *end ? end : unit;
    for (i = 0; end != word && i < sizeof(units) / sizeof(units[0]); ++i) {
        if (!apr_cstr_casecmpn(unit, units[i].unit, strlen(units[i].unit))) {
            *timeout = number * units[i].length;
            return APR_SUCCESS;
        }
    }
    return APR_EGENERAL;
}
