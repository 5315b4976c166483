/* SPDX-License-Identifier: Apache-2.0 */
/* http_url: the target http:// or https:// of a CrosstownTask, as configured.
 * Thread: made by the one that reads the configuration, then read only.
 * Lifetime: the configuration's. */
#ifndef CT_HTTP_URL_H
#define CT_HTTP_URL_H

#include "crosstown_tasks.h"

#include "apr_network_io.h"

#include <curl/curl.h>

typedef struct ct_http_url_t {
    CURLU *parsed;                   /* libcurl does not change it */
    const char *shown;               /* without its password */
    const char *host;                /* an address has no brackets */
    apr_port_t port;
    apr_interval_time_t timeout;     /* of the whole, microseconds */
    apr_interval_time_t max_delay;   /* of a Retry-After, the same */
    const apr_array_header_t *secrets;   /* of signatures, see signature.h;
                                        NULL: it is not signed */
    int any_address;                 /* its name may mean this machine */
    int self;                        /* it is this server, and gets the token
                                        (self=on) */
    int closes;                      /* no connection is kept: it would hold
                                        one who answers requests here */
} ct_http_url_t;

/** Read target and keys. @return NULL, or what is wrong */
const char *ct_http_url_read(ct_http_url_t *url,
                             const crosstown_target_setup_t *setup);

#endif
