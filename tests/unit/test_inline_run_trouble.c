/* SPDX-License-Identifier: Apache-2.0 */
/* inline_run: the turn does not come, the child stops in the middle, no
 * thread can be had. Order, one end for each, and no place in the queue is
 * lost. */
#include "support.h"

#include "workers.h"
#include "support_calls.h"
#include "support_pusher.h"

#define assert_places_free(d, free) \
    do { \
        apr_uint32_t got_ = ct_dispatcher_reserve(d, 5000); \
        ct_dispatcher_release(d, got_); \
        assert_int_equal(got_, free); \
    } while (0)

static ct_dispatcher_t *impatient(journal_t *journal, apr_uint32_t threads)
{
    ct_dispatcher_settings_t settings = settings_of(journal, 1, threads);
    ct_dispatcher_t *d;

    settings.patience = SUPPORT_HOUR / 2;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    return d;
}

static void impatience_leaves_the_rest_to_the_pool(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = impatient(journal, 1);
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy");
    deed_t deeds[5];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, &busy, &leave);
    clock_step(SUPPORT_HOUR);
    attend_plan(d, *state, journal, deeds, "phphp");
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 1);
    assert_places_free(d, 995);
    clock_step(0);
    gate_open(&leave);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "busy a b c d e");
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 6);
    assert_true(pthread_equal(
        journal_find(journal, NOTED_START, "b").thread,
        journal_find(journal, NOTED_START, "busy").thread));
}

static void impatience_after_a_call_of_its_own(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = impatient(journal, 1);
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy");
    deed_t deeds[4];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, &busy, &leave);
    clock_step(SUPPORT_HOUR);
    attend_plan(d, *state, journal, deeds, "hphh");
    assert_string_equal(journal_starts(journal, *state), "busy a");
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_places_free(d, 997);
    clock_step(0);
    gate_open(&leave);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "busy a b c d");
}

/* "a" is taken but not called when patience is over. */
static void impatience_with_a_taken_predecessor(void **state)
{
    journal_t *journal = journal_make(*state);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    ct_dispatcher_t *d = dispatcher_that_holds(journal, 1, 1, "a", &reached,
                                               &go);
    attendant_t attendant;
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    attendant_start_waiting(&attendant, d, journal, deeds, "php");
    assert_true(gate_reached(&reached, 1));
    clock_step(SUPPORT_HOUR);
    attendant_join(&attendant);
    clock_step(0);
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 0);
    gate_open(&go);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "a b c");
}

static void stop_child(deed_t *deed, const crosstown_task_t *task)
{
    (void)deed;
    (void)task;
    time_left_set(0);
}

/* "b" was given to the pool before "a" was called. */
static void no_time_left_stops_the_rest(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    deed_t deeds[5];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].act = stop_child;
    attend_plan(d, *state, journal, deeds, "hphph");
    assert_ended(journal, "c", CROSSTOWN_STOPPED);
    assert_ended(journal, "d", CROSSTOWN_STOPPED);
    assert_ended(journal, "e", CROSSTOWN_STOPPED);
    time_left_set(-1);
    finish(d);
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_ended(journal, "b", CROSSTOWN_RAN);
    assert_string_equal(journal_starts(journal, *state), "a b");
}

/* A stopping child that has time left goes on. */
static void some_time_left_stops_nothing(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    time_left_set(1);
    attend_plan(d, *state, journal, deeds, "hph");
    time_left_set(-1);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "a b c");
}

static void attending_a_closed_dispatcher_stops_all(void **state)
{
    static const char *const plans[] = { "php", "hph", "hh", "pp" };
    unsigned int i;

    for (i = 0; i < sizeof(plans) / sizeof(plans[0]); ++i) {
        journal_t *journal = journal_make(*state);
        ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
        ct_drained_t drained;
        deed_t deeds[3];

        memset(deeds, 0, sizeof(deeds));
        ct_dispatcher_drain(d, 0, &drained);
        attend_plan(d, *state, journal, deeds, plans[i]);
        assert_ended(journal, "a", CROSSTOWN_STOPPED);
        assert_ended(journal, "b", CROSSTOWN_STOPPED);
        assert_int_equal(journal_count(journal, NOTED_END, NULL),
                         strlen(plans[i]));
        assert_int_equal(journal_count(journal, NOTED_START, NULL), 0);
        assert_places_free(d, 1000);
        ct_dispatcher_destroy(d);
    }
}

static void the_drain_ends_the_wait_for_a_turn(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy");
    ct_drained_t drained;
    attendant_t attendant;
    deed_t deeds[4];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, &busy, &leave);
    attendant_start_waiting(&attendant, d, journal, deeds, "phhp");
    ct_dispatcher_drain(d, 0, &drained);
    attendant_join(&attendant);
    assert_int_equal(drained.stopped, 1);
    assert_int_equal(drained.left_running, 1);
    assert_ended(journal, "a", CROSSTOWN_STOPPED);
    assert_ended(journal, "b", CROSSTOWN_STOPPED);
    assert_ended(journal, "c", CROSSTOWN_STOPPED);
    assert_ended(journal, "d", CROSSTOWN_STOPPED);
    assert_places_free(d, 1000);
    gate_open(&leave);
    assert_true(workers_reached(d, 0, 0));
    ct_dispatcher_destroy(d);
}

/* The only thread is still being made when the wait begins, and then cannot
 * be made: the request's thread makes all the calls. */
static void impatience_without_any_thread(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = impatient(journal, 1);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t first = DEED("first");
    attendant_t attendant;
    pusher_t pusher;
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    threads_hold_next(&reached, &go, 1);
    pusher_start(&pusher, d, reserved_batch(d, *state, journal, &first, "p"));
    assert_true(gate_reached(&reached, 1));
    attendant_start_waiting(&attendant, d, journal, deeds, "ph");
    threads_refuse(1);
    gate_open(&go);
    pusher_join(&pusher);
    clock_step(SUPPORT_HOUR);
    attendant_join(&attendant);
    clock_step(0);
    assert_string_equal(journal_starts(journal, *state), "first a b");
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 3);
    finish(d);
}

/* Every mixture: those for the pool are made here too, each in its turn. */
static void no_thread_leaves_all_calls_here(void **state)
{
    static const char *const plans[] = { "ppph", "phph", "hp", "hpph", "hhp" };
    unsigned int i, j;

    threads_refuse(1);
    for (i = 0; i < sizeof(plans) / sizeof(plans[0]); ++i) {
        journal_t *journal = journal_make(*state);
        ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
        attendant_t attendant;
        deed_t deeds[4];
        const char *starts = apr_pstrndup(*state, "a b c d",
                                          2 * strlen(plans[i]) - 1);

        memset(deeds, 0, sizeof(deeds));
        attendant_start(&attendant, d, journal, deeds, plans[i]);
        attendant_join(&attendant);
        assert_string_equal(journal_starts(journal, *state), starts);
        for (j = 0; j < strlen(plans[i]); ++j) {
            assert_ended(journal, deeds[j].name, CROSSTOWN_RAN);
        }
        finish(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(impatience_leaves_the_rest_to_the_pool),
        with_pool(impatience_after_a_call_of_its_own),
        with_pool(impatience_with_a_taken_predecessor),
        with_pool(no_time_left_stops_the_rest),
        with_pool(some_time_left_stops_nothing),
        with_pool(attending_a_closed_dispatcher_stops_all),
        with_pool(the_drain_ends_the_wait_for_a_turn),
        with_pool(impatience_without_any_thread),
        with_pool(no_thread_leaves_all_calls_here),
    };

    return run_group("inline run, trouble", tests);
}
