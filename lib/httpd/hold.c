/* SPDX-License-Identifier: Apache-2.0 */
/* hold: what consumers call; the work is done in pool/held.c. In prefork the
 * process does not leave between the taking of an end and its telling, if that
 * is done on the thread that its signals interrupt. */
#include "hold.h"

#include <stdatomic.h>

#include "child.h"
#include "stop_signals.h"

static atomic_int told;              /* the child's: the line is written; an
                                        exchange: once, no order is needed */

static crosstown_held_t *crosstown_hold(const crosstown_task_t *task)
{
    return ct_dispatcher_hold(task);
}

static const crosstown_task_t *crosstown_held_task(
    const crosstown_held_t *held)
{
    ct_dispatcher_t *dispatcher = ct_child_dispatcher();

    return held && dispatcher ? ct_dispatcher_held_task(dispatcher, held)
                              : NULL;
}

static void crosstown_finish(crosstown_held_t *held, apr_status_t result,
                             const char *message)
{
    ct_dispatcher_t *dispatcher = ct_child_dispatcher();
    int is_held;

    if (!held || !dispatcher) {
        return;
    }
    ct_stop_signals_guard();
    is_held = ct_dispatcher_finish(dispatcher, held, result, message);
    ct_stop_signals_unguard();
    if (!is_held && !atomic_exchange(&told, 1)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf, CTLOGNO(01104)
                     "crosstown_finish: the task is over; it was finished "
                     "before, or its function has not returned "
                     "CROSSTOWN_HELD. Others are not told in this child");
    }
}

void ct_hold_export(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_hold);
    APR_REGISTER_OPTIONAL_FN(crosstown_held_task);
    APR_REGISTER_OPTIONAL_FN(crosstown_finish);
}
