/* SPDX-License-Identifier: Apache-2.0 */
/* task_time: httpd knows no days, in which delays are thought of; and it takes
 * a unit without a number for one. */
#include "task_time.h"

#include "apr_lib.h"
#include "apr_strings.h"

int ct_task_time_read(const char *text, apr_interval_time_t *time)
{
    char *end;
    apr_int64_t number = apr_strtoi64(text, &end, 10);

    if (!apr_isdigit(*text)) {
        return 0;
    }
    if (!strcmp(end, "d")) {
        *time = number <= 30 ? apr_time_from_sec(number * 86400) : -1;
    }
    else if (ap_timeout_parameter_parse(text, time, "s") != APR_SUCCESS) {
        return 0;
    }
    return *time >= 0 && *time <= CT_TASK_TIME_MOST;
}
