/* SPDX-License-Identifier: Apache-2.0 */
/* watch: how a runner waits. Its rounds of the scheduler are where a test can
 * hold it: one that lingers is relied on, one that is in doubt knows from
 * where to count, and gets on when the others do not. */
#include "support.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "crew.h"
#include "support_calls.h"

static gate_t *round_reached;            /* atomic; NULL: nobody is held */
static gate_t *round_go;

/* The next thread that comes by stays until `go`. */
static void rounds_hold(gate_t *reached, gate_t *go)
{
    round_go = go;
    __atomic_store_n(&round_reached, reached, __ATOMIC_SEQ_CST);
}

static void come_by(void)
{
    gate_t *reached = __atomic_exchange_n(&round_reached, NULL,
                                          __ATOMIC_SEQ_CST);

    if (reached) {
        gate_t *go = round_go;

        gate_open(reached);
        gate_pass(go);
    }
}

static int rounds;                       /* atomic: of runners, so far */

/* Who lingers. */
__attribute__((visibility("default"))) int sched_yield(void)
{
    if (ct_dispatcher_here()) {
        __atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
    }
    come_by();
    return (int)syscall(SYS_sched_yield);
}

/* Who is in doubt. */
__attribute__((visibility("default"))) void apr_sleep(apr_interval_time_t t)
{
    come_by();
    usleep((useconds_t)t);
}

static apr_uint32_t lookouts(ct_dispatcher_t *d)
{
    apr_uint32_t count;

    apr_thread_mutex_lock(d->lock);
    count = d->lookouts;
    apr_thread_mutex_unlock(d->lock);
    return count;
}

/* Work that comes meanwhile is its; nobody else is woken or made. */
static void who_lingers_is_relied_on(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    int before = threads_made();

    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "p"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_int_equal(journal_count(journal, NOTED_END, "a"), 1);
    assert_int_equal(lookouts(d), 1);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "p"),
                     APR_SUCCESS);
    assert_int_equal(lookouts(d), 1);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_true(crew_reached(d, 1, 1));
    assert_int_equal(threads_made() - before, 1);
    assert_int_equal(lookouts(d), 0);
    finish(d);
}

static apr_time_t moment;                /* atomic */
static apr_time_t step;                  /* atomic */

static apr_time_t stepping_clock(void)
{
    return __atomic_add_fetch(&moment,
                              __atomic_load_n(&step, __ATOMIC_SEQ_CST),
                              __ATOMIC_SEQ_CST);
}

/* @return how many rounds the runner made before it slept */
static int rounds_after_one(ct_dispatcher_t *d, apr_pool_t *p,
                            journal_t *journal)
{
    int before = __atomic_load_n(&rounds, __ATOMIC_SEQ_CST);
    int ends = journal_count(journal, NOTED_END, NULL);
    deed_t *deed = apr_pcalloc(p, sizeof(*deed));

    assert_int_equal(push_plan(d, p, journal, deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, ends + 1));
    assert_true(crew_reached(d, 1, 1));
    return __atomic_load_n(&rounds, __ATOMIC_SEQ_CST) - before;
}

/* Until it is called so soon after it went to sleep that it would have
 * paid. */
static void who_lingers_in_vain_gives_it_up(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    int i;

    d->settings.now = stepping_clock;
    __atomic_store_n(&step, APR_USEC_PER_SEC, __ATOMIC_SEQ_CST);
    assert_true(rounds_after_one(d, *state, journal) > 0);
    for (i = 0; i < 10; ++i) {
        (void)rounds_after_one(d, *state, journal);
    }
    assert_int_equal(rounds_after_one(d, *state, journal), 0);
    __atomic_store_n(&step, 0, __ATOMIC_SEQ_CST);
    assert_true(rounds_after_one(d, *state, journal) > 0);
    finish(d);
}

/* Places that others have reserved are no reason to stay awake. */
static void reserved_places_keep_nobody_awake(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");

    assert_int_equal(ct_dispatcher_reserve(d, 3), 3);
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_true(crew_reached(d, 1, 1));
    assert_int_equal(lookouts(d), 0);
    ct_dispatcher_release(d, 3);
    finish(d);
}

static ct_runner_t *doubtful_of(ct_dispatcher_t *d)
{
    ct_runner_t *found = NULL;
    apr_uint32_t i;

    for (i = 0; i < d->settings.threads_max; ++i) {
        if (d->runners[i].doubtful) {
            assert_null(found);
            found = &d->runners[i];
        }
    }
    return found;
}

