/* SPDX-License-Identifier: Apache-2.0 */
/* connection: what this module keeps for a connection, in its one place
 * there. Most have nothing to be kept.
 * Thread: the one that works on the connection.
 * Lifetime: the connection's pool. */
#ifndef CT_CONNECTION_H
#define CT_CONNECTION_H

#include "glue.h"

/** All NULL at first. */
typedef struct ct_connection_t {
    struct ct_output_t *output;      /* of output_filter.c */
    struct ct_open_request_t *open;  /* of open_requests.c */
} ct_connection_t;

/** NULL: nothing is kept. */
static inline ct_connection_t *ct_connection_of(const conn_rec *c)
{
    return ap_get_module_config(c->conn_config, &crosstown_module);
}

/** The same; what is not there is made. */
ct_connection_t *ct_connection_have(conn_rec *c);

#endif
