/* SPDX-License-Identifier: Apache-2.0 */
/* origin: a virtual host is known by what a restart does not change: its name
 * and the port it listens on. */
#include "origin.h"

#include "apr_strings.h"
#include "http_protocol.h"

static const char *name_of(const server_rec *s)
{
    return s->server_hostname ? s->server_hostname : "";
}

static int port_of(const server_rec *s)
{
    return s->addrs ? s->addrs->host_port : 0;
}

const char *ct_origin_server(apr_pool_t *p, const server_rec *s)
{
    return !s->is_virtual ? NULL
        : apr_psprintf(p, "%s:%d", name_of(s), port_of(s));
}

/* There may be thousands: their texts are not made to be compared. */
static int is_text_of(const char *text, const server_rec *s)
{
    apr_size_t length = strlen(name_of(s));
    char port[16];

    if (strncmp(text, name_of(s), length)) {
        return 0;
    }
    apr_snprintf(port, sizeof(port), ":%d", port_of(s));
    return !strcmp(text + length, port);
}

server_rec *ct_origin_find_server(const char *text)
{
    server_rec *s = ap_server_conf;

    if (!text) {
        return s;
    }
    for (s = s->next; s; s = s->next) {
        if (is_text_of(text, s)) {
            return s;
        }
    }
    return NULL;
}

void ct_origin_of(request_rec *root, ct_kept_t *kept)
{
    const char **origin = kept->origin;

    kept->received = root->request_time;
    origin[CT_ORIGIN_METHOD] = root->method;
    origin[CT_ORIGIN_URI] = root->uri;
    origin[CT_ORIGIN_ARGS] = root->args;
    origin[CT_ORIGIN_HOSTNAME] = root->hostname;
    origin[CT_ORIGIN_CLIENT] = root->useragent_ip;
    origin[CT_ORIGIN_USER] = root->user;
    origin[CT_ORIGIN_LOG_ID] = root->log_id;
    origin[CT_ORIGIN_TRACEPARENT] = apr_table_get(root->headers_in,
                                                  "traceparent");
    origin[CT_ORIGIN_UNIQUE_ID] = apr_table_get(root->subprocess_env,
                                                "UNIQUE_ID");
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

void ct_origin_response(const ct_kept_t *kept, server_rec *s,
                        crosstown_response_t *response)
{
    const char *const *origin = kept->origin;

    memset(response, 0, sizeof(*response));
    response->size = sizeof(*response);
    response->server = s;
    response->status = kept->status;
    response->received = kept->received;
    response->sent = kept->created;
    response->method = or_dash(origin[CT_ORIGIN_METHOD]);
    response->uri = or_dash(origin[CT_ORIGIN_URI]);
    response->args = origin[CT_ORIGIN_ARGS];
    response->hostname = origin[CT_ORIGIN_HOSTNAME];
    response->client_ip = or_dash(origin[CT_ORIGIN_CLIENT]);
    response->user = origin[CT_ORIGIN_USER];
    response->log_id = origin[CT_ORIGIN_LOG_ID];
    response->traceparent = origin[CT_ORIGIN_TRACEPARENT];
    response->unique_id = origin[CT_ORIGIN_UNIQUE_ID];
}