/* Whatever the slot was used for before. */
static void age_all(ct_dispatcher_t *d)
{
    apr_uint32_t i;

    apr_thread_mutex_lock(d->lock);
    for (i = 0; i < d->settings.threads_max; ++i) {
        d->runners[i].patient = 1;
        d->runners[i].seen = d->moves + 77;
    }
    apr_thread_mutex_unlock(d->lock);
}

static void doubt_begins_with_now(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT, leave = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    ct_runner_t *runner;

    age_all(d);
    deeds[0].leave = deeds[1].leave = &leave;
    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_true(journal_reached(journal, NOTED_START, 1));
    apr_thread_mutex_lock(d->lock);
    runner = doubtful_of(d);
    assert_non_null(runner);
    assert_int_equal(runner->lookout, 1);
    assert_int_equal(runner->patient, 0);
    assert_int_equal(d->moves, 1);
    assert_int_equal(runner->seen, 1);
    assert_int_equal(d->lookouts, 1);
    apr_thread_mutex_unlock(d->lock);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_START, 2));
    assert_int_equal(lookouts(d), 0);
    gate_open(&leave);
    finish(d);
}

/* It has seen the first get on, so it naps; then the first does not any more:
 * what waits is for all that can be had. */
static void patience_has_an_end(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    gate_t first = GATE_INIT, others = GATE_INIT;
    deed_t deeds[5];
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 5; ++i) {
        deeds[i].leave = i == 0 ? &first : &others;
    }
    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppppp"),
                     APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_true(journal_reached(journal, NOTED_START, 1));
    gate_open(&first);
    assert_true(journal_reached(journal, NOTED_START, 2));
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_START, 5));
    assert_true(crew_reached(d, 4, 0));
    assert_int_equal(lookouts(d), 0);
    gate_open(&others);
    finish(d);
}

/* By the one who was in doubt, before it takes a task itself: the first wake
 * is the push's, the second the first runner's. */
static void all_that_are_needed_are_called_at_once(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 4, 4);
    gate_t idle = GATE_INIT, leave = GATE_INIT;
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[8];
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 8; ++i) {
        deeds[i].leave = i < 4 ? &idle : &leave;
    }
    assert_int_equal(push_plan(d, *state, journal, deeds, "pppp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 4));
    gate_open(&idle);
    assert_true(crew_reached(d, 4, 4));
    wakes_hold(3, &reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds + 4, "pppp"),
                     APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    /* It is held after its first call. The one it has called takes "b"; the
     * next is not called yet, and counts. */
    assert_true(journal_reached(journal, NOTED_START, 6));
    apr_thread_mutex_lock(d->lock);
    assert_null(d->parked);
    assert_int_equal(d->lookouts, 2);
    apr_thread_mutex_unlock(d->lock);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_START, 8));
    assert_int_equal(lookouts(d), 0);
    gate_open(&leave);
    finish(d);
}

/* Work that the others have done meanwhile leaves it a lookout without doubt,
 * who takes the next task itself. */
static void doubt_ends_with_the_queue(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT, leave = GATE_INIT;
    gate_t lingers = GATE_INIT, on = GATE_INIT;
    deed_t deeds[3] = { DEED("a"), DEED("b"), DEED("c") };
    gate_t first = GATE_INIT;

    deeds[0].leave = &first;
    deeds[1].leave = &leave;
    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    gate_open(&first);
    assert_true(journal_reached(journal, NOTED_START, 2));
    /* Rounds of doubt come first: any of them, or one of lingering. */
    rounds_hold(&lingers, &on);
    gate_open(&go);
    assert_true(gate_reached(&lingers, 1));
    assert_int_equal(push_plan(d, *state, journal, deeds + 2, "p"),
                     APR_SUCCESS);
    assert_int_equal(lookouts(d), 1);
    gate_open(&on);
    assert_true(journal_reached(journal, NOTED_START, 3));
    gate_open(&leave);
    finish(d);
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
        with_pool(who_lingers_is_relied_on),
        with_pool(who_lingers_in_vain_gives_it_up),
        with_pool(reserved_places_keep_nobody_awake),
        with_pool(doubt_begins_with_now),
        with_pool(patience_has_an_end),
        with_pool(all_that_are_needed_are_called_at_once),
        with_pool(doubt_ends_with_the_queue),
        with_pool(the_drain_lets_ends_be_told),
    };

    return run_group("watch", tests);
}
