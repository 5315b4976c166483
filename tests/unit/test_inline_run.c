/* SPDX-License-Identifier: Apache-2.0 */
/* inline_run: calls on the request's own thread, mixed with those of the
 * pool: one order for both, and nobody waits longer than that order wants. */
#include "support.h"

#include "support_calls.h"
#include "support_rounds.h"

static int ran_here(journal_t *journal, const char *name)
{
    return pthread_equal(journal_find(journal, NOTED_START, name).thread,
                         pthread_self()) != 0;
}

static void all_calls_here_need_no_thread(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    int before = threads_made();
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    deeds[1].result = APR_EGENERAL;
    attend_plan(d, *state, journal, deeds, "hhh");
    assert_string_equal(journal_starts(journal, *state), "a b c");
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_ended(journal, "b", CROSSTOWN_RAN);
    assert_ended(journal, "c", CROSSTOWN_RAN);
    assert_int_equal(journal_find(journal, NOTED_END, "b").result,
                     APR_EGENERAL);
    assert_true(ran_here(journal, "a") && ran_here(journal, "c"));
    assert_int_equal(threads_made(), before);
    finish(d);
}

static void no_call_here_is_a_mere_push(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    attend_plan(d, *state, journal, deeds, "pp");
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_string_equal(journal_starts(journal, *state), "a b");
    assert_false(ran_here(journal, "a") || ran_here(journal, "b"));
    finish(d);
}

static const char *plan_of(char *plan, unsigned int number, int length)
{
    int i;

    for (i = 0; i < length; ++i) {
        plan[i] = number >> i & 1 ? 'h' : 'p';
    }
    plan[length] = '\0';
    return plan;
}

static void check_plan(apr_pool_t *p, journal_t *journal, const char *plan)
{
    const char *starts = "";
    int i;

    for (i = 0; plan[i]; ++i) {
        char name[2] = { (char)('a' + i), '\0' };

        assert_ended(journal, name, CROSSTOWN_RAN);
        assert_int_equal(ran_here(journal, name), plan[i] == 'h');
        starts = apr_pstrcat(p, starts, i ? " " : "", name, NULL);
    }
    assert_string_equal(journal_starts(journal, p), starts);
}

/* Every mixture of up to six, with too few threads and with enough. */
static void every_mixture_keeps_the_order(void **state)
{
    char plan[8];
    unsigned int number;
    int length, threads;

    for (threads = 1; threads <= 4; threads += 3) {
        for (length = 1; length <= 6; ++length) {
            for (number = 0; number < 1U << length; ++number) {
                journal_t *journal = journal_make(*state);
                ct_dispatcher_t *d = dispatcher_of(journal, 1, threads);
                deed_t deeds[8];

                memset(deeds, 0, sizeof(deeds));
                attend_plan(d, *state, journal, deeds,
                            plan_of(plan, number, length));
                finish(d);
                check_plan(*state, journal, plan);
            }
        }
    }
}

static void a_call_here_waits_for_what_stands_before(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy");
    attendant_t attendant;
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, &busy, &leave);
    attendant_start_waiting(&attendant, d, journal, deeds, "ph");
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 1);
    gate_open(&leave);
    attendant_join(&attendant);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "busy a b");
    assert_false(pthread_equal(
        journal_find(journal, NOTED_START, "b").thread,
        journal_find(journal, NOTED_START, "a").thread));
}

/* It may be long: the thread does not take the processor all the time. */
static void it_sleeps_meanwhile(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy");
    attendant_t attendant;
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, &busy, &leave);
    attendant_start_waiting(&attendant, d, journal, deeds, "ph");
    assert_true(nap_reached());
    gate_open(&leave);
    attendant_join(&attendant);
    finish(d);
}

/* "a" does not return before those behind it have started. */
static void wait_for_three_starts(deed_t *deed, const crosstown_task_t *task)
{
    gate_t *missed = deed->context;

    (void)task;
    if (!journal_reached(deed->journal, NOTED_START, 3)) {
        gate_open(missed);
    }
}

static void a_call_here_does_not_hold_up_those_behind(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    gate_t missed = GATE_INIT;
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].act = wait_for_three_starts;
    deeds[0].context = &missed;
    attend_plan(d, *state, journal, deeds, "hpp");
    assert_int_equal(missed.opened, 0);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "a b c");
}

/* What the pool has before a call here need only be called, not be over. */
static void a_call_here_does_not_wait_for_ends(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    gate_t leave = GATE_INIT;
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].leave = &leave;
    attend_plan(d, *state, journal, deeds, "ph");
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 1);
    assert_ended(journal, "b", CROSSTOWN_RAN);
    gate_open(&leave);
    finish(d);
    assert_ended(journal, "a", CROSSTOWN_RAN);
}

static void note_pool(deed_t *deed, const crosstown_task_t *task)
{
    *(apr_pool_t **)deed->context = task->pool;
}

static apr_status_t open_gate(void *gate)
{
    gate_open(gate);
    return APR_SUCCESS;
}

static void open_when_pool_goes(deed_t *deed, const crosstown_task_t *task)
{
    apr_pool_cleanup_register(task->pool, deed->context, open_gate,
                              apr_pool_cleanup_null);
}

static void tasks_get_the_scratch_memory_and_leave_it_empty(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    apr_pool_t *scratch = scratch_of(*state);
    apr_pool_t *seen = NULL;
    gate_t gone = GATE_INIT;
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].act = open_when_pool_goes;
    deeds[0].context = &gone;
    deeds[1].act = note_pool;
    deeds[1].context = &seen;
    ct_dispatcher_attend(d, batch_of(*state, journal, deeds, "hh"), scratch);
    assert_int_equal(gone.opened, 1);
    assert_ptr_equal(seen, scratch);
    finish(d);
}

/* The same for one that is called without a batch. */
static void so_does_one_that_runs_alone(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    apr_pool_t *scratch = scratch_of(*state);
    static gate_t gone = GATE_INIT;      /* it may be late */
    deed_t deed = DEED("a");
    ct_ledger_t *ledger = ledger_of(*state, journal, &deed, "h");

    deed.act = open_when_pool_goes;
    deed.context = &gone;
    ct_dispatcher_run_alone(d, ledger, ct_ledger_take(ledger), NULL, scratch);
    assert_int_equal(gone.opened, 1);
    assert_ended(journal, "a", CROSSTOWN_RAN);
    finish(d);
}

/* And for those that the caller runs because no thread can be had. */
static void so_do_those_it_stands_in_for(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    static gate_t gone = GATE_INIT;      /* it may be late */
    deed_t deed = DEED("a");

    deed.act = open_when_pool_goes;
    deed.context = &gone;
    threads_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_EAGAIN);
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), 1);
    assert_int_equal(gone.opened, 1);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(all_calls_here_need_no_thread),
        with_pool(no_call_here_is_a_mere_push),
        with_pool(every_mixture_keeps_the_order),
        with_pool(a_call_here_waits_for_what_stands_before),
        with_pool(it_sleeps_meanwhile),
        with_pool(a_call_here_does_not_hold_up_those_behind),
        with_pool(a_call_here_does_not_wait_for_ends),
        with_pool(tasks_get_the_scratch_memory_and_leave_it_empty),
        with_pool(so_does_one_that_runs_alone),
        with_pool(so_do_those_it_stands_in_for),
    };

    return run_group("inline run", tests);
}
