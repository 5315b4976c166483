/* SPDX-License-Identifier: Apache-2.0 */
/* held: a task whose function has returned is over when somebody says so,
 * once, and holds no worker until then. */
#include "support_again.h"

#include <stdlib.h>

#include "held.h"

/** What a deed does that asks to be held. */
typedef struct holder_t {
    ct_dispatcher_t *d;
    crosstown_held_t *held;          /* what it got; set before START */
    int finishes;                    /* before its function returns */
    apr_status_t result;             /* with this */
    gate_t returns;                  /* opened when it has got it */
} holder_t;

#define HOLDER(d) { d, NULL, 0, APR_SUCCESS, GATE_INIT }

static void hold(deed_t *deed, const crosstown_task_t *task)
{
    holder_t *holder = deed->context;

    holder->held = ct_dispatcher_hold(task);
    if (holder->finishes) {
        (void)ct_dispatcher_finish(holder->d, holder->held, holder->result,
                                   "early");
    }
    gate_open(&holder->returns);
}

static deed_t deed_that_holds(const char *name, holder_t *holder)
{
    deed_t deed = DEED("");

    apr_cpystrn(deed.name, name, sizeof(deed.name));
    deed.act = hold;
    deed.context = holder;
    deed.result = CROSSTOWN_HELD;
    return deed;
}

/* Push it, and wait until its function has got what is to be finished. */
static void push_held(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
                      deed_t *deed)
{
    holder_t *holder = deed->context;

    assert_int_equal(push_plan(d, p, journal, deed, "p"), APR_SUCCESS);
    assert_true(gate_reached(&holder->returns, 1));
    assert_non_null(holder->held);
}

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

/* ---- many ---- */

#define MANY 300
#define FINISHERS 3

typedef struct storm_t {
    holder_t holders[MANY];
    ct_dispatcher_t *d;
    atomic_int next;
} storm_t;

/* As soon as it is known, so that some functions have not returned yet. */
static int finish_next(storm_t *storm)
{
    int i = atomic_fetch_add(&storm->next, 1);
    apr_status_t result;

    if (i >= MANY) {
        return 0;
    }
    result = i % 2 ? APR_EGENERAL : APR_SUCCESS;
    gate_pass(&storm->holders[i].returns);
    if (!ct_dispatcher_finish(storm->d, storm->holders[i].held, result,
                              i % 3 ? "words" : NULL)) {
        abort();
    }
    return 1;
}

static void *finish_many(void *storm)
{
    while (finish_next(storm)) {
    }
    return NULL;
}

/* Push all of them, while `finishing` runs on several threads. */
static void run_storm(storm_t *storm, apr_pool_t *p, journal_t *journal,
                      deed_t *deeds, void *(*finishing)(void *storm))
{
    pthread_t finishers[FINISHERS];
    int i;

    for (i = 0; i < FINISHERS; ++i) {
        assert_int_equal(pthread_create(&finishers[i], NULL, finishing,
                                        storm), 0);
    }
    for (i = 0; i < MANY; i += 3) {
        assert_int_equal(push_plan(storm->d, p, journal, &deeds[i], "ppp"),
                         APR_SUCCESS);
    }
    for (i = 0; i < FINISHERS; ++i) {
        pthread_join(finishers[i], NULL);
    }
}

static void many_at_once(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 3);
    storm_t *storm = apr_pcalloc(*state, sizeof(*storm));
    deed_t *deeds = apr_pcalloc(*state, MANY * sizeof(*deeds));
    const holder_t holder = HOLDER(d);
    int i;

    storm->d = d;
    for (i = 0; i < MANY; ++i) {
        storm->holders[i] = holder;
        deeds[i] = deed_that_holds("held", &storm->holders[i]);
    }
    run_storm(storm, *state, journal, deeds, finish_many);
    assert_true(journal_reached(journal, NOTED_END, MANY));
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_OVER, NULL), MANY);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), MANY);
}

/* ---- said from two sides at once ---- */

#define KEPT 64
#define MARK 'k'

static void mark_kept(const crosstown_task_t *task, void *kept)
{
    memset(kept, MARK, KEPT);
}

static void look_at_kept(void *kept)
{
    int i;

    for (i = 0; i < KEPT; ++i) {
        if (((const char *)kept)[i] != MARK) {
            abort();
        }
    }
}

