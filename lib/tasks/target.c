/* SPDX-License-Identifier: Apache-2.0 */
/* target: the way back to mod_crosstown, whose functions are fetched once. */
#include "target.h"

#include "crosstown_client.h"

#include "apr_strings.h"

#include <stdarg.h>

static crosstown_client_t crosstown;

apr_status_t ct_target_fail(const crosstown_task_t *task, apr_status_t status,
                            const char *format, ...)
{
    va_list values;
    const char *words;

    va_start(values, format);
    words = apr_pvsprintf(task->pool, format, values);
    va_end(values);
    return crosstown.fail ? crosstown.fail(task, status, "%s", words) : status;
}

apr_time_t ct_target_deadline(void)
{
    return crosstown.deadline ? crosstown.deadline() : 0;
}

static void retrieve(void)
{
    crosstown_client_load(&crosstown);
}

void ct_target_register(void)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
}
