/* SPDX-License-Identifier: Apache-2.0 */
/* later: further attempts while no thread can be made: none is forgotten, and
 * who ends what it finds in the queue ends no task that was called before. */
#include "support_again.h"

#include "workers.h"
#include "support_calls.h"

/* No thread for the clock: no task is forgotten. What was called has run, and
 * no attempt is promised that does not come. This comes first, before there is
 * a clock. */
static void without_a_clock(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    again_t again = AGAIN(2, 0);
    deed_t busy = DEED("busy"), deed = deed_of("a", &again);

    keep_busy(d, *state, journal, &busy, &leave);
    threads_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    gate_open(&leave);
    assert_true(journal_reached(journal, NOTED_END, 2));
    threads_refuse(0);
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_int_equal(journal_find(journal, NOTED_END, "a").result,
                     CROSSTOWN_AGAIN);
    assert_int_equal(again.attempts, 1);
    finish(d);
}

static void ring(void *what)
{
    (void)what;
}

/* The clock has its thread from the first alarm on. */
static void refuse_threads_but_the_clocks(void)
{
    ct_alarm_t alarm = { .ring = ring };

    assert_int_equal(ct_clock_set(&alarm, SUPPORT_HOUR), APR_SUCCESS);
    assert_true(ct_clock_unset(&alarm));
    threads_refuse(1);
}

/* Its first attempt was made, on this thread, and its second one is in the
 * queue; no thread can be made. */
static void call_and_let_it_be_due(void **state, ct_dispatcher_t *d,
                                   ct_batch_t *batch)
{
    refuse_threads_but_the_clocks();
    assert_int_equal(ct_dispatcher_push(d, batch), APR_EAGAIN);
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 1);
    ct_workers_lock(d);
    ct_queue_append(d, ct_later_stop(d, -1));   /* as if it were due */
    ct_workers_unlock(d);
    assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
}

/* Both attempts have the number of the task; what was run is not the
 * caller's any more. */
static void a_further_attempt_is_not_taken_back(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    again_t again = AGAIN(2, SUPPORT_HOUR);
    deed_t deed = deed_of("a", &again);
    ct_batch_t *batch = reserved_batch(d, *state, journal, &deed, "p");

    batch->calls[0].task.number = 7;
    call_and_let_it_be_due(state, d, batch);
    assert_null(ct_dispatcher_take_back(d, 7));
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 1);
    threads_refuse(0);
    assert_int_equal(again.attempts, 2);
    assert_ended(journal, "a", CROSSTOWN_RAN);
    finish(d);
}

/* A listener refuses what it finds in the queue; what was called before has
 * no end but its own. */
static void a_further_attempt_is_not_refused(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    again_t again = AGAIN(2, SUPPORT_HOUR);
    deed_t deed = deed_of("a", &again);
    ct_batch_t *batch = reserved_batch(d, *state, journal, &deed, "p");

    call_and_let_it_be_due(state, d, batch);
    d->later.deadline = APR_INT64_MAX;
    assert_int_equal(ct_dispatcher_refuse(d, scratch_of(*state)), 1);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 0);
    assert_int_equal(atomic_load(&d->gauges->scheduled), 1);
    threads_refuse(0);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_int_equal(again.attempts, 2);
    finish(d);
}

/* The same while the dispatcher stops: there is no time to wait in. */
static void stop_a_further_attempt(void **state, int is_kept)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    again_t again = AGAIN(2, SUPPORT_HOUR);
    deed_t deed = deed_of("a", &again);
    ct_batch_t *batch = reserved_batch(d, *state, journal, &deed, "p");
    ct_drained_t drained;

    deed.is_kept = is_kept;
    call_and_let_it_be_due(state, d, batch);
    assert_int_equal(ct_dispatcher_refuse(d, scratch_of(*state)), 1);
    threads_refuse(0);
    assert_ended(journal, "a", CROSSTOWN_STOPPED);
    ct_dispatcher_drain(d, apr_time_from_sec(SUPPORT_PATIENCE), &drained);
    assert_int_equal(drained.stopped, !is_kept);
    assert_int_equal(atomic_load(&d->waiting), 0);
    ct_dispatcher_destroy(d);
}

static void a_further_attempt_is_stopped(void **state)
{
    stop_a_further_attempt(state, 0);
}

/* Its keeper brings it again. */
static void what_is_kept_is_no_loss(void **state)
{
    stop_a_further_attempt(state, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(without_a_clock),
        with_pool(a_further_attempt_is_not_taken_back),
        with_pool(a_further_attempt_is_not_refused),
        with_pool(a_further_attempt_is_stopped),
        with_pool(what_is_kept_is_no_loss),
    };

    return run_group("later: no thread", tests);
}
