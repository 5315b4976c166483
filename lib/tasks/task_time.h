/* SPDX-License-Identifier: Apache-2.0 */
/* task_time: how long something takes, as people write it: as httpd has it
 * (`5`, `500ms`, `2min`, `3h`), and `7d`.
 * Thread: any.
 * Lifetime: no state. */
#ifndef CT_TASK_TIME_H
#define CT_TASK_TIME_H

#include "tasks_glue.h"

/** The longest one that makes sense in memory. */
#define CT_TASK_TIME_MOST apr_time_from_sec(30 * 86400)

/** What to say if one does not parse. */
#define CT_TASK_TIME_FORMS "write a time like 5, 500ms, 2min or 1d, up to 30d"

/** Read one. @return 0: it is none, or longer than CT_TASK_TIME_MOST */
int ct_task_time_read(const char *text, apr_interval_time_t *time);

#endif
