/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: who waits for one waits for the end of its chain, with all that it
 * waits for itself. */
#include "support_waiter.h"

#include "support_calls.h"

typedef struct slow_t {
    gate_t entered;
    gate_t leave;
    crosstown_deferred_t *d;
} slow_t;

static apr_status_t be_slow(crosstown_step_t *step, void *data)
{
    slow_t *slow = data;

    gate_open(&slow->entered);
    gate_pass(&slow->leave);
    step->result = "at last";
    return APR_SUCCESS;
}

static void *fire_slowly(void *data)
{
    slow_t *slow = data;

    deferreds->fire(slow->d, "x");
    return NULL;
}

/* It has fired, but its links are at work on another thread. */
static void the_whole_chain_is_waited_for(void **state)
{
    slow_t slow = { GATE_INIT, GATE_INIT, fresh() };
    pthread_t thread;
    waiter_t waiter;

    deferreds->add(slow.d, be_slow, &slow, NULL, NULL);
    thread = own_thread(fire_slowly, &slow);
    assert_true(gate_reached(&slow.entered, 1));
    assert_pending(slow.d);
    waiter_start(&waiter, slow.d);
    assert_true(waiter_reached(slow.d));
    gate_open(&slow.leave);
    waiter_join(&waiter);
    pthread_join(thread, NULL);
    assert_string_equal(waiter.result.result, "at last");
    deferreds->release(slow.d);
}

static void who_waits_for_another_is_waited_for(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait");
    crosstown_deferred_t *inner = fresh(), *d = fired("x");
    waiter_t waiter;

    wait.waits_for = inner;
    on_result(d, &wait);
    waiter_start(&waiter, d);
    assert_true(waiter_reached(d));
    fire(inner, "inner");
    waiter_join(&waiter);
    assert_string_equal(waiter.result.result, "inner");
    deferreds->release(inner);
    deferreds->release(d);
}

/* Links that are added while it waits are part of the chain. */
static void what_is_added_meanwhile_is_waited_for(void **state)
{
    slow_t slow = { GATE_INIT, GATE_INIT, fresh() };
    pthread_t thread;
    waiter_t waiter;

    waiter_start(&waiter, slow.d);
    assert_true(waiter_reached(slow.d));
    deferreds->add(slow.d, be_slow, &slow, NULL, NULL);
    thread = own_thread(fire_slowly, &slow);
    assert_true(gate_reached(&slow.entered, 1));
    gate_open(&slow.leave);
    waiter_join(&waiter);
    pthread_join(thread, NULL);
    assert_string_equal(waiter.result.result, "at last");
    deferreds->release(slow.d);
}

/* Who wants what stands now asks a gathering for it. */
static void a_gathering_stands_where_the_chain_ends_now(void **state)
{
    slow_t slow = { GATE_INIT, GATE_INIT, fresh() };
    crosstown_deferred_t *now = deferreds->gather(&slow.d, 1,
                                                  CROSSTOWN_GATHER_EACH);
    pthread_t thread;
    waiter_t waiter;

    deferreds->add(slow.d, be_slow, &slow, NULL, NULL);
    thread = own_thread(fire_slowly, &slow);
    waiter_start(&waiter, now);
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
    assert_pending(slow.d);
    gate_open(&slow.leave);
    pthread_join(thread, NULL);
    deferreds->release(now);
    deferreds->release(slow.d);
}

static void a_paused_chain_is_waited_for(void **state)
{
    crosstown_deferred_t *d = fired("x");
    waiter_t waiter;

    deferreds->pause(d);
    waiter_start(&waiter, d);
    assert_true(waiter_reached(d));
    deferreds->resume(d);
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
    deferreds->release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(the_whole_chain_is_waited_for),
        with_deferreds(who_waits_for_another_is_waited_for),
        with_deferreds(what_is_added_meanwhile_is_waited_for),
        with_deferreds(a_gathering_stands_where_the_chain_ends_now),
        with_deferreds(a_paused_chain_is_waited_for),
    };

    return run_group("deferred: wait, chain", tests);
}
