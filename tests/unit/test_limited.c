/* SPDX-License-Identifier: Apache-2.0 */
/* hold, limit: tasks of a limited name leave threads and places to others,
 * keep their order, and come to their end. "x" may run once at a time and
 * wait three times, "y" twice at a time. */
#include "support.h"

#include <sched.h>

#include "workers.h"
#include "support_again.h"

#define LIMITED { { .name = "x", .number = 1, .at_once = 1, .queue = 3 }, \
                  { .name = "y", .number = 2, .at_once = 2 } }

typedef struct limited_t {
    ct_name_limit_t all[2];
    ct_name_peaks_t peaks[2];
    journal_t *journal;
    ct_dispatcher_t *d;
    apr_pool_t *p;
} limited_t;

static void limited_start(limited_t *limited, apr_pool_t *p,
                          apr_uint32_t threads)
{
    const ct_name_limit_t all[2] = LIMITED;
    ct_dispatcher_settings_t settings;

    memcpy(limited->all, all, sizeof(all));
    memset(limited->peaks, 0, sizeof(limited->peaks));
    limited->all[0].peaks = &limited->peaks[0];
    limited->all[1].peaks = &limited->peaks[1];
    limited->p = p;
    limited->journal = journal_make(p);
    settings = settings_of(limited->journal, threads, threads);
    settings.name_limits.all = limited->all;
    settings.name_limits.count = 2;
    assert_int_equal(ct_dispatcher_make(&limited->d, &settings), APR_SUCCESS);
}

static void limited_finish(limited_t *limited)
{
    int i;

    finish(limited->d);
    for (i = 0; i < 2; ++i) {
        assert_int_equal(limited->all[i].waiting, 0);
        assert_int_equal(limited->all[i].running, 0);
        assert_null(limited->all[i].first);
    }
}

/* The deeds as one request's tasks, as far as the limits let them in. */
static void defer(limited_t *limited, deed_t *deeds, const char *plan)
{
    ct_ledger_t *ledger = ledger_of(limited->p, limited->journal, deeds, plan);

    ct_ledger_enter(ledger, &limited->d->settings.name_limits, 1, NULL);
    if (ledger->count > 0) {
        assert_int_equal(ct_dispatcher_reserve(limited->d, ledger->count),
                         ledger->count);
        assert_int_equal(ct_dispatcher_push(
            limited->d, ct_batch_make(NULL, ledger->first, ledger->count)),
            APR_SUCCESS);
    }
}

static void others_pass_by(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x"), other = DEED("other");
    limited_t limited;

    first.leave = second.leave = &leave;
    limited_start(&limited, *state, 4);
    defer(&limited, &first, "p");
    assert_true(journal_reached(limited.journal, NOTED_START, 1));
    defer(&limited, &second, "p");
    defer(&limited, &other, "p");
    assert_true(journal_reached(limited.journal, NOTED_END, 1));
    assert_ended(limited.journal, "other", CROSSTOWN_RAN);
    assert_int_equal(journal_count(limited.journal, NOTED_START, "x"), 1);
    gate_open(&leave);
    assert_true(journal_reached(limited.journal, NOTED_END, 3));
    assert_int_equal(limited.peaks[0].running, 1);
    assert_in_range(limited.peaks[0].waiting, 1, 2);
    assert_int_equal(limited.peaks[1].running, 0);
    limited_finish(&limited);
}

/* As many as there may be, at once. */
static void as_many_as_allowed(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t deeds[4] = { DEED("y"), DEED("y"), DEED("y"), DEED("y") };
    limited_t limited;
    int i;

    limited_start(&limited, *state, 4);
    for (i = 0; i < 4; ++i) {
        deeds[i].leave = &leave;
        defer(&limited, &deeds[i], "p");
    }
    assert_true(journal_reached(limited.journal, NOTED_START, 2));
    assert_int_equal(limited.all[1].running, 2);
    assert_int_equal(limited.all[1].waiting, 2);
    gate_open(&leave);
    assert_true(journal_reached(limited.journal, NOTED_END, 4));
    limited_finish(&limited);
}

