/* SPDX-License-Identifier: Apache-2.0 */
/* support_pusher: see support_pusher.h. */
#include "support_pusher.h"

#include "support_calls.h"

static void *push_alone(void *data)
{
    pusher_t *pusher = data;

    pusher->rv = ct_dispatcher_push(pusher->d, pusher->batch);
    return NULL;
}

void pusher_start(pusher_t *pusher, ct_dispatcher_t *d, ct_batch_t *batch)
{
    pusher->d = d;
    pusher->batch = batch;
    pusher->rv = APR_EGENERAL;
    pusher->thread = own_thread(push_alone, pusher);
}

apr_status_t pusher_join(pusher_t *pusher)
{
    pthread_join(pusher->thread, NULL);
    return pusher->rv;
}

void sleeper_prepare(sleeper_t *sleeper, apr_pool_t *p, int fails)
{
    static const sleeper_t empty = {
        NULL, NULL, GATE_INIT, GATE_INIT, GATE_INIT,
        { DEED("a"), DEED("b"), DEED("c") }, { NULL, NULL, APR_SUCCESS, 0 }
    };
    ct_dispatcher_t *d;

    *sleeper = empty;
    sleeper->journal = journal_make(p);
    sleeper->d = d = dispatcher_of(sleeper->journal, 1, 2);
    keep_busy(d, p, sleeper->journal, &sleeper->deeds[0], &sleeper->leave);
    threads_hold_next(&sleeper->reached, &sleeper->go, fails);
    pusher_start(&sleeper->pusher, d,
                 reserved_batch(d, p, sleeper->journal, &sleeper->deeds[1],
                                "p"));
    assert_true(gate_reached(&sleeper->reached, 1));
    gate_open(&sleeper->leave);
    assert_true(journal_reached(sleeper->journal, NOTED_END, 2));
    assert_true(workers_reached(d, 2, 1));
    assert_int_equal(push_plan(d, p, sleeper->journal, &sleeper->deeds[2],
                               "p"), APR_SUCCESS);
}
