/* SPDX-License-Identifier: Apache-2.0 */
/* status_url: what holds for a URL, and which line of which file says so.
 * Thread: the request's.
 * Lifetime: no state. */
#ifndef CT_STATUS_URL_H
#define CT_STATUS_URL_H

#include "glue.h"

/** Write what holds for a path of the virtual host that r came to, as text.
 *  @param url  begins with a slash; may have a query */
void ct_status_url(request_rec *r, const char *url);

#endif
