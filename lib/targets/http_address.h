/* SPDX-License-Identifier: Apache-2.0 */
/* http_address: which addresses a name may lead to. Whoever owns a name can
 * let it mean any address; so it is looked at when the socket is made.
 * Thread: a pool thread.
 * Lifetime: one call. */
#ifndef CT_HTTP_ADDRESS_H
#define CT_HTTP_ADDRESS_H

#include <curl/curl.h>

typedef struct ct_http_address_t {
    int any;                         /* every address is allowed */
    char refused[160];               /* words, if one was refused */
} ct_http_address_t;

/** Is this one that a public name must not lead to: loopback, this network,
 *  link-local (cloud metadata), or such a one mapped into IPv6? */
int ct_http_address_is_close(const struct sockaddr *address);

/** For CURLOPT_OPENSOCKETFUNCTION, with a ct_http_address_t. */
curl_socket_t ct_http_open_socket(void *data, curlsocktype purpose,
                                  struct curl_sockaddr *address);

#endif
