/* SPDX-License-Identifier: Apache-2.0 */
/* watch: a runner in doubt knows from where to count, and gets on when the
 * others do not. See test_linger.c for those that have nothing to do. */
#include "support.h"

#include <sched.h>

#include "crew.h"
#include "support_calls.h"
#include "support_rounds.h"

/* Whatever the slot was used for before. */
static void age_all(ct_dispatcher_t *d)
{
    apr_uint32_t i;

    apr_thread_mutex_lock(d->lock);
    for (i = 0; i < d->settings.threads_max; ++i) {
        d->runners[i].patient = 1;
        d->runners[i].seen = d->moves + 77;
    }
    apr_thread_mutex_unlock(d->lock);
}

static void doubt_begins_with_now(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT, leave = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    ct_runner_t *runner;

    age_all(d);
    deeds[0].leave = deeds[1].leave = &leave;
    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_true(journal_reached(journal, NOTED_START, 1));
    apr_thread_mutex_lock(d->lock);
    runner = d->doubter;
    assert_non_null(runner);
    assert_int_equal(runner->lookout, 1);
    assert_int_equal(runner->patient, 0);
    assert_int_equal(d->moves, 1);
    assert_int_equal(runner->seen, 1);
    assert_int_equal(d->lookouts, 1);
    apr_thread_mutex_unlock(d->lock);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_START, 2));
    assert_int_equal(lookouts(d), 0);
    gate_open(&leave);
    finish(d);
}

/* It has seen the first get on, so it naps; then the first does not any more:
 * what waits is for all that can be had. */
static void patience_has_an_end(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    gate_t first = GATE_INIT, others = GATE_INIT;
    deed_t deeds[5];
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 5; ++i) {
        deeds[i].leave = i == 0 ? &first : &others;
    }
    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppppp"),
                     APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_true(journal_reached(journal, NOTED_START, 1));
    gate_open(&first);
    assert_true(journal_reached(journal, NOTED_START, 2));
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_START, 5));
    assert_true(crew_reached(d, 4, 0));
    assert_int_equal(lookouts(d), 0);
    gate_open(&others);
    finish(d);
}

/* By the one who was in doubt, before it takes a task itself: the first wake
 * is the push's, the second the first runner's. */
static void all_that_are_needed_are_called_at_once(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 4, 4);
    gate_t idle = GATE_INIT, leave = GATE_INIT;
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[8];
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 8; ++i) {
        deeds[i].leave = i < 4 ? &idle : &leave;
    }
    assert_int_equal(push_plan(d, *state, journal, deeds, "pppp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 4));
    gate_open(&idle);
    assert_true(crew_reached(d, 4, 4));
    wakes_hold(3, &reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds + 4, "pppp"),
                     APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    /* It is held after its first call. The one it has called takes "b"; the
     * next is not called yet, and counts. */
    assert_true(journal_reached(journal, NOTED_START, 6));
    apr_thread_mutex_lock(d->lock);
    assert_null(d->parked);
    assert_int_equal(d->lookouts, 2);
    apr_thread_mutex_unlock(d->lock);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_START, 8));
    assert_int_equal(lookouts(d), 0);
    gate_open(&leave);
    finish(d);
}

/* Work that the others have done meanwhile leaves it a lookout without doubt,
 * who takes the next task itself. */
static void doubt_ends_with_the_queue(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT, leave = GATE_INIT;
    gate_t lingers = GATE_INIT, on = GATE_INIT;
    deed_t deeds[3] = { DEED("a"), DEED("b"), DEED("c") };
    gate_t first = GATE_INIT;

    deeds[0].leave = &first;
    deeds[1].leave = &leave;
    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    gate_open(&first);
    assert_true(journal_reached(journal, NOTED_START, 2));
    /* Rounds of doubt come first: any of them, or one of lingering. */
    rounds_hold(&lingers, &on);
    gate_open(&go);
    assert_true(gate_reached(&lingers, 1));
    assert_int_equal(push_plan(d, *state, journal, deeds + 2, "p"),
                     APR_SUCCESS);
    assert_int_equal(lookouts(d), 1);
    gate_open(&on);
    assert_true(journal_reached(journal, NOTED_START, 3));
    gate_open(&leave);
    finish(d);
}

/* Who could have taken them is awake and has no task: more threads would not
 * help. */
static void nobody_is_called_where_nobody_is_at_work(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 5);
    gate_t reached = GATE_INIT, go = GATE_INIT, first = GATE_INIT;
    gate_t lingers = GATE_INIT, on = GATE_INIT;
    deed_t deeds[5];
    int made = threads_made();

    memset(deeds, 0, sizeof(deeds));
    deeds[0].leave = &first;
    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    rounds_hold(&lingers, &on);
    gate_open(&first);
    assert_true(gate_reached(&lingers, 1));
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_int_equal(push_plan(d, *state, journal, deeds + 2, "ppp"),
                     APR_SUCCESS);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_END, 5));
    assert_int_equal(threads_made() - made, 2);
    gate_open(&on);
    finish(d);
}

/* The end of a task whose function is done is told by its thread; the drain
 * waits for it, though not for ever. */
static ct_dispatcher_t *draining;        /* of the test below */

static void end_slowly(const crosstown_task_t *task,
                       crosstown_outcome_e outcome, apr_status_t result,
                       void *data)
{
    deed_t *deed = data;

    gate_open(deed->context);
    while (!ct_dispatcher_closed(draining)) {
        sched_yield();
    }
    deed_over(task, outcome, result, data);
}

static int told_by_the_end_of_the_drain(apr_pool_t *p)
{
    journal_t *journal = journal_make(p);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t telling = GATE_INIT;
    deed_t deed = DEED("a");
    ct_drained_t drained;
    ct_batch_t *batch;
    int told;

    batch = batch_of(p, journal, &deed, "p");
    deed.context = &telling;
    batch->calls[0].task.over = end_slowly;
    draining = d;
    assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
    assert_int_equal(ct_dispatcher_push(d, batch), APR_SUCCESS);
    assert_true(gate_reached(&telling, 1));
    ct_dispatcher_drain(d, 0, &drained);
    told = journal_count(journal, NOTED_END, "a");
    assert_int_equal(drained.left_running, 0);
    ct_dispatcher_destroy(d);
    assert_ended(journal, "a", CROSSTOWN_RAN);
    return told;
}

/* A busy machine may hold the teller up for longer than the drain waits. */
static void the_drain_lets_ends_be_told(void **state)
{
    int told = 0;
    int i;

    for (i = 0; i < 20; ++i) {
        told += told_by_the_end_of_the_drain(*state);
    }
    assert_true(told > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(doubt_begins_with_now),
        with_pool(patience_has_an_end),
        with_pool(all_that_are_needed_are_called_at_once),
        with_pool(doubt_ends_with_the_queue),
        with_pool(nobody_is_called_where_nobody_is_at_work),
        with_pool(the_drain_lets_ends_be_told),
    };

    return run_group("watch", tests);
}
