/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_address: everything behind the host is the virtual host's name. What it
 * is if none is said clients do not agree upon; here it is "/", with a slash
 * behind the host and without. */
#include "amqp_address.h"

#include "address.h"

#include "apr_strings.h"

#include <string.h>

#define PORT     5672
#define TLS_PORT 5671
#define LONGEST  255                 /* of an AMQP short string */
/* As a broker lets in from its own machine, unless it was told not to. */
#define USER     "guest"

static void show(ct_amqp_address_t *address, const char *host,
                 const char *vhost, apr_pool_t *p)
{
    address->shown = apr_pstrcat(
        p, address->is_tls ? "amqps://" : "amqp://",
        ct_address_show_user(address->user, address->password, p), host, "/",
        vhost, NULL);
}

static const char *read_vhost(ct_amqp_address_t *address, const char *text,
                              apr_pool_t *p)
{
    address->vhost = *text ? ct_address_decode(p, text) : "/";
    return !address->vhost ? "a % in the name of the vhost does not begin %XX"
        : strlen(address->vhost) > LONGEST
          ? "the name of the vhost is too long" : NULL;
}

static const char *read_behind_scheme(ct_amqp_address_t *address, char *text,
                                      apr_pool_t *p)
{
    char *slash = strchr(text, '/');
    const char *wrong;
    const char *shown;
    char *host;

    if (slash) {
        *slash++ = '\0';
    }
    wrong = ct_address_user(&address->user, &address->password, text, &host,
                            p);
    if (!wrong) {
        wrong = read_vhost(address, slash ? slash : "", p);
    }
    if (!wrong) {
        shown = apr_pstrdup(p, host);
        address->port = address->is_tls ? TLS_PORT : PORT;
        wrong = ct_address_host(&address->host, &address->port, host);
        show(address, shown, slash ? slash : "", p);
    }
    return wrong;
}

const char *ct_amqp_address_read(ct_amqp_address_t *address, const char *text,
                                 apr_pool_t *p)
{
    const char *wrong = ct_address_check(text);

    address->is_tls = !strncmp(text, "amqps://", 8);
    if (!wrong && !address->is_tls && strncmp(text, "amqp://", 7) != 0) {
        wrong = "this is no address of a broker";
    }
    if (!wrong) {
        wrong = read_behind_scheme(
            address, apr_pstrdup(p, text) + (address->is_tls ? 8 : 7), p);
    }
    return wrong ? apr_pstrcat(p, wrong, "; write " CT_AMQP_FORMS, NULL)
                 : NULL;
}

void ct_amqp_address_complete(ct_amqp_address_t *address, apr_pool_t *p)
{
    if (!address->user && !address->password) {
        address->user = address->password = USER;
    }
    address->user = address->user ? address->user : "";
    address->password = address->password ? address->password : "";
    address->key = apr_psprintf(p, "%s\n%s\n%" APR_TIME_T_FMT "\n%s",
                                address->shown, address->password,
                                address->timeout,
                                address->ca ? address->ca : "");
}
