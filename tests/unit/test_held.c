/* SPDX-License-Identifier: Apache-2.0 */
/* held: a task whose function has returned is over when somebody says so,
 * once, and holds no worker until then. */
#include "support_held.h"

/* One worker: a held task does not keep it from the next one. */
static void no_worker_is_held(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t holder = HOLDER(d);
    deed_t held = deed_that_holds("held", &holder), other = DEED("other");

    push_held(d, *state, journal, &held);
    assert_int_equal(push_plan(d, *state, journal, &other, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_ended(journal, "other", CROSSTOWN_RAN);
    assert_true(ct_dispatcher_finish(d, holder.held, APR_EGENERAL, NULL));
    assert_int_equal(journal_count(journal, NOTED_END, "held"), 1);
    assert_ended(journal, "held", CROSSTOWN_RAN);
    assert_int_equal(journal_find(journal, NOTED_END, "held").result,
                     APR_EGENERAL);
    assert_true(pthread_equal(journal_find(journal, NOTED_OVER,
                                           "held").thread, pthread_self()));
    finish(d);
}

static void finished_before_it_returns(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t holder = HOLDER(d);
    deed_t held = deed_that_holds("held", &holder);

    holder.finishes = 1;
    holder.result = APR_EINVAL;
    push_held(d, *state, journal, &held);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_ended(journal, "held", CROSSTOWN_RAN);
    assert_int_equal(journal_find(journal, NOTED_END, "held").result,
                     APR_EINVAL);
    assert_false(ct_dispatcher_finish(d, holder.held, APR_SUCCESS, NULL));
    finish(d);
}

/* Its function thinks better of it, and says how it went itself. */
static void another_status_ends_it(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t holder = HOLDER(d), early = HOLDER(d);
    deed_t deeds[2] = { deed_that_holds("late", &holder),
                        deed_that_holds("early", &early) };

    deeds[0].result = deeds[1].result = APR_EGENERAL;
    early.finishes = 1;
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_int_equal(journal_find(journal, NOTED_END, "late").result,
                     APR_EGENERAL);
    assert_int_equal(journal_find(journal, NOTED_END, "early").result,
                     APR_EGENERAL);
    assert_false(ct_dispatcher_finish(d, holder.held, APR_SUCCESS, NULL));
    assert_false(ct_dispatcher_finish(d, early.held, APR_SUCCESS, NULL));
    finish(d);
    assert_ended(journal, "late", CROSSTOWN_RAN);
    assert_ended(journal, "early", CROSSTOWN_RAN);
}

/* The status alone is a failure like any other. */
static void the_status_alone_holds_nothing(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");

    deed.result = CROSSTOWN_HELD;
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_ended(journal, "a", CROSSTOWN_RAN);
    finish(d);
}

/* Twice, and after another one was held since: nobody is harmed. */
static void finished_twice(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t one = HOLDER(d), other = HOLDER(d);
    deed_t first = deed_that_holds("one", &one);
    deed_t second = deed_that_holds("other", &other);

    push_held(d, *state, journal, &first);
    assert_true(ct_dispatcher_finish(d, one.held, APR_SUCCESS, NULL));
    assert_false(ct_dispatcher_finish(d, one.held, APR_SUCCESS, NULL));
    assert_null(ct_dispatcher_held_task(d, one.held));
    push_held(d, *state, journal, &second);
    assert_false(ct_dispatcher_finish(d, one.held, APR_EGENERAL, NULL));
    assert_int_equal(journal_count(journal, NOTED_END, "other"), 0);
    assert_true(ct_dispatcher_finish(d, other.held, APR_SUCCESS, NULL));
    finish(d);
    assert_ended(journal, "one", CROSSTOWN_RAN);
    assert_ended(journal, "other", CROSSTOWN_RAN);
}

/* ---- what belongs to a task that runs ---- */

static void it_has_its_place_under_a_limit(void **state)
{
    ct_name_limit_t limit = { .name = "x", .number = 1, .at_once = 1 };
    journal_t *journal = journal_make(*state);
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 1);
    ct_name_limits_t limits = { .all = &limit, .count = 1 };
    deed_t second = DEED("x"), other = DEED("other");
    ct_dispatcher_t *d;

    settings.name_limits = limits;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    {
        holder_t holder = HOLDER(d);
        deed_t first = deed_that_holds("x", &holder);
        deed_t *deeds[3] = { &first, &second, &other };
        int i;

        for (i = 0; i < 3; ++i) {
            ct_ledger_t *ledger = ledger_of(*state, journal, deeds[i], "p");

            ct_ledger_enter(ledger, &limits, 1, NULL);
            assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
            assert_int_equal(ct_dispatcher_push(
                d, ct_batch_make(NULL, ledger->first, 1)), APR_SUCCESS);
        }
        assert_true(journal_reached(journal, NOTED_END, 1));
        assert_ended(journal, "other", CROSSTOWN_RAN);
        assert_int_equal(journal_count(journal, NOTED_START, "x"), 1);
        assert_true(ct_dispatcher_finish(d, holder.held, APR_SUCCESS, NULL));
    }
    assert_true(journal_reached(journal, NOTED_END, 3));
    finish(d);
    assert_int_equal(limit.running, 0);
}

static void *finish_it(void *data)
{
    holder_t *holder = data;

    (void)ct_dispatcher_finish(holder->d, holder->held, APR_SUCCESS, NULL);
    return NULL;
}

static void a_drain_waits_for_it(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t holder = HOLDER(d);
    deed_t held = deed_that_holds("held", &holder);
    pthread_t finisher;

    push_held(d, *state, journal, &held);
    assert_int_equal(pthread_create(&finisher, NULL, finish_it, &holder), 0);
    finish(d);                       /* who finishes it may not be back yet */
    pthread_join(finisher, NULL);
    assert_ended(journal, "held", CROSSTOWN_RAN);
}

/* Its data is in use until it is finished: so is its `over`. */
static void a_stop_leaves_it_behind(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t holder = HOLDER(d);
    deed_t held = deed_that_holds("held", &holder);
    ct_drained_t drained;

    push_held(d, *state, journal, &held);
    ct_dispatcher_drain(d, 0, &drained);
    assert_int_equal(drained.left_running, 1);
    assert_int_equal(journal_count(journal, NOTED_OVER, "held"), 0);
    assert_int_equal(journal_find(journal, NOTED_END, "held").outcome,
                     CROSSTOWN_STOPPED);
    /* Perhaps its function has yet to return. */
    assert_true(ct_dispatcher_finish(d, holder.held, APR_SUCCESS, NULL));
    assert_true(journal_reached(journal, NOTED_OVER, 1));
    assert_int_equal(journal_find(journal, NOTED_OVER, "held").outcome,
                     CROSSTOWN_STOPPED);
    assert_false(ct_dispatcher_finish(d, holder.held, APR_SUCCESS, NULL));
    assert_int_equal(journal_count(journal, NOTED_END, "held"), 1);
    ct_dispatcher_destroy(d);
}

/* ---- where it cannot be ---- */

static void not_on_the_requests_thread(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t holder = HOLDER(d);
    deed_t deed = deed_that_holds("here", &holder);

    holder.held = (crosstown_held_t *)1;
    attend_plan(d, *state, journal, &deed, "h");
    assert_null(holder.held);
    assert_ended(journal, "here", CROSSTOWN_RAN);
    finish(d);
}

static crosstown_held_t *in_over = (crosstown_held_t *)1;

static void hold_in_over(const crosstown_task_t *task,
                         crosstown_outcome_e outcome, apr_status_t result,
                         void *data)
{
    in_over = ct_dispatcher_hold(task);
    deed_over(task, outcome, result, data);
}

static void nor_when_it_is_over(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");
    ct_batch_t *batch = reserved_batch(d, *state, journal, &deed, "p");

    batch->calls[0].task.over = hold_in_over;
    assert_int_equal(ct_dispatcher_push(d, batch), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_null(in_over);
    finish(d);
}

/* ---- again ---- */

static void hold_twice(deed_t *deed, const crosstown_task_t *task)
{
    holder_t *holder = deed->context;

    holder->held = ct_dispatcher_hold(task);
    if (task->attempt > 1) {
        deed->result = APR_SUCCESS;
    }
    gate_open(&holder->returns);
}

/* Whoever finishes it may ask for another attempt. */
static void finished_to_be_called_again(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t holder = HOLDER(d);
    deed_t deed = deed_that_holds("again", &holder);
    const crosstown_task_t *task;

    deed.act = hold_twice;
    push_held(d, *state, journal, &deed);
    task = ct_dispatcher_held_task(d, holder.held);
    assert_non_null(task);
    assert_string_equal(task->name, "again");
    assert_int_equal(task->attempt, 1);
    assert_true(ct_dispatcher_finish(
        d, holder.held, ct_task_ask_again(task, 0), "busy"));
    assert_true(gate_reached(&holder.returns, 2));
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_ended(journal, "again", CROSSTOWN_RAN);
    assert_int_equal(journal_count(journal, NOTED_START, "again"), 2);
    finish(d);
}

/* Each that is asked for has a pool of its own until it is finished. */
static void who_is_asked_for_has_a_pool(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    holder_t one = HOLDER(d), other = HOLDER(d);
    deed_t first = deed_that_holds("one", &one);
    deed_t second = deed_that_holds("other", &other);
    apr_pool_t *of_one, *of_other;

    push_held(d, *state, journal, &first);
    push_held(d, *state, journal, &second);
    of_one = ct_dispatcher_held_task(d, one.held)->pool;
    of_other = ct_dispatcher_held_task(d, other.held)->pool;
    assert_non_null(of_one);
    assert_non_null(of_other);
    assert_ptr_not_equal(of_one, of_other);
    assert_ptr_equal(ct_dispatcher_held_task(d, one.held)->pool, of_one);
    assert_true(ct_dispatcher_finish(d, one.held, APR_EGENERAL, "words"));
    assert_true(ct_dispatcher_finish(d, other.held, APR_EGENERAL, "words"));
    finish(d);
    assert_ended(journal, "one", CROSSTOWN_RAN);
    assert_ended(journal, "other", CROSSTOWN_RAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(no_worker_is_held),
        with_pool(finished_before_it_returns),
        with_pool(another_status_ends_it),
        with_pool(the_status_alone_holds_nothing),
        with_pool(finished_twice),
        with_pool(it_has_its_place_under_a_limit),
        with_pool(a_drain_waits_for_it),
        with_pool(a_stop_leaves_it_behind),
        with_pool(not_on_the_requests_thread),
        with_pool(nor_when_it_is_over),
        with_pool(finished_to_be_called_again),
        with_pool(who_is_asked_for_has_a_pool),
    };

    return run_group("held", tests);
}
