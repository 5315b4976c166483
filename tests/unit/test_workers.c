/* SPDX-License-Identifier: Apache-2.0 */
/* workers: as many workers as there is work for, no more than allowed; those
 * who sleep are woken before new ones are made; those above the minimum
 * leave. */
#include "support.h"

#include "workers.h"
#include "support_calls.h"

#define BURST 100

static void name_all(deed_t *deeds, int count, gate_t *leave)
{
    int i;

    for (i = 0; i < count; ++i) {
        apr_snprintf(deeds[i].name, sizeof(deeds[i].name), "task %d", i);
        deeds[i].leave = leave;
    }
}

/* So many workers that have nothing to do. */
static void make_idle(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
                      int count)
{
    gate_t leave = GATE_INIT;
    deed_t deeds[8];
    int already = journal_count(journal, NOTED_START, NULL);

    memset(deeds, 0, sizeof(deeds));
    name_all(deeds, count, &leave);
    if (count > 0) {
        assert_int_equal(push_plan(d, p, journal, deeds,
                                   &"pppppppp"[8 - count]), APR_SUCCESS);
        assert_true(journal_reached(journal, NOTED_START, already + count));
    }
    gate_open(&leave);
    assert_true(workers_reached(d, count, count));
}

static const char *plan_of(int count)
{
    static char plan[BURST + 1];

    memset(plan, 'p', count);
    plan[count] = '\0';
    return plan;
}

static void burst(apr_pool_t *p, int idle, int batches)
{
    journal_t *journal = journal_make(p);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, BURST);
    deed_t *deeds = apr_pcalloc(p, BURST * sizeof(*deeds));
    gate_t leave = GATE_INIT;
    int before = threads_made();
    int each = BURST / batches;
    int i;

    make_idle(d, p, journal, idle);
    name_all(deeds, BURST, &leave);
    for (i = 0; i < batches; ++i) {
        assert_int_equal(push_plan(d, p, journal, deeds + i * each,
                                   plan_of(each)), APR_SUCCESS);
    }
    /* All are inside their functions at once: each has a thread of its own. */
    assert_true(journal_reached(journal, NOTED_START, idle + BURST));
    assert_true(workers_reached(d, BURST, 0));
    assert_int_equal(threads_made() - before, BURST);
    gate_open(&leave);
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), idle + BURST);
}

static void a_burst_gets_its_threads(void **state)
{
    burst(*state, 0, 1);
}

static void a_burst_with_one_idle_runner(void **state)
{
    burst(*state, 1, 1);
}

static void a_burst_with_two_idle_runners(void **state)
{
    burst(*state, 2, 1);
}

static void a_burst_of_many_batches(void **state)
{
    burst(*state, 0, BURST);
    burst(*state, 2, BURST / 4);
}

static void no_thread_is_made_before_there_is_work(void **state)
{
    journal_t *journal = journal_make(*state);
    int before = threads_made();
    ct_dispatcher_t *d = dispatcher_of(journal, 4, 8);

    assert_int_equal(threads_made(), before);
    finish(d);
    assert_int_equal(threads_made(), before);
}

static void no_more_threads_than_allowed(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 3);
    int before = threads_made();
    gate_t leave = GATE_INIT;
    deed_t deeds[8];

    memset(deeds, 0, sizeof(deeds));
    name_all(deeds, 8, &leave);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pppppppp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 3));
    assert_true(workers_reached(d, 3, 0));
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 3);
    gate_open(&leave);
    finish(d);
    assert_int_equal(threads_made() - before, 3);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 8);
}

/* Who brings work takes the lock only if there is one. */
static void who_can_be_called_is_counted(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 2, 2);
    gate_t leave = GATE_INIT;
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    name_all(deeds, 2, &leave);
    assert_int_equal(d->callable, 2);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 2));
    assert_int_equal(d->callable, 0);
    gate_open(&leave);
    assert_true(workers_reached(d, 2, 2));
    assert_int_equal(d->callable, 2);
    finish(d);
}

static void sleepers_are_woken_first(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 8);
    gate_t leave = GATE_INIT;
    deed_t deeds[4];
    int before;

    make_idle(d, *state, journal, 3);
    before = threads_made();
    memset(deeds, 0, sizeof(deeds));
    name_all(deeds, 4, &leave);
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 6));
    assert_int_equal(threads_made(), before);
    assert_int_equal(push_plan(d, *state, journal, deeds + 3, "p"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 7));
    assert_int_equal(threads_made(), before + 1);
    gate_open(&leave);
    finish(d);
}

static void the_last_to_sleep_is_the_first_to_be_woken(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 2, 2);
    gate_t leave[2] = { GATE_INIT, GATE_INIT };
    deed_t deeds[3] = { DEED("first"), DEED("last"), DEED("next") };

    deeds[0].leave = &leave[0];
    deeds[1].leave = &leave[1];
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 2));
    gate_open(&leave[0]);
    assert_true(workers_reached(d, 2, 1));
    gate_open(&leave[1]);
    assert_true(workers_reached(d, 2, 2));
    assert_int_equal(push_plan(d, *state, journal, deeds + 2, "p"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 3));
    assert_true(pthread_equal(
        journal_find(journal, NOTED_START, "next").thread,
        journal_find(journal, NOTED_START, "last").thread));
    finish(d);
}

/* Give whoever wants to leave a hundred times the time it takes. */
static void let_linger_pass(apr_interval_time_t linger)
{
    apr_sleep(100 * linger);
}

static void workers_above_the_minimum_leave(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_settings_t settings = settings_of(journal, 2, 6);
    gate_t leave = GATE_INIT;
    deed_t deeds[8];
    ct_dispatcher_t *d;
    int before;

    settings.linger = 2000;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    memset(deeds, 0, sizeof(deeds));
    name_all(deeds, 8, &leave);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pppppp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 6));
    gate_open(&leave);
    assert_true(workers_reached(d, 2, 2));
    let_linger_pass(settings.linger);
    assert_true(workers_reached(d, 2, 2));
    before = threads_made();
    assert_int_equal(push_plan(d, *state, journal, deeds + 6, "pp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 8));
    assert_int_equal(threads_made(), before);
    finish(d);
}

/* Slots of those who left are used again. */
static void they_come_back_after_it_left(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 4);
    deed_t deeds[4];
    ct_dispatcher_t *d;
    int round;

    settings.linger = 100;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    for (round = 1; round <= 20; ++round) {
        gate_t leave = GATE_INIT;

        memset(deeds, 0, sizeof(deeds));
        name_all(deeds, 4, &leave);
        assert_int_equal(push_plan(d, *state, journal, deeds, "pppp"),
                         APR_SUCCESS);
        assert_true(journal_reached(journal, NOTED_START, 4 * round));
        gate_open(&leave);
        assert_true(workers_reached(d, 1, 1));
    }
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(a_burst_gets_its_threads),
        with_pool(a_burst_with_one_idle_runner),
        with_pool(a_burst_with_two_idle_runners),
        with_pool(a_burst_of_many_batches),
        with_pool(no_thread_is_made_before_there_is_work),
        with_pool(no_more_threads_than_allowed),
        with_pool(who_can_be_called_is_counted),
        with_pool(sleepers_are_woken_first),
        with_pool(the_last_to_sleep_is_the_first_to_be_woken),
        with_pool(workers_above_the_minimum_leave),
        with_pool(they_come_back_after_it_left),
    };

    return run_group("workers", tests);
}
