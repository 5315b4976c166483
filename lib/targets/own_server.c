/* SPDX-License-Identifier: Apache-2.0 */
/* own_server: a Listen line has a port and an address, or all addresses of
 * the machine, which the system is asked for. */
#include "own_server.h"

#include "ap_listen.h"
#include "ap_mpm.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

/** An address; one of IPv4 as the IPv6 address that means it. */
typedef struct {
    struct in6_addr bytes;
} address_t;

static void map_v4(address_t *address, const struct in_addr *v4)
{
    memset(address, 0, sizeof(*address));
    memset(address->bytes.s6_addr + 10, 0xff, 2);
    memcpy(address->bytes.s6_addr + 12, v4, sizeof(*v4));
}

static int read_text(address_t *address, const char *text)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, text, &v4) == 1) {
        map_v4(address, &v4);
        return 1;
    }
    return inet_pton(AF_INET6, text, &address->bytes) == 1;
}

static int read_sockaddr(address_t *address, const struct sockaddr *from)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (from && from->sa_family == AF_INET) {
        memcpy(&v4, from, sizeof(v4));
        map_v4(address, &v4.sin_addr);
        return 1;
    }
    if (from && from->sa_family == AF_INET6) {
        memcpy(&v6, from, sizeof(v6));
        address->bytes = v6.sin6_addr;
        return 1;
    }
    return 0;
}

static int is_same(const address_t *one, const address_t *other)
{
    return !memcmp(&one->bytes, &other->bytes, sizeof(one->bytes));
}

static int is_loopback(const address_t *address)
{
    return IN6_IS_ADDR_LOOPBACK(&address->bytes)
           || (IN6_IS_ADDR_V4MAPPED(&address->bytes)
               && address->bytes.s6_addr[12] == 127);
}

/* 0.0.0.0 or ::, the other one included. */
static int is_any(const address_t *address)
{
    address_t any;

    return IN6_IS_ADDR_UNSPECIFIED(&address->bytes)
           || (read_text(&any, "0.0.0.0") && is_same(&any, address));
}

static int is_of_this_machine(const address_t *address)
{
    struct ifaddrs *all, *one;
    address_t found;
    int is_ours = is_loopback(address);

    if (is_ours || getifaddrs(&all) != 0) {
        return is_ours;
    }
    for (one = all; one && !is_ours; one = one->ifa_next) {
        is_ours = read_sockaddr(&found, one->ifa_addr)
                  && is_same(&found, address);
    }
    freeifaddrs(all);
    return is_ours;
}

static int has_name(const apr_array_header_t *names, const char *host)
{
    int i;

    for (i = 0; names && i < names->nelts; ++i) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (name && !ap_strcasecmp_match(host, name)) {
            return 1;
        }
    }
    return 0;
}

static int is_server_name(const char *host)
{
    const server_rec *s;

    for (s = ap_server_conf; s; s = s->next) {
        if ((s->server_hostname && !strcasecmp(s->server_hostname, host))
            || has_name(s->names, host) || has_name(s->wild_names, host)) {
            return 1;
        }
    }
    return 0;
}

static int is_meant(const address_t *listens, const char *host)
{
    address_t address;

    if (read_text(&address, host)) {
        return is_any(listens) ? is_of_this_machine(&address)
                               : is_same(listens, &address);
    }
    return (!strcasecmp(host, "localhost")
            && (is_any(listens) || is_loopback(listens)))
           || is_server_name(host);
}

int ct_own_server_listens(const char *host, apr_port_t port)
{
    const ap_listen_rec *listener;
    address_t listens;

    for (listener = ap_listeners; listener; listener = listener->next) {
        const apr_sockaddr_t *at = listener->bind_addr;

        if (at && at->port == port
            && read_sockaddr(&listens, (const void *)&at->sa)
            && is_meant(&listens, host)) {
            return 1;
        }
    }
    return 0;
}

int ct_own_server_is_prefork(void)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;

    return ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded) == APR_SUCCESS
           && threaded == AP_MPMQ_NOT_SUPPORTED;
}
