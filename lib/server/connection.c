/* SPDX-License-Identifier: Apache-2.0 */
/* connection: made by whoever is first to keep something, since most
 * connections have neither HTTP/2 nor a task. */
#include "connection.h"

ct_connection_t *ct_connection_have(conn_rec *c)
{
    ct_connection_t *kept = ct_connection_of(c);

    if (!kept) {
        kept = apr_pcalloc(c->pool, sizeof(*kept));
        ap_set_module_config(c->conn_config, &crosstown_module, kept);
    }
    return kept;
}
