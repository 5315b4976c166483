/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a task of the probe returns: a failure that is to be tried again, as
 * long as its order says so, then the result.
 *
 * Thread: the one that runs the task.
 * Lifetime: none of its own.
 */
#include "mod_probe.h"

apr_status_t probe_result(const crosstown_task_t *task,
                          const probe_order_t *order)
{
    apr_status_t result = order->result;

    /* Who does not know attempts has none: they begin with 1. */
    if (task->attempt > 0 && task->attempt <= order->again) {
        result = crosstown_client_retry_at(
            &probe_crosstown, task,
            apr_time_now() + apr_time_from_msec(order->after_ms));
    }
    return order->explains
           ? crosstown_client_fail(&probe_crosstown, task, result, "%s",
                                   order->text)
           : result;
}
