/* SPDX-License-Identifier: Apache-2.0 */
/* What surrounds a listing of the pages that is a part of a function: the
 * names that the text around it speaks of. */
#include <assert.h>
#include <string.h>

#include "httpd.h"
#include "http_config.h"
#include "crosstown_client.h"
#include "crosstown_tasks.h"
#include "crosstown_testing.h"

extern crosstown_client_t crosstown;
extern const crosstown_deferreds_t *deferreds;
extern crosstown_tasks_t tasks;
extern module letter_module;

apr_status_t place_call(const crosstown_task_t *task, void *data);
void start(void *call, crosstown_held_t *held);
apr_status_t ask_stock(crosstown_step_t *step, void *data);
apr_status_t send_mail(const crosstown_task_t *task,
                       const crosstown_payload_t *payload, void *data);
apr_status_t ask_price(crosstown_step_t *step, void *data);

apr_status_t listing(request_rec *r, const crosstown_task_t *task, void *call,
                     void *item, apr_time_t second, const char *host,
                     int status, const char *text, crosstown_held_t *held);
apr_status_t listing(request_rec *r, const crosstown_task_t *task, void *call,
                     void *item, apr_time_t second, const char *host,
                     int status, const char *text, crosstown_held_t *held)
{
    crosstown_deferred_t *a, *b;
    crosstown_result_t stock;
    crosstown_test_named_t named;

#include "fragment.c"
    return APR_SUCCESS;
}
