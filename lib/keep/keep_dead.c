/* SPDX-License-Identifier: Apache-2.0 */
/* keep_dead: nobody says that nothing was done as if something had been: a
 * name with no dead task may be a slip of the finger. */
#include "keep_dead.h"

#include "apr_strings.h"
#include "crosstown_control.h"
#include "keep_child.h"
#include "keep_config.h"

#define AGAIN  "retry"
#define DELETE "delete"

const crosstown_button_t ct_keep_dead_buttons[] = {
    { AGAIN, "Retry dead" },
    { DELETE, "Delete dead" },
    { NULL, NULL }
};

static const char *trouble(apr_status_t rv)
{
    return rv == APR_EBUSY ? "somebody else changes dead tasks at the moment"
           : "CrosstownStore cannot be written at the moment: see the error "
             "log";
}

static int obey(crosstown_order_t *order, ct_store_dead_e what)
{
    apr_pool_t *p = order->r->pool;
    apr_int64_t count;
    apr_status_t rv;

    if (!order->name || !*order->name) {
        order->answer = "name: write the name of tasks";
        return HTTP_BAD_REQUEST;
    }
    rv = ct_keep_dead(what, order->name, &count);
    if (rv == APR_SUCCESS && count == 0) {
        order->answer = "name: there is no dead task of this name in "
                        "CrosstownStore";
        return HTTP_BAD_REQUEST;
    }
    if (rv != APR_SUCCESS && count == 0) {
        order->answer = trouble(rv);
        return HTTP_SERVICE_UNAVAILABLE;
    }
    order->answer = apr_psprintf(
        p, "\"%s\": %" APR_INT64_T_FMT " dead task%s %s%s", order->name, count,
        count == 1 ? "" : "s", what == CT_STORE_AGAIN
        ? "will be tried again" : "deleted", rv == APR_TIMEUP
        ? " so far, and there are more: ask again" : "");
    return OK;
}

static int give_order(crosstown_order_t *order)
{
    if (!ct_keep_config.path) {
        return DECLINED;
    }
    return !strcmp(order->word, AGAIN) ? obey(order, CT_STORE_AGAIN)
           : !strcmp(order->word, DELETE) ? obey(order, CT_STORE_DELETE)
                                          : DECLINED;
}

void ct_keep_dead_register(void)
{
    APR_OPTIONAL_HOOK(crosstown, crosstown_order, give_order, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
