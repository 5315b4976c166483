/* SPDX-License-Identifier: Apache-2.0 */
/* paused, switched: what is said while a dispatcher runs, as by another
 * process. "x" may run once at a time; other names have no limit of their own,
 * and share the label 0. */
#include "support.h"

#include "support_again.h"
#include "workers.h"

#define LABELS 2

typedef struct said_t {
    ct_switches_t switches;
    ct_name_limit_t all[1 + LABELS];
    journal_t *journal;
    ct_dispatcher_t *d;
    apr_pool_t *p;
} said_t;

static void said_start(said_t *said, apr_pool_t *p, apr_uint32_t threads)
{
    ct_dispatcher_settings_t settings;
    unsigned short i;

    memset(said, 0, sizeof(*said));
    for (i = 0; i < 1 + LABELS; ++i) {
        said->all[i].number = (unsigned short)(i + 1);
        said->all[i].says = &said->switches.names[i];
    }
    said->all[0].name = "x";
    said->all[0].at_once = 1;
    said->p = p;
    said->journal = journal_make(p);
    settings = settings_of(said->journal, threads, threads);
    settings.queue_max = 8;
    settings.name_limits.all = said->all;
    settings.name_limits.count = 1;
    settings.name_limits.others = LABELS;
    settings.switches = &said->switches;
    assert_int_equal(ct_dispatcher_make(&said->d, &settings), APR_SUCCESS);
}

static void said_finish(said_t *said)
{
    int i;

    finish(said->d);
    for (i = 0; i < 1 + LABELS; ++i) {
        assert_int_equal(said->all[i].waiting, 0);
        assert_int_equal(said->all[i].running, 0);
        assert_null(said->all[i].first);
    }
}

static void say(said_t *said, atomic_uint *what, unsigned int value)
{
    atomic_store(what, value);
    ct_switches_changed(&said->switches);
}

static void defer(said_t *said, deed_t *deeds, const char *plan)
{
    ct_ledger_t *ledger = ledger_of(said->p, said->journal, deeds, plan);

    ct_ledger_enter(ledger, &said->d->settings.name_limits, 1, NULL);
    assert_int_equal(ct_dispatcher_reserve(said->d, ledger->count),
                     ledger->count);
    assert_int_equal(ct_dispatcher_push(
        said->d, ct_batch_make(NULL, ledger->first, ledger->count)),
        APR_SUCCESS);
}

/* Wait until so many lie aside. @return 0: they do not */
static int aside_reached(ct_dispatcher_t *d, apr_uint32_t count)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);
    apr_uint32_t now;

    do {
        apr_sleep(1000);
        ct_workers_lock(d);
        now = d->paused.count;
        ct_workers_unlock(d);
    } while (now != count && apr_time_now() < until);
    return now == count;
}

/* One thread is enough for the others, and for those behind it in the same
 * request; when it is resumed the tasks come in their order. */
static void others_pass_by(void **state)
{
    deed_t deeds[4] = { DEED("x"), DEED("a"), DEED("x"), DEED("b") };
    deed_t last = DEED("c");
    said_t said;

    said_start(&said, *state, 1);
    say(&said, &said.switches.names[0].paused, 1);
    defer(&said, deeds, "pppp");
    assert_true(journal_reached(said.journal, NOTED_END, 2));
    assert_true(aside_reached(said.d, 2));
    defer(&said, &last, "p");
    assert_true(journal_reached(said.journal, NOTED_END, 3));
    assert_string_equal(journal_starts(said.journal, *state), "a b c");
    assert_int_equal(said.all[0].waiting, 2);
    say(&said, &said.switches.names[0].paused, 0);
    assert_true(journal_reached(said.journal, NOTED_END, 5));
    assert_string_equal(journal_starts(said.journal, *state), "a b c x x");
    said_finish(&said);
}

/* What was in the queue already is paused, too; what runs goes on. */
static void what_waits_is_paused(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("a"), second = DEED("b");
    said_t said;

    first.leave = &leave;
    said_start(&said, *state, 1);
    defer(&said, &first, "p");
    assert_true(journal_reached(said.journal, NOTED_START, 1));
    defer(&said, &second, "p");
    say(&said, &said.switches.names[1].paused, 1);
    gate_open(&leave);
    assert_true(journal_reached(said.journal, NOTED_END, 1));
    assert_ended(said.journal, "a", CROSSTOWN_RAN);
    assert_true(aside_reached(said.d, 1));
    say(&said, &said.switches.names[1].paused, 0);
    assert_true(journal_reached(said.journal, NOTED_END, 2));
    assert_ended(said.journal, "b", CROSSTOWN_RAN);
    said_finish(&said);
}

/* Also what asks for the request's own thread. */
static void own_threads_are_not_for_it(void **state)
{
    deed_t deed = DEED("a");
    said_t said;
    ct_ledger_t *ledger;

    said_start(&said, *state, 1);
    ledger = ledger_of(said.p, said.journal, &deed, "h");
    assert_int_equal(ct_ledger_places(ledger, 1), 0);
    say(&said, &said.switches.names[1].paused, 1);
    ct_ledger_enter(ledger, &said.d->settings.name_limits, 1, NULL);
    assert_int_equal(ct_ledger_places(ledger, 1), 1);
    assert_true(ct_ledger_for_pool_only(ledger->first));
    assert_int_equal(ct_ledger_reject(ledger, 0, 1, 1, NULL), 1);
    said_finish(&said);
}

