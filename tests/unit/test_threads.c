/* SPDX-License-Identifier: Apache-2.0 */
/* threads: threads that cannot be made. A task that was accepted still meets
 * its end, and once threads can be had again all is as before. */
#include "support.h"

#include <sched.h>

#include "workers.h"
#include "support_calls.h"
#include "support_pusher.h"

static void no_thread_at_all_is_told(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    threads_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_EAGAIN);
    assert_true(workers_reached(d, 0, 0));
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 0);
    assert_int_equal(ct_dispatcher_refuse(d, scratch_of(*state)), 2);
    assert_ended(journal, "a", CROSSTOWN_REJECTED);
    assert_ended(journal, "b", CROSSTOWN_REJECTED);
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 0);
    finish(d);
}

static void the_caller_stands_in(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    deed_t deeds[5];

    memset(deeds, 0, sizeof(deeds));
    apr_cpystrn(deeds[3].name, "x", sizeof(deeds[3].name));
    apr_cpystrn(deeds[4].name, "y", sizeof(deeds[4].name));
    deeds[1].result = APR_EGENERAL;
    threads_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"), APR_EAGAIN);
    assert_int_equal(push_plan(d, *state, journal, deeds + 3, "pp"),
                     APR_EAGAIN);
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 5);
    assert_string_equal(journal_starts(journal, *state), "a b c x y");
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_ended(journal, "b", CROSSTOWN_RAN);
    assert_int_equal(journal_find(journal, NOTED_END, "b").result,
                     APR_EGENERAL);
    assert_ended(journal, "y", CROSSTOWN_RAN);
    assert_true(pthread_equal(journal_find(journal, NOTED_START, "c").thread,
                              pthread_self()));
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 0);
    finish(d);
}

static void nobody_stands_in_for_a_worker(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    gate_t leave = GATE_INIT;
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, deeds, &leave);
    threads_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "pp"),
                     APR_SUCCESS);
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 0);
    assert_int_equal(ct_dispatcher_refuse(d, scratch_of(*state)), 0);
    gate_open(&leave);
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 3);
}

static void threads_come_back(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    gate_t leave = GATE_INIT;
    deed_t deeds[5];
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 5; ++i) {
        deeds[i].name[0] = (char)('a' + i);
        deeds[i].leave = &leave;
    }
    threads_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"), APR_EAGAIN);
    threads_refuse(0);
    /* The next one to push, when it is time to ask again, finds room for four,
     * and work for five. */
    clock_step(SUPPORT_HOUR);
    assert_int_equal(push_plan(d, *state, journal, deeds + 3, "pp"),
                     APR_SUCCESS);
    clock_step(0);
    assert_true(journal_reached(journal, NOTED_START, 4));
    assert_true(workers_reached(d, 4, 0));
    gate_open(&leave);
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 5);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 5);
}

/* One is there, and busy: whoever pushes wants another. */
static void who_was_refused_a_thread_does_not_ask_at_once(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    gate_t leave = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    int before, i;

    keep_busy(d, *state, journal, deeds, &leave);
    threads_refuse(1);
    before = threads_asked();
    for (i = 0; i < 300; ++i) {
        assert_int_equal(push_plan(d, *state, journal, deeds + 1, "p"),
                         APR_SUCCESS);
    }
    assert_int_equal(threads_asked(), before + 1);
    assert_int_equal(d->gauges->refused_threads, 1);
    clock_step(APR_USEC_PER_SEC * 2);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "p"),
                     APR_SUCCESS);
    clock_step(0);
    assert_int_equal(threads_asked(), before + 2);
    assert_int_equal(d->gauges->refused_threads, 2);
    gate_open(&leave);
    finish(d);
}

static int told_alive;                   /* by the next two */

static void note_refusal(unsigned int alive)
{
    told_alive = (int)alive;
}

static void a_refusal_is_told(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 4);
    gate_t leave = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    ct_dispatcher_t *d;

    settings.report.refused = note_refusal;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    keep_busy(d, *state, journal, deeds, &leave);
    told_alive = -1;
    threads_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "p"),
                     APR_SUCCESS);
    assert_int_equal(told_alive, 1);
    gate_open(&leave);
    finish(d);
}

static void number_it(ct_batch_t *batch, apr_uint64_t number)
{
    batch->calls[0].task.number = number;
}

/* Another batch lies where the one lay that is over. */
static void what_lies_in_its_place_is_not_taken_back(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    ct_batch_t *first, *second;

    threads_refuse(1);
    first = reserved_batch(d, *state, journal, &deeds[0], "p");
    number_it(first, 1);
    assert_int_equal(ct_dispatcher_push(d, first), APR_EAGAIN);
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 1);
    second = reserved_batch(d, *state, journal, &deeds[1], "p");
    number_it(second, 2);
    assert_int_equal(ct_dispatcher_push(d, second), APR_EAGAIN);
    assert_null(ct_dispatcher_take_back(d, 1));
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 1);
    assert_ended(journal, "b", CROSSTOWN_RAN);
    finish(d);
}

