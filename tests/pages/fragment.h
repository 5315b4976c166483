/* SPDX-License-Identifier: Apache-2.0 */
/* What surrounds a listing of the pages that is a part of a function: the
 * names that the text around it speaks of. */
#include "httpd.h"
#include "http_config.h"
#include "crosstown_client.h"

extern crosstown_client_t crosstown;
extern const crosstown_deferreds_t *deferreds;

apr_status_t place_call(const crosstown_task_t *task, void *data);
apr_status_t ask_stock(crosstown_step_t *step, void *data);
apr_status_t ask_price(crosstown_step_t *step, void *data);

apr_status_t listing(request_rec *r, const crosstown_task_t *task, void *call,
                     void *item, apr_time_t second, const char *host,
                     int status);
apr_status_t listing(request_rec *r, const crosstown_task_t *task, void *call,
                     void *item, apr_time_t second, const char *host,
                     int status)
{
    crosstown_deferred_t *a, *b;
    crosstown_result_t stock;

#include "fragment.c"
    return APR_SUCCESS;
}
