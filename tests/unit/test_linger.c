/* SPDX-License-Identifier: Apache-2.0 */
/* rest: a runner that has nothing to do lingers, naps or sleeps. Its rounds
 * are where a test can hold it. */
#include "support.h"

#include <sched.h>

#include "crew.h"
#include "support_calls.h"
#include "support_rounds.h"

/* Work that comes meanwhile is its; nobody else is woken or made. */
static void who_lingers_is_relied_on(void **state)
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
    assert_int_equal(lookouts(d), 1);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "p"),
                     APR_SUCCESS);
    assert_int_equal(lookouts(d), 1);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_true(crew_reached(d, 1, 1));
    assert_int_equal(threads_made() - before, 1);
    assert_int_equal(lookouts(d), 0);
    finish(d);
}

static apr_time_t moment;                /* atomic */
static apr_time_t step;                  /* atomic */

static apr_time_t stepping_clock(void)
{
    return __atomic_add_fetch(&moment,
                              __atomic_load_n(&step, __ATOMIC_SEQ_CST),
                              __ATOMIC_SEQ_CST);
}

/* @return how many rounds the runner made before it slept */
static int rounds_after_one(ct_dispatcher_t *d, apr_pool_t *p,
                            journal_t *journal)
{
    int before = rounds_made();
    int ends = journal_count(journal, NOTED_END, NULL);
    deed_t *deed = apr_pcalloc(p, sizeof(*deed));

    assert_int_equal(push_plan(d, p, journal, deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, ends + 1));
    assert_true(crew_reached(d, 1, 1));
    return rounds_made() - before;
}

/* Until it is called so soon after it went to sleep that it would have
 * paid. */
static void who_lingers_in_vain_gives_it_up(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    int i;

    d->settings.now = stepping_clock;
    __atomic_store_n(&step, APR_USEC_PER_SEC, __ATOMIC_SEQ_CST);
    assert_true(rounds_after_one(d, *state, journal) > 0);
    for (i = 0; i < 10; ++i) {
        (void)rounds_after_one(d, *state, journal);
    }
    assert_int_equal(rounds_after_one(d, *state, journal), 0);
    __atomic_store_n(&step, 0, __ATOMIC_SEQ_CST);
    assert_true(rounds_after_one(d, *state, journal) > 0);
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
    assert_true(crew_reached(d, 1, 1));
    assert_int_equal(lookouts(d), 0);
    ct_dispatcher_release(d, 3);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(who_lingers_is_relied_on),
        with_pool(who_lingers_in_vain_gives_it_up),
        with_pool(reserved_places_keep_nobody_awake),
    };

    return run_group("linger", tests);
}