static void one_thread_of_two_is_enough(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t leave = GATE_INIT, reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[4];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, deeds, &leave);
    threads_hold_next(&reached, &go, 1);
    gate_open(&go);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "ppp"),
                     APR_SUCCESS);
    assert_int_equal(reached.opened, 1);
    gate_open(&leave);
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 4);
    assert_string_equal(journal_starts(journal, *state), "a a b c");
}

static void a_single_task_is_taken_back(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    deed_t deeds[3];
    ct_batch_t *batches[3];
    int i;

    memset(deeds, 0, sizeof(deeds));
    threads_refuse(1);
    for (i = 0; i < 3; ++i) {
        deeds[i].name[0] = (char)('a' + i);
        batches[i] = reserved_batch(d, *state, journal, &deeds[i], "p");
        number_it(batches[i], (apr_uint64_t)i + 1);
        assert_int_equal(ct_dispatcher_push(d, batches[i]), APR_EAGAIN);
    }
    /* The last, then the first, so that both ends of the queue move. */
    assert_ptr_equal(ct_dispatcher_take_back(d, 3), batches[2]);
    assert_null(ct_dispatcher_take_back(d, 3));
    assert_ptr_equal(ct_dispatcher_take_back(d, 1), batches[0]);
    ct_batch_free(batches[2]);
    ct_batch_free(batches[0]);
    ct_dispatcher_release(d, 2);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 0);
    /* What is behind the one that was last still gets into the queue. */
    memset(deeds[0].name, 0, sizeof(deeds[0].name));
    apr_cpystrn(deeds[0].name, "x", sizeof(deeds[0].name));
    assert_int_equal(push_plan(d, *state, journal, deeds, "p"), APR_EAGAIN);
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 2);
    assert_string_equal(journal_starts(journal, *state), "b x");
    finish(d);
}

static void a_task_in_a_workers_hands_is_not_taken_back(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    ct_batch_t *waiting;

    keep_busy(d, *state, journal, deeds, &leave);
    waiting = reserved_batch(d, *state, journal, &deeds[1], "p");
    number_it(waiting, 1);
    assert_int_equal(ct_dispatcher_push(d, waiting), APR_SUCCESS);
    assert_null(ct_dispatcher_take_back(d, 1));
    gate_open(&leave);
    finish(d);
    assert_ended(journal, "b", CROSSTOWN_RAN);
}

/* The worker that could have taken "c" has gone to sleep when it turns out
 * that there will be no thread for it: somebody must wake that worker. */
static void a_sleeper_takes_what_the_missing_thread_was_for(void **state)
{
    sleeper_t sleeper;

    sleeper_prepare(&sleeper, *state, 1);
    gate_open(&sleeper.go);
    assert_int_equal(pusher_join(&sleeper.pusher), APR_SUCCESS);
    assert_true(journal_reached(sleeper.journal, NOTED_END, 3));
    finish(sleeper.d);
}

/* APR keeps what was pushed for a thread that could not be made. While "a" is
 * in that state a thread is made for "b": it must not run off with the slot
 * that was meant for "a", and leave its own to nobody, so that all who come
 * later rely on a worker that never arrives. */
static void a_thread_does_not_take_the_slot_of_a_failed_one(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[3] = { DEED("a"), DEED("b"), DEED("c") };
    pusher_t failed, second;
    int i;

    threads_refuse(1);
    failed_push_hold_next(&reached, &go);
    pusher_start(&failed, d,
                 reserved_batch(d, *state, journal, &deeds[0], "p"));
    assert_true(gate_reached(&reached, 1));
    threads_refuse(0);
    pusher_start(&second, d,
                 reserved_batch(d, *state, journal, &deeds[1], "p"));
    /* It may have to wait for the other one, so there is nothing to wait
     * for; but give it the time to go wrong. */
    for (i = 0; i < 10000 && journal_count(journal, NOTED_END, NULL) < 2;
         ++i) {
        sched_yield();
    }
    gate_open(&go);
    assert_int_equal(pusher_join(&second), APR_SUCCESS);
    /* Whoever is told that nobody is there stands in, for both. */
    if (pusher_join(&failed) == APR_EAGAIN) {
        ct_dispatcher_stand_in(d, scratch_of(*state));
    }
    assert_true(journal_reached(journal, NOTED_END, 2));
    clock_step(SUPPORT_HOUR);
    assert_int_equal(push_plan(d, *state, journal, deeds + 2, "p"),
                     APR_SUCCESS);
    clock_step(0);
    assert_true(journal_reached(journal, NOTED_END, 3));
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(no_thread_at_all_is_told),
        with_pool(the_caller_stands_in),
        with_pool(nobody_stands_in_for_a_worker),
        with_pool(threads_come_back),
        with_pool(who_was_refused_a_thread_does_not_ask_at_once),
        with_pool(a_refusal_is_told),
        with_pool(what_lies_in_its_place_is_not_taken_back),
        with_pool(one_thread_of_two_is_enough),
        with_pool(a_single_task_is_taken_back),
        with_pool(a_task_in_a_workers_hands_is_not_taken_back),
        with_pool(a_sleeper_takes_what_the_missing_thread_was_for),
        with_pool(a_thread_does_not_take_the_slot_of_a_failed_one),
    };

    return run_group("threads", tests);
}
