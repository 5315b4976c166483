/* SPDX-License-Identifier: Apache-2.0 */
/* self_token: a secret that nobody has to write down. It is judged as soon as
 * a request is read and taken out of it, so that no script, log or back end
 * sees it. */
#include "self_token.h"

#include "tasks_glue.h"

#include "apr_general.h"
#include "http_protocol.h"
#include "http_request.h"
#include "mod_auth.h"

#define BYTES 16

static const char retained_key[] = "crosstown-tasks-token";

/* In memory that outlives a reload of the module. */
static const char *token;

static const char known_key[] = "crosstown-tasks-known";

const char *ct_self_token(void)
{
    return token;
}

/* Compares all of it, however early it differs. */
static int is_token(const char *value)
{
    unsigned int differ = 0;
    apr_size_t i;

    if (strlen(value) != 2 * BYTES) {
        return 0;
    }
    for (i = 0; i < 2 * BYTES; ++i) {
        differ |= (unsigned int)(unsigned char)value[i]
                  ^ (unsigned char)token[i];
    }
    return differ == 0;
}

static int judge_request(request_rec *r)
{
    const char *value = apr_table_get(r->headers_in, CT_SELF_TOKEN_HEADER);

    if (value) {
        if (token && is_token(value)) {
            apr_pool_userdata_setn("", known_key, NULL, r->pool);
        }
        apr_table_unset(r->headers_in, CT_SELF_TOKEN_HEADER);
    }
    return DECLINED;
}

/* Sub-requests and internal redirects are the request's own. */
static int is_known(request_rec *r)
{
    void *known = NULL;

    while (r->main) {
        r = r->main;
    }
    apr_pool_userdata_get(&known, known_key, r->pool);
    return known != NULL;
}

static authz_status check_request(request_rec *r, const char *line,
                                  const void *parsed)
{
    return is_known(r) ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

static const char *parse_line(cmd_parms *cmd, const char *line,
                              const void **parsed)
{
    return line && *line ? "Require crosstown: nothing stands behind it"
                         : NULL;
}

static const authz_provider provider = { check_request, parse_line };

static int make_token(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    unsigned char bytes[BYTES];
    char *text = ap_retained_data_get(retained_key);

    if (!text) {
        text = ap_retained_data_create(retained_key, 2 * BYTES + 1);
        if (apr_generate_random_bytes(bytes, sizeof(bytes)) != APR_SUCCESS) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        ap_bin2hex(bytes, sizeof(bytes), text);
    }
    token = text;
    return OK;
}

void ct_self_token_register(apr_pool_t *p)
{
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, "crosstown",
                              AUTHZ_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_pre_config(make_token, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_read_request(judge_request, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
}
