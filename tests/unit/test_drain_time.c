/* SPDX-License-Identifier: Apache-2.0 */
/* drain: how long it waits. Who is inside a function when its time is over is
 * left behind, with an end that is told once; an end that is being told gets a
 * moment more. */
#include "support.h"

#include <sched.h>

#include "support_rounds.h"

/* Told to the report by the drain, and to `over` when its thread was done. */
static void assert_ended_late(journal_t *journal, const char *name)
{
    assert_int_equal(journal_count(journal, NOTED_OVER, name), 1);
    assert_int_equal(journal_count(journal, NOTED_END, name), 1);
    assert_int_equal(journal_find(journal, NOTED_OVER, name).outcome,
                     CROSSTOWN_STOPPED);
    assert_int_equal(journal_find(journal, NOTED_END, name).outcome,
                     CROSSTOWN_STOPPED);
}

/* "a" is inside its function, the rest waits. */
static void drain_late(apr_pool_t *p, apr_interval_time_t patience)
{
    journal_t *journal = journal_make(p);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    ct_drained_t drained = { 77, 77 };
    deed_t deeds[4];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].leave = &leave;
    deeds[0].result = APR_EGENERAL;
    apr_cpystrn(deeds[3].name, "x", sizeof(deeds[3].name));
    assert_int_equal(push_plan(d, p, journal, deeds, "ppp"), APR_SUCCESS);
    assert_int_equal(push_plan(d, p, journal, deeds + 3, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 1));
    clock_step(SUPPORT_HOUR);
    ct_dispatcher_drain(d, patience, &drained);
    assert_int_equal(drained.stopped, 3);
    assert_int_equal(drained.left_running, 1);
    assert_ended(journal, "b", CROSSTOWN_STOPPED);
    assert_ended(journal, "c", CROSSTOWN_STOPPED);
    assert_ended(journal, "x", CROSSTOWN_STOPPED);
    /* Its data is still in use, so `over` has to wait. */
    assert_int_equal(journal_find(journal, NOTED_END, "a").outcome,
                     CROSSTOWN_STOPPED);
    assert_int_equal(journal_count(journal, NOTED_OVER, "a"), 0);
    gate_open(&leave);
    assert_true(workers_reached(d, 0, 0));
    assert_ended_late(journal, "a");
    assert_int_equal(journal_find(journal, NOTED_OVER, "a").result,
                     APR_EGENERAL);
    assert_string_equal(journal_starts(journal, p), "a");
    assert_int_equal(d->waiting, 0);
    ct_dispatcher_destroy(d);
}

static void the_deadline_passes(void **state)
{
    drain_late(*state, SUPPORT_HOUR / 2);
}

static void no_patience_at_all(void **state)
{
    drain_late(*state, 0);
}

static void a_clock_set_back_does_not_make_it_endless(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    deed_t deeds[1] = { DEED("stuck") };
    ct_drained_t drained;

    keep_busy(d, *state, journal, deeds, &leave);
    clock_step(-APR_USEC_PER_SEC);   /* every look: one second back */
    ct_dispatcher_drain(d, APR_USEC_PER_SEC / 10, &drained);
    clock_step(0);
    assert_int_equal(drained.left_running, 1);
    gate_open(&leave);
    ct_dispatcher_destroy(d);
}

/* Runs until the drain has begun, then a hard stop is ordered. */
static void order_a_stop(deed_t *deed, const crosstown_task_t *task)
{
    (void)task;
    clock_await_look();
    time_left_set(APR_USEC_PER_SEC / 1000);
    (void)gate_reached(deed->context, 1);
}

/* The drain was to last an hour. */
static void a_harder_stop_shortens_it(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    ct_drained_t drained;

    deeds[0].act = order_a_stop;
    deeds[0].context = &leave;
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 1));
    ct_dispatcher_drain(d, SUPPORT_HOUR, &drained);
    assert_int_equal(drained.stopped, 1);
    assert_int_equal(drained.left_running, 1);
    assert_ended(journal, "b", CROSSTOWN_STOPPED);
    gate_open(&leave);
    assert_true(workers_reached(d, 0, 0));
    time_left_set(-1);
    ct_dispatcher_destroy(d);
}

static void it_does_not_oversleep(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    deed_t deeds[1] = { DEED("stuck") };
    ct_drained_t drained;

    keep_busy(d, *state, journal, deeds, &leave);
    (void)longest_nap();
    ct_dispatcher_drain(d, 100, &drained);
    assert_in_range(longest_nap(), 1, 100);
    gate_open(&leave);
    ct_dispatcher_destroy(d);
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
        with_pool(the_deadline_passes),
        with_pool(no_patience_at_all),
        with_pool(a_clock_set_back_does_not_make_it_endless),
        with_pool(a_harder_stop_shortens_it),
        with_pool(it_does_not_oversleep),
        with_pool(the_drain_lets_ends_be_told),
    };

    return run_group("drain: time", tests);
}
