/* SPDX-License-Identifier: Apache-2.0 */
/* server_log: the error log: lines in the test's memory. Without a test they
 * go to stderr.
 * Thread: the test's. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "apr_strings.h"
#include "guarded.h"
#include "weak.h"

CT_WEAK(ap_log_error_)
CT_WEAK(ap_log_rerror_)
CT_WEAK(ap_log_cerror_)
CT_WEAK(ap_log_cserror_)
CT_WEAK(ap_log_perror_)
CT_WEAK(ap_log_assert)

#define LINE 8192                    /* bytes, as the server's own limit */

static const char *level_word(int level)
{
    static const char *const words[] = {
        "emerg", "alert", "crit", "error", "warning", "notice", "info",
        "debug"
    };
    int number = level & APLOG_LEVELMASK;

    return number <= APLOG_DEBUG ? words[number] : "trace";
}

static void keep(int level, apr_status_t status, const char *format,
                 va_list arguments)
{
    char line[LINE];
    apr_size_t length = (apr_size_t)apr_snprintf(line, sizeof(line), "%s: ",
                                                 level_word(level));

    if (status) {
        char words[200];

        length += (apr_size_t)apr_snprintf(
            line + length, sizeof(line) - length, "(%d)%s: ", status,
            apr_strerror(status, words, sizeof(words)));
    }
    apr_vsnprintf(line + length, sizeof(line) - length, format, arguments);
    if (ct_stage_is_up()) {
        ct_stage_t *stage = ct_stage();

        APR_ARRAY_PUSH(stage->log, char *) = apr_pstrdup(stage->pool, line);
    }
    else {
        (void)fprintf(stderr, "%s\n", line);
    }
}

#define KEEP(level, status, format) do { \
        va_list arguments; \
        va_start(arguments, format); \
        keep(level, status, format, arguments); \
        va_end(arguments); \
    } while (0)

void ap_log_error_(const char *file, int line, int module_index, int level,
                   apr_status_t status, const server_rec *s,
                   const char *format, ...)
{
    KEEP(level, status, format);
}

void ap_log_rerror_(const char *file, int line, int module_index, int level,
                    apr_status_t status, const request_rec *r,
                    const char *format, ...)
{
    ct_guarded_touch(r);
    KEEP(level, status, format);
}

void ap_log_cerror_(const char *file, int line, int module_index, int level,
                    apr_status_t status, const conn_rec *c,
                    const char *format, ...)
{
    ct_guarded_touch(c);
    KEEP(level, status, format);
}

void ap_log_cserror_(const char *file, int line, int module_index, int level,
                     apr_status_t status, const conn_rec *c,
                     const server_rec *s, const char *format, ...)
{
    ct_guarded_touch(c);
    KEEP(level, status, format);
}

void ap_log_perror_(const char *file, int line, int module_index, int level,
                    apr_status_t status, apr_pool_t *p,
                    const char *format, ...)
{
    ct_guarded_touch(p);
    KEEP(level, status, format);
}

void ap_log_assert(const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: assertion \"%s\" failed\n", file, line,
                  expression);
    abort();
}

const char *crosstown_test_logged(const char *text)
{
    const ct_stage_t *stage = ct_stage();
    int i;

    for (i = 0; i < stage->log->nelts; ++i) {
        const char *line = APR_ARRAY_IDX(stage->log, i, const char *);

        if (strstr(line, text)) {
            return line;
        }
    }
    return NULL;
}
