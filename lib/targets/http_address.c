/* SPDX-License-Identifier: Apache-2.0 */
/* http_address: private ranges (10/8 and so on) are allowed: a worker in the
 * same container network is the commonest target of all. */
#include "http_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int is_close_v4(const unsigned char *bytes)
{
    return bytes[0] == 127 || bytes[0] == 0
           || (bytes[0] == 169 && bytes[1] == 254);
}

static int is_close_v6(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address)) {
        /* ::1 and :: are compatible ones, too. */
        return is_close_v4(address->s6_addr + 12);
    }
    return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address)
           || IN6_IS_ADDR_LINKLOCAL(address);
}

int ct_http_address_is_close(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    switch (address->sa_family) {
    case AF_INET:
        memcpy(&v4, address, sizeof(v4));
        return is_close_v4((const unsigned char *)&v4.sin_addr);
    case AF_INET6:
        memcpy(&v6, address, sizeof(v6));
        return is_close_v6(&v6.sin6_addr);
    default:
        return 1;
    }
}

static void refuse(ct_http_address_t *wanted, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "no IP address";
    const void *bytes = NULL;

    if (address->sa_family == AF_INET) {
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    }
    if (address->sa_family == AF_INET6) {
        bytes = &((const struct sockaddr_in6 *)(const void *)address)
            ->sin6_addr;
    }
    if (bytes) {
        inet_ntop(address->sa_family, bytes, text, sizeof(text));
    }
    (void)snprintf(wanted->refused, sizeof(wanted->refused),
                   "its name means %s, which is this machine or its network; "
                   "if that is meant, write private=on", text);
}

curl_socket_t ct_http_open_socket(void *data, curlsocktype purpose,
                                  struct curl_sockaddr *address)
{
    ct_http_address_t *wanted = data;

    (void)purpose;
    if (!wanted->any && ct_http_address_is_close(&address->addr)) {
        refuse(wanted, &address->addr);
        return CURL_SOCKET_BAD;
    }
    wanted->refused[0] = '\0';
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}
