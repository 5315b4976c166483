/* SPDX-License-Identifier: Apache-2.0 */
/* origin: where a task comes from, as texts that survive: its server, its
 * request.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_ORIGIN_H
#define CT_ORIGIN_H

#include "keep_glue.h"

#include "kept.h"

/** The texts of a server; NULL: the main one. */
const char *ct_origin_server(apr_pool_t *p, const server_rec *s);

/** The server of such a text; NULL: there is none (any more). */
server_rec *ct_origin_find_server(const char *text);

/** The texts of a request. @param root  that the client sent */
void ct_origin_of(request_rec *root, ct_kept_t *kept);

/** What a task of the store is told of its response. */
void ct_origin_response(const ct_kept_t *kept, server_rec *s,
                        crosstown_response_t *response);

#endif
