/* SPDX-License-Identifier: Apache-2.0 */
/* own_server: is an address one that this server listens at? A task whose
 * target is the server itself needs one of those who answer requests.
 * Thread: start-up, when the configuration is complete.
 * Lifetime: nothing is kept. */
#ifndef CT_OWN_SERVER_H
#define CT_OWN_SERVER_H

#include "tasks_glue.h"

/** Nobody is asked what a name means: it is ours if it is localhost, or a
 *  ServerName or ServerAlias.
 *  @param host  an address, without brackets, or a name */
int ct_own_server_listens(const char *host, apr_port_t port);

/** Does each process answer one request at a time (prefork)? */
int ct_own_server_is_prefork(void);

#endif
