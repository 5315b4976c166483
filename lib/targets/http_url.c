/* SPDX-License-Identifier: Apache-2.0 */
/* http_url: a URL whose host is an address, or localhost, says itself that
 * this machine is meant; a name does not. libcurl takes it apart once, which
 * is a tenth of what a request costs it. */
#include "http_url.h"

#include "signature.h"

#include "apr_strings.h"
#include "apr_uri.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static int is_address(const char *host)
{
    struct in6_addr bytes;

    return inet_pton(AF_INET, host, &bytes) == 1
           || inet_pton(AF_INET6, host, &bytes) == 1;
}

static const char *read_switch(const crosstown_target_setup_t *setup,
                               const char *key, int *on)
{
    const char *value = apr_table_get(setup->keys, key);

    *on = value && !strcmp(value, "on");
    return value && !*on && strcmp(value, "off") != 0
        ? apr_psprintf(setup->pool, "%s=%s: write on or off", key, value)
        : NULL;
}

static apr_status_t clean_up(void *parsed)
{
    curl_url_cleanup(parsed);
    return APR_SUCCESS;
}

static const char *parse(ct_http_url_t *url,
                         const crosstown_target_setup_t *setup)
{
    url->parsed = curl_url();
    if (!url->parsed) {
        return "libcurl has no memory";
    }
    apr_pool_cleanup_register(setup->pool, url->parsed, clean_up,
                              apr_pool_cleanup_null);
    return curl_url_set(url->parsed, CURLUPART_URL, setup->target, 0)
        ? apr_psprintf(setup->pool, "%s: libcurl does not take this URL",
                       setup->target) : NULL;
}

static const char *read_text(ct_http_url_t *url,
                             const crosstown_target_setup_t *setup,
                             apr_uri_t *uri)
{
    const char *at;

    for (at = setup->target; *at; ++at) {
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f) {
            return apr_psprintf(setup->pool, "%s: write blanks and bytes "
                                "beyond ASCII in a URL as %%XX",
                                setup->target);
        }
    }
    if (apr_uri_parse(setup->pool, setup->target, uri) != APR_SUCCESS
        || !uri->hostname || !*uri->hostname) {
        return apr_psprintf(setup->pool, "%s is no URL; write "
                            "http://host[:port]/path", setup->target);
    }
    if (uri->fragment) {
        return apr_psprintf(setup->pool, "%s: a fragment (#) is not sent to "
                            "a server", setup->target);
    }
    url->shown = uri->password
        ? apr_uri_unparse(setup->pool, uri, 0)
        : setup->target;
    return parse(url, setup);
}

const char *ct_http_url_read(ct_http_url_t *url,
                             const crosstown_target_setup_t *setup)
{
    const char *secret = apr_table_get(setup->keys, "secret");
    const char *wrong;
    apr_uri_t uri;
    int private_on = 0;

    memset(&uri, 0, sizeof(uri));
    wrong = read_text(url, setup, &uri);
    if (!wrong) {
        wrong = read_switch(setup, "private", &private_on);
    }
    if (!wrong) {
        wrong = read_switch(setup, "self", &url->self);
    }
    if (!wrong && secret) {
        wrong = ct_signature_read(setup->pool, secret, &url->secrets);
    }
    if (!wrong && uri.hostname) {
        url->host = uri.hostname;
        url->port = uri.port ? uri.port : apr_uri_port_of_scheme(uri.scheme);
        url->any_address = private_on || url->self
                           || is_address(uri.hostname)
                           || !strcasecmp(uri.hostname, "localhost");
    }
    return wrong;
}