/* What stands behind a limited task of the same request waits with it; what
 * is held back comes in the order in which it came. */
static void order_is_kept(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x");
    deed_t deeds[3] = { DEED("a"), DEED("x"), DEED("b") };
    deed_t last = DEED("x");
    limited_t limited;

    first.leave = &leave;
    limited_start(&limited, *state, 4);
    defer(&limited, &first, "p");
    assert_true(journal_reached(limited.journal, NOTED_START, 1));
    defer(&limited, deeds, "ppp");
    assert_true(journal_reached(limited.journal, NOTED_END, 1));
    defer(&limited, &last, "p");
    assert_string_equal(journal_starts(limited.journal, *state), "x a");
    gate_open(&leave);
    assert_true(journal_reached(limited.journal, NOTED_END, 5));
    assert_ended(limited.journal, "b", CROSSTOWN_RAN);
    limited_finish(&limited);
}

static void too_many_are_rejected(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x");
    deed_t deeds[5] = { DEED("x"), DEED("x"), DEED("x"), DEED("x"),
                        DEED("other") };
    limited_t limited;

    first.leave = &leave;
    limited_start(&limited, *state, 2);
    defer(&limited, &first, "p");
    assert_true(journal_reached(limited.journal, NOTED_START, 1));
    defer(&limited, deeds, "ppppp");
    assert_int_equal(journal_count(limited.journal, NOTED_END, "x"), 1);
    assert_ended(limited.journal, "x", CROSSTOWN_REJECTED);
    gate_open(&leave);
    assert_true(journal_reached(limited.journal, NOTED_END, 6));
    assert_ended(limited.journal, "other", CROSSTOWN_RAN);
    limited_finish(&limited);
}

/* What is held back when the child stops is told, whatever its name, and
 * leaves no place. */
static void a_stop_ends_what_is_held(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t running[3] = { DEED("x"), DEED("y"), DEED("y") };
    deed_t held[3] = { DEED("x"), DEED("x"), DEED("y") };
    ct_drained_t drained;
    limited_t limited;
    int i;

    limited_start(&limited, *state, 4);
    for (i = 0; i < 3; ++i) {
        running[i].leave = &leave;
        defer(&limited, &running[i], "p");
    }
    assert_true(journal_reached(limited.journal, NOTED_START, 3));
    for (i = 0; i < 3; ++i) {
        defer(&limited, &held[i], "p");
    }
    /* Whoever could run them has found that they have to wait. */
    assert_true(workers_reached(limited.d, 4, 1));
    assert_int_equal(limited.d->available, 0);
    ct_dispatcher_drain(limited.d, 0, &drained);
    assert_int_equal(drained.stopped, 3);
    assert_int_equal(drained.left_running, 3);
    assert_int_equal(limited.d->waiting, 0);
    assert_int_equal(limited.all[0].waiting, 0);
    assert_int_equal(limited.all[1].waiting, 0);
    gate_open(&leave);
    assert_true(journal_reached(limited.journal, NOTED_OVER, 6));
    ct_dispatcher_destroy(limited.d);
}

/* "x" and "y" may run so many times at once: what asks for the request's own
 * thread, or lacks a place, is not for it; "other" is. */
static const char *names_left(const ct_ledger_t *ledger, apr_pool_t *p)
{
    const ct_record_t *record;
    const char *names = "";

    for (record = ledger->first; record; record = record->next) {
        names = apr_pstrcat(p, names, record->task.name, NULL);
    }
    return names;
}

static void what_is_limited_is_for_the_pool(void **state)
{
    deed_t deeds[4] = { DEED("y"), DEED("o"), DEED("y"), DEED("o") };
    limited_t limited;
    ct_ledger_t *ledger;

    limited_start(&limited, *state, 1);
    ledger = ledger_of(*state, limited.journal, deeds, "hhpp");
    ct_ledger_enter(ledger, &limited.d->settings.name_limits, 1, NULL);
    assert_int_equal(ct_ledger_places(ledger, 1), 3);
    assert_int_equal(limited.all[1].waiting, 2);
    assert_true(ct_ledger_for_pool_only(ledger->first));
    assert_false(ct_ledger_for_pool_only(ledger->first->next));
    /* One place for the three: the last "o" may run here, a "y" may not. */
    assert_int_equal(ct_ledger_reject(ledger, 1, 1, 1, NULL), 1);
    assert_string_equal(names_left(ledger, *state), "yoo");
    assert_int_equal(ct_ledger_reject(ledger, 0, 1, 1, NULL), 1);
    assert_string_equal(names_left(ledger, *state), "oo");
    assert_int_equal(limited.all[1].waiting, 0);
    limited_finish(&limited);
}

