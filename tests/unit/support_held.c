/* SPDX-License-Identifier: Apache-2.0 */
/* support: deeds that ask to be held. See support_held.h. */
#include "support_held.h"

static void hold(deed_t *deed, const crosstown_task_t *task)
{
    holder_t *holder = deed->context;

    holder->held = ct_dispatcher_hold(task);
    if (holder->finishes) {
        (void)ct_dispatcher_finish(holder->d, holder->held, holder->result,
                                   "early");
    }
    gate_open(&holder->returns);
}

deed_t deed_that_holds(const char *name, holder_t *holder)
{
    deed_t deed = DEED("");

    apr_cpystrn(deed.name, name, sizeof(deed.name));
    deed.act = hold;
    deed.context = holder;
    deed.result = CROSSTOWN_HELD;
    return deed;
}

void push_held(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
               deed_t *deed)
{
    holder_t *holder = deed->context;

    assert_int_equal(push_plan(d, p, journal, deed, "p"), APR_SUCCESS);
    assert_true(gate_reached(&holder->returns, 1));
    assert_non_null(holder->held);
}
