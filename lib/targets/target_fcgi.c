/* SPDX-License-Identifier: Apache-2.0 */
/* target_fcgi: the script's path is the configuration's. A name is looked up
 * for each task: a container's address may change while the server runs. */
#include "target_fcgi.h"

#include "fcgi.h"
#include "target.h"

#include "apr_network_io.h"
#include "apr_strings.h"
#include "apr_uri.h"

#include <arpa/inet.h>
#include <sys/un.h>

#define TIMEOUT apr_time_from_sec(60)
#define PORT    9000

typedef struct {
    const char *socket;              /* path, or NULL */
    const char *host;
    apr_sockaddr_t *address;         /* if the host is written as one */
    apr_port_t port;
    const char *script;              /* path */
    apr_interval_time_t timeout;     /* these in microseconds */
    apr_interval_time_t max_delay;
} script_t;

static const char *parse_socket(const crosstown_target_setup_t *setup,
                                script_t *script)
{
    const char *bar = strchr(setup->target, '|');
    struct sockaddr_un address;

    script->socket = apr_pstrmemdup(setup->pool, setup->target + 5,
                                    (apr_size_t)(bar - setup->target) - 5);
    script->script = bar + 1 + strlen("fcgi:");
    /* mod_proxy_fcgi's spelling with a host that says nothing. */
    if (!strncmp(script->script, "//localhost/", 12)) {
        script->script += 11;
    }
    return script->socket[0] != '/'
           || strlen(script->socket) >= sizeof(address.sun_path)
        ? "write the socket's full path, unix:/run/php/fpm.sock|fcgi:/path"
        : NULL;
}

static int family_of(const char *host)
{
    struct in6_addr bytes;

    return inet_pton(AF_INET, host, &bytes) == 1 ? APR_INET
        : inet_pton(AF_INET6, host, &bytes) == 1 ? APR_INET6 : APR_UNSPEC;
}

static const char *parse_host(const crosstown_target_setup_t *setup,
                              script_t *script)
{
    apr_uri_t uri;

    if (apr_uri_parse(setup->pool, setup->target, &uri) != APR_SUCCESS
        || !uri.hostname || !*uri.hostname || !uri.path) {
        return "write fcgi://host:port/path/of/script";
    }
    script->host = uri.hostname;
    script->port = uri.port ? uri.port : PORT;
    script->script = uri.path;
    if (family_of(script->host) != APR_UNSPEC
        && apr_sockaddr_info_get(&script->address, script->host,
                                 family_of(script->host), script->port, 0,
                                 setup->pool) != APR_SUCCESS) {
        return "this address cannot be used here";
    }
    return NULL;
}

static const char *parse(const crosstown_target_setup_t *setup, void **config)
{
    script_t *script = apr_pcalloc(setup->pool, sizeof(*script));
    const char *wrong = !strncmp(setup->target, "unix:", 5)
                        ? parse_socket(setup, script)
                        : parse_host(setup, script);

    *config = script;
    script->timeout = setup->timeout ? setup->timeout : TIMEOUT;
    script->max_delay = setup->max_delay;
    if (!wrong && (!script->script || script->script[0] != '/')) {
        wrong = "write the script's full path";
    }
    return wrong ? apr_pstrcat(setup->pool, setup->target, ": ", wrong, NULL)
                 : NULL;
}

static void set(void *all, const char *name, const char *value)
{
    apr_table_addn(all, name, value);
}

static apr_table_t *make_parameters(const crosstown_task_t *task,
                                    const crosstown_payload_t *payload,
                                    const script_t *script)
{
    apr_table_t *all = apr_table_make(task->pool, 24);

    set(all, "GATEWAY_INTERFACE", "CGI/1.1");
    set(all, "SERVER_PROTOCOL", "HTTP/1.1");
    set(all, "SERVER_SOFTWARE", "mod_crosstown");
    set(all, "REQUEST_METHOD", "POST");
    set(all, "QUERY_STRING", "");
    set(all, "SCRIPT_FILENAME", script->script);
    set(all, "SCRIPT_NAME", script->script);
    set(all, "REQUEST_URI", script->script);
    set(all, "CONTENT_TYPE", payload->type);
    set(all, "CONTENT_LENGTH", apr_psprintf(task->pool, "%" APR_SIZE_T_FMT,
                                            payload->length));
    ct_target_describe(task, set, all);
    return all;
}

static void complain(void *context, const char *line)
{
    const crosstown_task_t *task = context;

    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0,
                 task->response ? task->response->server : ap_server_conf,
                 CTLOGNO(02202) "task \"%s\" (id %s) says: %s", task->name,
                 task->id, line);
}

static apr_status_t ask(ct_fcgi_request_t *request, const script_t *script,
                        ct_fcgi_answer_t *answer)
{
    struct sockaddr_un *path;
    apr_sockaddr_t *found = script->address;
    apr_status_t rv = APR_SUCCESS;

    if (script->socket) {
        path = apr_pcalloc(request->pool, sizeof(*path));
        path->sun_family = AF_UNIX;
        apr_cpystrn(path->sun_path, script->socket, sizeof(path->sun_path));
        request->address = (const struct sockaddr *)(const void *)path;
        request->address_length = sizeof(*path);
        return ct_fcgi_ask(request, answer);
    }
    if (!found) {
        rv = apr_sockaddr_info_get(&found, script->host, APR_UNSPEC,
                                   script->port, 0, request->pool);
    }
    for (; rv == APR_SUCCESS && found; found = found->next) {
        request->address = (const struct sockaddr *)(const void *)&found->sa;
        request->address_length = (socklen_t)found->salen;
        rv = ct_fcgi_ask(request, answer);
        if (!APR_STATUS_IS_ECONNREFUSED(rv) || !found->next) {
            break;
        }
        rv = APR_SUCCESS;
    }
    return rv;
}

static const char *words_of(const crosstown_task_t *task,
                            const script_t *script, apr_status_t rv)
{
    char *words = apr_palloc(task->pool, 120);

    if (rv == APR_TIMEUP) {
        return apr_psprintf(task->pool, "no answer within %" APR_TIME_T_FMT
                            " ms (timeout=)",
                            apr_time_as_msec(script->timeout));
    }
    return rv == APR_EOF ? "it ended without an answer"
        : rv == APR_EGENERAL ? "it does not take FastCGI requests"
                             : apr_strerror(rv, words, 120);
}

static apr_status_t run(const crosstown_task_t *task,
                        const crosstown_payload_t *payload, void *config)
{
    const script_t *script = config;
    ct_fcgi_request_t request;
    ct_fcgi_answer_t answer = { 0, 0 };
    apr_status_t rv;

    memset(&request, 0, sizeof(request));
    request.parameters = make_parameters(task, payload, script);
    request.body = payload->data;
    request.length = payload->length;
    request.until = apr_time_now() + script->timeout;
    request.complain = complain;
    request.context = (void *)task;
    request.pool = task->pool;
    rv = ask(&request, script, &answer);
    if (rv != APR_SUCCESS) {
        return ct_target_fail(task, rv, "%s at %s: %s", script->script,
                              script->socket ? script->socket : script->host,
                              words_of(task, script, rv));
    }
    return ct_target_answered(task, script->script, answer.status,
                              answer.retry_after, script->max_delay);
}

static const crosstown_target_t fcgi_target = {
    .size = sizeof(crosstown_target_t), .parse = parse, .run = run
};

void ct_target_fcgi_register(apr_pool_t *p)
{
    ap_register_provider(p, CROSSTOWN_TARGET_GROUP, "fcgi",
                         CROSSTOWN_TARGET_VERSION, &fcgi_target);
}