/* Its function goes on to say something while it may be finished. */
static void hold_and_say(deed_t *deed, const crosstown_task_t *task)
{
    holder_t *holder = deed->context;

    if (task->attempt > 1) {
        deed->result = APR_SUCCESS;
        return;
    }
    holder->held = ct_dispatcher_hold(task);
    gate_open(&holder->returns);
    ct_task_say(task, "of its function");
}

static ct_report_t notes;            /* as the journal has them */

static void end_with_words(void *context, struct server_rec *server,
                           const crosstown_task_t *task,
                           crosstown_outcome_e outcome, apr_status_t result)
{
    const char *words = ct_task_view_of(task)->words;

    if (result != APR_SUCCESS
        && (!words || strcmp(words, "of another") != 0)) {
        abort();
    }
    notes.end(context, server, task, outcome, result);
}

/* One in four is to be called again. */
static void *say_and_finish(void *data)
{
    storm_t *storm = data;
    int i;

    while ((i = atomic_fetch_add(&storm->next, 1)) < MANY) {
        const crosstown_held_t *held;
        const crosstown_task_t *task;

        gate_pass(&storm->holders[i].returns);
        held = storm->holders[i].held;
        task = ct_dispatcher_held_task(storm->d, held);
        ct_task_say(task, "of another");
        (void)ct_dispatcher_finish(
            storm->d, storm->holders[i].held,
            i % 4 ? APR_EGENERAL : ct_task_ask_again(task, 0), NULL);
    }
    return NULL;
}

/* It may be finished while its function, and the report, are still busy with
 * it: nobody writes into what is another's. */
static void said_from_two_sides(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 3);
    storm_t *storm = apr_pcalloc(*state, sizeof(*storm));
    deed_t *deeds = apr_pcalloc(*state, MANY * sizeof(*deeds));
    int i;

    notes = settings.report;
    settings.report.end = end_with_words;
    settings.report.hold = mark_kept;
    settings.report.kept_size = KEPT;
    settings.report.take_up = settings.report.put_down = look_at_kept;
    assert_int_equal(ct_dispatcher_make(&storm->d, &settings), APR_SUCCESS);
    for (i = 0; i < MANY; ++i) {
        const holder_t holder = HOLDER(storm->d);

        storm->holders[i] = holder;
        deeds[i] = deed_that_holds("held", &storm->holders[i]);
        deeds[i].act = hold_and_say;
    }
    run_storm(storm, *state, journal, deeds, say_and_finish);
    assert_true(journal_reached(journal, NOTED_END, MANY));
    finish(storm->d);
    assert_int_equal(journal_count(journal, NOTED_START, NULL),
                     MANY + MANY / 4);
}

/* More at once than there are lists at first: each is found, the oldest one
 * first, and no other one. */
static void thousands_wait(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    storm_t *storm = apr_pcalloc(*state, sizeof(*storm));
    deed_t *deeds = apr_pcalloc(*state, MANY * sizeof(*deeds));
    const holder_t holder = HOLDER(d);
    int i;

    for (i = 0; i < MANY; ++i) {
        storm->holders[i] = holder;
        deeds[i] = deed_that_holds("held", &storm->holders[i]);
    }
    for (i = 0; i < MANY; i += 3) {
        assert_int_equal(push_plan(d, *state, journal, &deeds[i], "ppp"),
                         APR_SUCCESS);
    }
    for (i = 0; i < MANY; ++i) {
        assert_true(gate_reached(&storm->holders[i].returns, 1));
    }
    for (i = 0; i < MANY; ++i) {
        assert_non_null(ct_dispatcher_held_task(d, storm->holders[i].held));
        assert_true(ct_dispatcher_finish(d, storm->holders[i].held,
                                         APR_SUCCESS, NULL));
        assert_null(ct_dispatcher_held_task(d, storm->holders[i].held));
        assert_false(ct_dispatcher_finish(d, storm->holders[i].held,
                                          APR_SUCCESS, NULL));
    }
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), MANY);
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
        with_pool(many_at_once),
        with_pool(said_from_two_sides),
        with_pool(thousands_wait),
    };

    return run_group("held", tests);
}