/* Many threads, many names: all come to an end, never too many at once. */
static void never_too_many(void **state)
{
    static deed_t deeds[300];
    limited_t limited;
    int i;

    deeds_inside_reset();
    limited_start(&limited, *state, 8);
    for (i = 0; i < 300; ++i) {
        memset(&deeds[i], 0, sizeof(deeds[i]));
        apr_cpystrn(deeds[i].name, i % 3 ? "y" : "other",
                    sizeof(deeds[i].name));
        deeds[i].act = i % 3 ? deed_counts_inside : NULL;
    }
    for (i = 0; i < 300; i += 6) {
        defer(&limited, &deeds[i], "pppppp");
    }
    assert_true(journal_reached(limited.journal, NOTED_END, 300));
    assert_in_range(deeds_most_inside(), 1, 2);
    limited_finish(&limited);
}

/* Behind the first call comes "second", then what is due by then: it holds
 * nobody while it waits, and waits for the one that runs. */
static void attempts_are_limited(void **state)
{
    gate_t go = GATE_INIT, leave = GATE_INIT;
    again_t again = AGAIN(2, 0);
    deed_t first, second = DEED("x");
    limited_t limited;

    first = deed_of("x", &again);
    first.leave = &go;
    second.leave = &leave;
    limited_start(&limited, *state, 4);
    defer(&limited, &first, "p");
    assert_true(journal_reached(limited.journal, NOTED_START, 1));
    defer(&limited, &second, "p");
    gate_open(&go);
    assert_true(journal_reached(limited.journal, NOTED_START, 2));
    assert_true(later_reached(limited.d, 0));
    assert_int_equal(journal_count(limited.journal, NOTED_START, NULL), 2);
    assert_int_equal(again.attempts, 1);
    gate_open(&leave);
    assert_true(journal_reached(limited.journal, NOTED_END, 2));
    assert_int_equal(again.attempts, 2);
    limited_finish(&limited);
}

/* It comes to its turn at once, also where "x" is at its limit. */
static void a_delayed_one_waits_for_its_time_only(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x");
    deed_t deeds[2] = { DEED("x"), DEED("b") };
    ct_ledger_t *ledger;
    limited_t limited;

    first.leave = &leave;
    limited_start(&limited, *state, 4);
    defer(&limited, &first, "p");
    assert_true(journal_reached(limited.journal, NOTED_START, 1));
    ledger = ledger_of(limited.p, limited.journal, deeds, "pp");
    ledger->first->task.delay = 1000;
    ct_ledger_enter(ledger, &limited.d->settings.name_limits, 1, NULL);
    assert_int_equal(ct_dispatcher_reserve(limited.d, 2), 2);
    assert_int_equal(ct_dispatcher_push(
        limited.d, ct_batch_make(NULL, ledger->first, 2)), APR_SUCCESS);
    assert_true(journal_reached(limited.journal, NOTED_END, 1));
    assert_ended(limited.journal, "b", CROSSTOWN_RAN);
    gate_open(&leave);
    assert_true(journal_reached(limited.journal, NOTED_END, 3));
    limited_finish(&limited);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(others_pass_by),
        with_pool(as_many_as_allowed),
        with_pool(order_is_kept),
        with_pool(too_many_are_rejected),
        with_pool(a_stop_ends_what_is_held),
        with_pool(what_is_limited_is_for_the_pool),
        with_pool(never_too_many),
        with_pool(attempts_are_limited),
        with_pool(a_delayed_one_waits_for_its_time_only),
    };

    return run_group("limited", tests);
}
