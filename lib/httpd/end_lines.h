/* SPDX-License-Identifier: Apache-2.0 */
/* end_lines: what the error log says of ends that somebody should look at:
 * failures, rejections, what a stop drops. So many a second, see
 * log_rate_limit.h.
 * Thread: any; a signal's handler after ct_rate_limit_close().
 * Lifetime: static. */
#ifndef CT_END_LINES_H
#define CT_END_LINES_H

#include "end_text.h"

/** Write a line about it, if it is one of these. */
void ct_end_lines_log(const ct_end_t *end);

/** The same about a task that has failed and will be called again then. */
void ct_end_lines_again(server_rec *s, const crosstown_task_t *task,
                        apr_time_t when);

#endif
