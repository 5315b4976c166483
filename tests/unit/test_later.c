/* SPDX-License-Identifier: Apache-2.0 */
/* later: tasks that wait for their time, to be called first or again. The
 * clock is the real one: what is to be seen waiting waits for an hour, what is
 * to come comes at once. */
#include "support_again.h"

#include "workers.h"

static void thrice_then_success(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    again_t again = AGAIN(4, 1000);
    deed_t deed = deed_of("a", &again);

    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_int_equal(journal_find(journal, NOTED_END, "a").result,
                     APR_SUCCESS);
    assert_int_equal(again.attempts, 4);
    assert_int_equal(again.wrong, 0);
    finish(d);
}

static void the_last_failure_is_the_result(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    again_t again = { 2, 0, CROSSTOWN_GIVE_UP, 0, "", 0 };
    deed_t deed = deed_of("a", &again);

    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_int_equal(journal_find(journal, NOTED_END, "a").result,
                     CROSSTOWN_GIVE_UP);
    assert_int_equal(again.attempts, 2);
    finish(d);
}

static void change_its_mind(deed_t *deed, const crosstown_task_t *task)
{
    (void)ct_task_ask_again(task, 0);
    deed->result = APR_EGENERAL;
}

/* Neither the wish alone, nor the status alone. */
static void what_is_returned_counts(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    deed_t deeds[2] = { DEED("a"), DEED("b") };

    deeds[0].act = change_its_mind;
    deeds[1].result = CROSSTOWN_AGAIN;
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_ended(journal, "b", CROSSTOWN_RAN);
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 2);
    finish(d);
}

/* Of a request with three tasks the second one waits for an hour; it has a
 * place, and its worker has none of it. */
static void followers_go_on(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    again_t again = AGAIN(2, SUPPORT_HOUR);
    deed_t deeds[3] = { DEED("a"), DEED(""), DEED("c") };
    ct_drained_t drained;

    deeds[1] = deed_of("b", &again);
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_string_equal(journal_starts(journal, *state), "a b c");
    assert_true(later_reached(d, 1));
    assert_true(workers_reached(d, 1, 1));
    assert_int_equal(atomic_load(&d->waiting), 1);
    assert_int_equal(journal_count(journal, NOTED_END, "b"), 0);
    ct_dispatcher_drain(d, apr_time_from_sec(SUPPORT_PATIENCE), &drained);
    assert_int_equal(drained.stopped, 1);
    assert_ended(journal, "b", CROSSTOWN_STOPPED);
    assert_int_equal(atomic_load(&d->waiting), 0);
    assert_int_equal(atomic_load(&d->gauges->scheduled), 0);
    ct_dispatcher_destroy(d);
}