/* The other half of the places is for others. */
static void half_of_the_queue(void **state)
{
    deed_t paused[5] = { DEED("x"), DEED("x"), DEED("x"), DEED("x"),
                         DEED("x") };
    deed_t others[4] = { DEED("a"), DEED("b"), DEED("c"), DEED("d") };
    said_t said;

    said_start(&said, *state, 2);
    say(&said, &said.switches.names[0].paused, 1);
    defer(&said, paused, "ppppp");
    assert_true(journal_reached(said.journal, NOTED_END, 1));
    assert_ended(said.journal, "x", CROSSTOWN_REJECTED);
    assert_true(aside_reached(said.d, 4));
    defer(&said, others, "pppp");
    assert_true(journal_reached(said.journal, NOTED_END, 5));
    say(&said, &said.switches.names[0].paused, 0);
    assert_true(journal_reached(said.journal, NOTED_END, 9));
    said_finish(&said);
}

/* A stop waits for nobody who is paused: what lies aside, and what comes to
 * its turn during the drain, is told at once, however long that may take. */
static void stop_while_paused(void **state, int is_kept)
{
    gate_t leave = GATE_INIT;
    deed_t running = DEED("a"), waits = DEED("x"), behind = DEED("x");
    ct_drained_t drained;
    said_t said;

    waits.is_kept = behind.is_kept = is_kept;
    said_start(&said, *state, 1);
    say(&said, &said.switches.names[0].paused, 1);
    defer(&said, &waits, "p");
    assert_true(aside_reached(said.d, 1));
    running.leave = &leave;
    defer(&said, &running, "p");
    assert_true(journal_reached(said.journal, NOTED_START, 1));
    defer(&said, &behind, "p");
    gate_open(&leave);
    ct_dispatcher_drain(said.d, SUPPORT_HOUR, &drained);
    assert_int_equal(drained.stopped, is_kept ? 0 : 2);
    assert_int_equal(drained.left_running, 0);
    assert_ended(said.journal, "a", CROSSTOWN_RAN);
    assert_int_equal(journal_count(said.journal, NOTED_END, "x"), 2);
    assert_int_equal(journal_count(said.journal, NOTED_START, "x"), 0);
    assert_int_equal(said.d->waiting, 0);
    assert_int_equal(said.all[0].waiting, 0);
    ct_dispatcher_destroy(said.d);
}

static void a_stop_does_not_wait(void **state)
{
    stop_while_paused(state, 0);
}

static void what_is_kept_is_no_loss(void **state)
{
    stop_while_paused(state, 1);
}

/* Further attempts, and what has a delay, count on where they were. */
static void attempts_are_kept(void **state)
{
    again_t again = AGAIN(2, 0);
    deed_t deed = deed_of("a", &again);
    gate_t leave = GATE_INIT;
    said_t said;

    deed.leave = &leave;
    said_start(&said, *state, 1);
    defer(&said, &deed, "p");
    assert_true(journal_reached(said.journal, NOTED_START, 1));
    say(&said, &said.switches.names[1].paused, 1);
    gate_open(&leave);
    assert_true(aside_reached(said.d, 1));
    assert_int_equal(again.attempts, 1);
    say(&said, &said.switches.names[1].paused, 0);
    assert_true(journal_reached(said.journal, NOTED_END, 1));
    assert_int_equal(again.attempts, 2);
    assert_int_equal(again.wrong, 0);
    said_finish(&said);
}

/* Higher: those who are kept go on. Lower: those who run are not held up. */
static void other_numbers(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t deeds[5] = { DEED("x"), DEED("x"), DEED("x"), DEED("x"),
                        DEED("x") };
    said_t said;
    int i;

    said_start(&said, *state, 4);
    for (i = 0; i < 5; ++i) {
        deeds[i].leave = &leave;
        defer(&said, &deeds[i], "p");
    }
    assert_true(journal_reached(said.journal, NOTED_START, 1));
    assert_int_equal(journal_count(said.journal, NOTED_START, NULL), 1);
    say(&said, &said.switches.names[0].at_once, 3);
    assert_true(journal_reached(said.journal, NOTED_START, 3));
    assert_int_equal(said.all[0].running, 3);
    say(&said, &said.switches.names[0].at_once, 1);
    gate_open(&leave);
    assert_true(journal_reached(said.journal, NOTED_END, 5));
    said_finish(&said);
}

/* A name without a limit can be given one. */
static void a_new_limit(void **state)
{
    static deed_t deeds[60];
    said_t said;
    int i;

    deeds_inside_reset();
    said_start(&said, *state, 4);
    said.d->settings.queue_max = 1000;
    say(&said, &said.switches.names[1].at_once, 2);
    for (i = 0; i < 60; ++i) {
        memset(&deeds[i], 0, sizeof(deeds[i]));
        apr_cpystrn(deeds[i].name, "a", sizeof(deeds[i].name));
        deeds[i].act = deed_counts_inside;
    }
    for (i = 0; i < 60; i += 3) {
        defer(&said, &deeds[i], "ppp");
    }
    assert_true(journal_reached(said.journal, NOTED_END, 60));
    assert_in_range(deeds_most_inside(), 1, 2);
    said_finish(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(others_pass_by),
        with_pool(what_waits_is_paused),
        with_pool(own_threads_are_not_for_it),
        with_pool(half_of_the_queue),
        with_pool(a_stop_does_not_wait),
        with_pool(what_is_kept_is_no_loss),
        with_pool(attempts_are_kept),
        with_pool(other_numbers),
        with_pool(a_new_limit),
    };

    return run_group("paused", tests);
}
