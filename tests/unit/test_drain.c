/* SPDX-License-Identifier: Apache-2.0 */
/* drain: what waits is run while there is time; then it ends STOPPED, told
 * once and not called any more, and nothing further is taken. How long that
 * may take is test_drain_time.c's. */
#include "support.h"

static void all_that_waits_is_run(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    ct_drained_t drained = { 77, 77 };
    deed_t deeds[40];
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 40; ++i) {
        apr_snprintf(deeds[i].name, sizeof(deeds[i].name), "%d", i);
    }
    for (i = 0; i < 10; ++i) {
        assert_int_equal(push_plan(d, *state, journal, deeds + 4 * i, "pppp"),
                         APR_SUCCESS);
    }
    ct_dispatcher_drain(d, SUPPORT_HOUR, &drained);
    assert_int_equal(drained.stopped, 0);
    assert_int_equal(drained.left_running, 0);
    assert_true(ct_dispatcher_closed(d));
    for (i = 0; i < 40; ++i) {
        assert_ended(journal, deeds[i].name, CROSSTOWN_RAN);
    }
    ct_dispatcher_destroy(d);
}

static void nothing_to_do_takes_no_time(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    ct_drained_t drained = { 77, 77 };
    deed_t deed = DEED("a");

    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(workers_reached(d, 1, 1));
    assert_false(ct_dispatcher_closed(d));
    ct_dispatcher_drain(d, SUPPORT_HOUR, &drained);
    assert_int_equal(drained.stopped, 0);
    assert_int_equal(drained.left_running, 0);
    assert_true(workers_reached(d, 0, 0));
    ct_dispatcher_destroy(d);
}

/* ---- the threads ---- */

static pthread_key_t of_threads;
static atomic_int ends;
static gate_t ended = GATE_INIT;

static void note_end(void *value)
{
    atomic_fetch_add(&ends, 1);
    gate_open(&ended);
}

static void set_value(deed_t *deed, const crosstown_task_t *task)
{
    pthread_setspecific(of_threads, deed);
}

/* No thread ends while the process may be about to: what libraries free at
 * both is freed twice otherwise. */
static void no_thread_ends_before_it_is_destroyed(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    ct_drained_t drained;
    deed_t deed = DEED("a");

    assert_int_equal(pthread_key_create(&of_threads, note_end), 0);
    deed.act = set_value;
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    ct_dispatcher_drain(d, SUPPORT_HOUR, &drained);
    assert_true(workers_reached(d, 0, 0));
    apr_sleep(APR_USEC_PER_SEC / 20);    /* it would be long gone */
    assert_int_equal(ends, 0);
    ct_dispatcher_destroy(d);
    assert_true(gate_reached(&ended, 1));
    pthread_key_delete(of_threads);
}

/* "a" is in a worker's hands, taken but not called when the drain closes: it
 * is told its end like those that wait, and not called any more. */
static void what_was_not_called_is_told_and_not_called(void **state)
{
    journal_t *journal = journal_make(*state);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    ct_dispatcher_t *d = dispatcher_that_holds(journal, 1, 2, "a", &reached,
                                               &go);
    ct_drained_t drained = { 77, 77 };
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    ct_dispatcher_drain(d, 0, &drained);
    assert_int_equal(drained.stopped, 2);
    assert_int_equal(drained.left_running, 0);
    assert_ended(journal, "a", CROSSTOWN_STOPPED);
    assert_ended(journal, "b", CROSSTOWN_STOPPED);
    gate_open(&go);
    assert_true(workers_reached(d, 0, 0));
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 2);
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 0);
    ct_dispatcher_destroy(d);
}

/* "a" is in a worker's hands. Its keeper brings it again, and "b", too. */
static void what_is_kept_is_no_loss(void **state)
{
    journal_t *journal = journal_make(*state);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    ct_dispatcher_t *d = dispatcher_that_holds(journal, 1, 2, "a", &reached,
                                               &go);
    ct_drained_t drained = { 77, 77 };
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].is_kept = deeds[1].is_kept = 1;
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"),
                     APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    ct_dispatcher_drain(d, 0, &drained);
    assert_int_equal(drained.stopped, 1);
    assert_int_equal(drained.left_running, 0);
    assert_int_equal(journal_count(journal, NOTED_OVER, NULL), 3);
    gate_open(&go);
    assert_true(workers_reached(d, 0, 0));
    ct_dispatcher_destroy(d);
}

static void a_closed_dispatcher_takes_nothing(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    ct_drained_t drained;
    ct_batch_t *batch;
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    ct_dispatcher_drain(d, 0, &drained);
    assert_int_equal(ct_dispatcher_reserve(d, 2), 2);
    batch = batch_of(*state, journal, deeds, "pp");
    assert_int_equal(ct_dispatcher_push(d, batch), APR_EOF);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 0);
    ct_dispatcher_release(d, 2);
    ct_dispatcher_end_batch(d, batch, CROSSTOWN_STOPPED, scratch_of(*state));
    assert_ended(journal, "a", CROSSTOWN_STOPPED);
    assert_ended(journal, "b", CROSSTOWN_STOPPED);
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 0);
    ct_dispatcher_destroy(d);
}

typedef struct late_t {
    ct_dispatcher_t *d;
    ct_batch_t *batch;
    gate_t refused;
} late_t;

/* Runs until the drain has begun, then hands one more batch over. */
static void push_during_drain(deed_t *deed, const crosstown_task_t *task)
{
    late_t *late = deed->context;

    (void)task;
    clock_await_look();
    if (ct_dispatcher_reserve(late->d, 1) != 1
        || ct_dispatcher_push(late->d, late->batch) != APR_SUCCESS) {
        gate_open(&late->refused);
    }
}

static void what_comes_during_the_drain_is_run(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    late_t late = { d, NULL, GATE_INIT };

    late.batch = batch_of(*state, journal, &deeds[1], "p");
    deeds[0].act = push_during_drain;
    deeds[0].context = &late;
    assert_int_equal(push_plan(d, *state, journal, deeds, "p"), APR_SUCCESS);
    finish(d);
    assert_int_equal(late.refused.opened, 0);
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_ended(journal, "b", CROSSTOWN_RAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(all_that_waits_is_run),
        with_pool(nothing_to_do_takes_no_time),
        with_pool(no_thread_ends_before_it_is_destroyed),
        with_pool(what_was_not_called_is_told_and_not_called),
        with_pool(what_is_kept_is_no_loss),
        with_pool(a_closed_dispatcher_takes_nothing),
        with_pool(what_comes_during_the_drain_is_run),
    };

    return run_group("drain", tests);
}
