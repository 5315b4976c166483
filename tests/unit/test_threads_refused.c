/* SPDX-License-Identifier: Apache-2.0 */
/* threads: while it is being tidied up after one that could not be made, the
 * others go on: nobody relies on the worker that it was for. */
#include "support.h"

#include "workers.h"
#include "support_calls.h"
#include "support_pusher.h"

static void who_is_refused_a_thread_is_not_relied_on(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 3);
    gate_t leave[2] = { GATE_INIT, GATE_INIT };
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[4] = { DEED("a"), DEED("b"), DEED("c"), DEED("d") };
    pusher_t pusher;

    deeds[0].leave = &leave[0];
    deeds[1].leave = &leave[1];
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 2));
    threads_refuse(1);
    cancel_hold_next(&reached, &go);
    pusher_start(&pusher, d,
                 reserved_batch(d, *state, journal, &deeds[2], "p"));
    assert_true(gate_reached(&reached, 1));
    gate_open(&leave[1]);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_true(workers_reached(d, 3, 1));
    assert_int_equal(push_plan(d, *state, journal, &deeds[3], "p"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 3));
    assert_ended(journal, "d", CROSSTOWN_RAN);
    gate_open(&go);
    assert_int_equal(pusher_join(&pusher), APR_SUCCESS);
    assert_true(workers_reached(d, 2, 1));
    gate_open(&leave[0]);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(who_is_refused_a_thread_is_not_relied_on),
    };

    return run_group("threads refused", tests);
}
