/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi_head: what the head of a FastCGI script's answer says.
 * Thread: any.
 * Lifetime: the calls'. */
#ifndef CT_FCGI_HEAD_H
#define CT_FCGI_HEAD_H

#include "apr_time.h"

/** Its status; 200 if it names none, 0 if it names what can be none.
 *  @param head  the answer's beginning, at least up to its empty line */
int ct_fcgi_head_status(const char *head);

/** How long to wait, by its Retry-After, in microseconds; 0: it has none. */
apr_interval_time_t ct_fcgi_head_retry_after(const char *head);

#endif