/* It stands in nobody's way either. */
static void a_delayed_one_is_passed_by(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deeds[3] = { DEED("a"), DEED("b"), DEED("c") };
    ct_drained_t drained;

    assert_int_equal(push_delayed(d, *state, journal, deeds, "ppp", 0,
                                  SUPPORT_HOUR), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_string_equal(journal_starts(journal, *state), "b c");
    assert_true(later_reached(d, 1));
    ct_dispatcher_drain(d, apr_time_from_sec(SUPPORT_PATIENCE), &drained);
    assert_int_equal(drained.stopped, 1);
    assert_ended(journal, "a", CROSSTOWN_STOPPED);
    ct_dispatcher_destroy(d);
}

static apr_time_t called_at;             /* of the test below */

static void note_time(deed_t *deed, const crosstown_task_t *task)
{
    (void)deed;
    (void)task;
    __atomic_store_n(&called_at, ct_clock_now(), __ATOMIC_SEQ_CST);
}

static void a_delay_passes(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");
    apr_time_t since = ct_clock_now();

    deed.act = note_time;
    assert_int_equal(push_delayed(d, *state, journal, &deed, "p", 0, 20000),
                     APR_SUCCESS);
    finish(d);
    assert_ended(journal, "a", CROSSTOWN_RAN);
    /* Part of it is measured by the time of day. */
    assert_true(__atomic_load_n(&called_at, __ATOMIC_SEQ_CST) - since
                >= 19000);
}

static void without_end(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");
    ct_drained_t drained;

    assert_int_equal(push_delayed(d, *state, journal, &deed, "p", 0,
                                  APR_INT64_MAX), APR_SUCCESS);
    assert_true(later_reached(d, 1));
    ct_dispatcher_drain(d, SUPPORT_HOUR, &drained);
    assert_int_equal(drained.stopped, 1);
    ct_dispatcher_destroy(d);
}

/* A request's own thread goes on with the next one of its own. */
static void from_the_requests_thread(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    again_t again = AGAIN(3, 0), more = AGAIN(2, 0);
    deed_t deeds[4] = { DEED(""), DEED("b"), DEED(""), DEED("d") };

    deeds[0] = deed_of("a", &again);
    deeds[2] = deed_of("c", &more);
    attend_plan(d, *state, journal, deeds, "hhph");
    assert_true(journal_reached(journal, NOTED_END, 4));
    assert_int_equal(again.attempts, 3);
    assert_int_equal(more.attempts, 2);
    assert_true(pthread_equal(pthread_self(),
                              journal_find(journal, NOTED_START, "a").thread));
    assert_false(pthread_equal(pthread_self(),
                               journal_find(journal, NOTED_END, "a").thread));
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_ended(journal, "c", CROSSTOWN_RAN);
    finish(d);
}

/* Nothing is left of the request but what was copied. */
static void alone_on_the_requests_thread(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    again_t again = AGAIN(2, 0);
    deed_t deed = deed_of("a", &again);
    crosstown_response_t response = { .size = sizeof(response) };
    ct_ledger_t *ledger;
    apr_pool_t *request;

    response.method = response.uri = response.client_ip = "-";
    apr_pool_create(&request, *state);
    ledger = ledger_of(request, journal, &deed, "h");
    ct_dispatcher_run_alone(d, ledger, ledger->first, &response,
                            scratch_of(*state));
    apr_pool_destroy(request);
    memset(&response, 0xaa, sizeof(response));
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_int_equal(again.attempts, 2);
    finish(d);
}

/* What is due before the deadline still runs; the drain waits for it. */
static void the_drain_waits_for_what_is_due(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    again_t soon = AGAIN(4, 30000), late = AGAIN(2, SUPPORT_HOUR);
    deed_t deeds[2];
    ct_drained_t drained;

    deeds[0] = deed_of("soon", &soon);
    deeds[1] = deed_of("late", &late);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 2));
    ct_dispatcher_drain(d, SUPPORT_HOUR / 2, &drained);
    assert_int_equal(drained.stopped, 1);
    assert_int_equal(drained.left_running, 0);
    assert_ended(journal, "soon", CROSSTOWN_RAN);
    assert_ended(journal, "late", CROSSTOWN_STOPPED);
    assert_int_equal(soon.attempts, 4);
    ct_dispatcher_destroy(d);
}

static void no_drain_no_attempt(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    again_t again = AGAIN(1000000, 0);
    deed_t deed = deed_of("a", &again);
    ct_drained_t drained;

    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 10));
    ct_dispatcher_drain(d, 0, &drained);
    assert_true(workers_reached(d, 0, 0));
    assert_int_equal(journal_find(journal, NOTED_END, "a").outcome,
                     CROSSTOWN_STOPPED);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 1);
    assert_int_equal(journal_count(journal, NOTED_OVER, NULL), 1);
    assert_int_equal(atomic_load(&d->waiting), 0);
    ct_dispatcher_destroy(d);
}

/* The queue has one place; while "a" waits it is taken. */
static void it_keeps_its_place(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded_dispatcher(journal, 1);
    again_t again = AGAIN(2, SUPPORT_HOUR);
    deed_t deed = deed_of("a", &again);
    ct_drained_t drained;

    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(later_reached(d, 1));
    assert_int_equal(ct_dispatcher_reserve(d, 1), 0);
    ct_dispatcher_drain(d, 0, &drained);
    assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
    ct_dispatcher_release(d, 1);
    ct_dispatcher_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(thrice_then_success),
        with_pool(the_last_failure_is_the_result),
        with_pool(what_is_returned_counts),
        with_pool(followers_go_on),
        with_pool(a_delayed_one_is_passed_by),
        with_pool(a_delay_passes),
        with_pool(without_end),
        with_pool(from_the_requests_thread),
        with_pool(alone_on_the_requests_thread),
        with_pool(the_drain_waits_for_what_is_due),
        with_pool(no_drain_no_attempt),
        with_pool(it_keeps_its_place),
    };

    return run_group("later", tests);
}
