/* SPDX-License-Identifier: Apache-2.0 */
/* server_status: a section about tasks in the page of mod_status, and lines in
 * its `?auto`. Where mod_status is not loaded nobody asks for it.
 * Thread: that of the request for the page.
 * Lifetime: no state; what is read is the request's. */
#ifndef CT_SERVER_STATUS_H
#define CT_SERVER_STATUS_H

#include "glue.h"

/** Register the hook. Thread: start-up. */
void ct_server_status_register(void);

#endif
