/* SPDX-License-Identifier: Apache-2.0 */
/* idle: a worker that has nothing to do stays awake for a few rounds of the
 * scheduler, at which a test can hold it; then it is parked. */
#include "support.h"

#include <sched.h>

#include "workers.h"
#include "support_calls.h"
#include "support_rounds.h"

/* Work that comes meanwhile is its; nobody else is woken or made. */
static void who_searches_is_relied_on(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    int before = threads_made();

    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "p"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_int_equal(journal_count(journal, NOTED_END, "a"), 1);
    assert_int_equal(searching_now(d), 1);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "p"),
                     APR_SUCCESS);
    assert_int_equal(searching_now(d), 1);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_true(workers_reached(d, 1, 1));
    assert_int_equal(threads_made() - before, 1);
    assert_int_equal(searching_now(d), 0);
    finish(d);
}

/* Places that others have reserved are no reason to stay awake. */
static void reserved_places_keep_nobody_awake(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");

    assert_int_equal(ct_dispatcher_reserve(d, 3), 3);
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_true(workers_reached(d, 1, 1));
    assert_int_equal(searching_now(d), 0);
    ct_dispatcher_release(d, 3);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(who_searches_is_relied_on),
        with_pool(reserved_places_keep_nobody_awake),
    };

    return run_group("idle", tests);
}
