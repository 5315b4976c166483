/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi_head: lines before the first empty one count; behind it is the script's
 * page, which may look like anything. */
#include "fcgi_head.h"

#include "apr_date.h"
#include "apr_lib.h"
#include "apr_strings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST 31536000             /* seconds, a year */

/* The value of a line that begins with name, which ends with a colon. */
static const char *value_of(const char *head, const char *name)
{
    const char *line = head;
    size_t length = strlen(name);

    while (*line && *line != '\r' && *line != '\n') {
        if (!strncasecmp(line, name, length)) {
            line += length;
            return line + strspn(line, " \t");
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return NULL;
}

/* "Status: 404 Not Found" */
int ct_fcgi_head_status(const char *head)
{
    const char *value = value_of(head, "Status:");
    long status = value ? strtol(value, NULL, 10) : 200;

    return status > 0 && status < 1000 ? (int)status : 0;
}

/* Seconds, or a date. */
apr_interval_time_t ct_fcgi_head_retry_after(const char *head)
{
    const char *value = value_of(head, "Retry-After:");
    apr_time_t date;

    if (!value) {
        return 0;
    }
    if (apr_isdigit(*value)) {
        apr_int64_t seconds = apr_atoi64(value);

        return apr_time_from_sec(seconds < LONGEST ? seconds : LONGEST);
    }
    date = apr_date_parse_http(value);
    return date > apr_time_now() ? date - apr_time_now() : 0;
}
