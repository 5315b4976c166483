/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: cancel, settle, reject, end: who is taken out, in what order they
 * are told, and that what remains is still in the order recorded. */
#include "support.h"

#include "ledger.h"

static const char *left_in(const ct_ledger_t *ledger, apr_pool_t *p)
{
    const ct_record_t *record;
    const char *names = "";
    apr_uint32_t count = 0;

    for (record = ledger->first; record; record = record->next, ++count) {
        names = apr_pstrcat(p, names, record->task.name, NULL);
    }
    assert_int_equal(count, ledger->count);
    assert_ptr_equal(*ledger->end, NULL);
    return names;
}

/* The names of those who were told this outcome, in this order. */
static const char *told(journal_t *journal, crosstown_outcome_e outcome,
                        apr_pool_t *p)
{
    const char *names = "";
    int i;

    for (i = 0; i < journal->count; ++i) {
        const note_t *note = &journal->notes[i];

        if (note->kind == NOTED_END && note->outcome == outcome) {
            assert_ended(journal, note->name, outcome);
            names = apr_pstrcat(p, names, note->name, NULL);
        }
    }
    return names;
}

static void named(deed_t *deeds, const char *names)
{
    int i;

    memset(deeds, 0, 8 * sizeof(*deeds));
    for (i = 0; names[i]; ++i) {
        deeds[i].name[0] = names[i];
    }
}

static ct_rules_t no_rules(void)
{
    static const ct_statuses_t none;
    ct_rules_t rules;

    memset(&rules, 0, sizeof(rules));
    rules.no_go = &none;
    return rules;
}

static void add(ct_ledger_t *ledger, deed_t *deed, const char *no_go,
                const ct_rules_t *rules)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    const char *why = "";

    opts.name = deed->name;
    opts.no_go = no_go;
    opts.over = deed_over;
    assert_int_equal(ct_ledger_record(ledger, deed_run, deed, &opts, rules,
                                      1, &why), APR_SUCCESS);
}

static void cancel_by_name(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_ledger_t *ledger;
    ct_rules_t rules = no_rules();
    deed_t deeds[8], more = DEED("z");

    named(deeds, "abc");
    ledger = ledger_of(*state, journal, deeds, "ppp");
    more.journal = journal;
    assert_int_equal(ct_ledger_cancel(ledger, "x", NULL), 0);
    assert_int_equal(ct_ledger_cancel(ledger, "", NULL), 0);
    assert_int_equal(ct_ledger_cancel(ledger, "c", NULL), 1);
    assert_string_equal(left_in(ledger, *state), "ab");
    add(ledger, &more, NULL, &rules);
    assert_string_equal(left_in(ledger, *state), "abz");
    assert_int_equal(ct_ledger_cancel(ledger, "a", NULL), 1);
    assert_int_equal(ct_ledger_cancel(ledger, "a", NULL), 0);
    assert_string_equal(left_in(ledger, *state), "bz");
    assert_string_equal(told(journal, CROSSTOWN_CANCELLED, *state), "ca");
    assert_int_equal(ct_ledger_cancel(ledger, NULL, NULL), 2);
    assert_string_equal(left_in(ledger, *state), "");
    assert_string_equal(told(journal, CROSSTOWN_CANCELLED, *state), "cabz");
    assert_false(ledger->closed);
}

static void several_of_one_name(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_ledger_t *ledger;
    deed_t deeds[8];

    named(deeds, "xaxbx");
    ledger = ledger_of(*state, journal, deeds, "ppppp");
    assert_int_equal(ct_ledger_cancel(ledger, "x", NULL), 3);
    assert_string_equal(left_in(ledger, *state), "ab");
    assert_int_equal(journal_count(journal, NOTED_END, "x"), 3);
    assert_int_equal(journal_count(journal, NOTED_OVER, "x"), 3);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 3);
}

static ct_ledger_t *busy_ledger;
static int cancelled_inside;

/* A consumer that cancels and records while it is told of an end. */
static void meddle(const crosstown_task_t *task, crosstown_outcome_e outcome,
                   apr_status_t result, void *data)
{
    ct_rules_t rules = no_rules();

    deed_over(task, outcome, result, data);
    cancelled_inside += ct_ledger_cancel(busy_ledger, "b", NULL);
    add(busy_ledger, (deed_t *)data + 2, NULL, &rules);
}

static void over_may_cancel_and_record(void **state)
{
    journal_t *journal = journal_make(*state);
    deed_t deeds[8];

    named(deeds, "abc");
    busy_ledger = ledger_of(*state, journal, deeds, "pp");
    deeds[2].journal = journal;
    busy_ledger->first->task.over = meddle;
    cancelled_inside = 0;
    assert_int_equal(ct_ledger_cancel(busy_ledger, "a", NULL), 1);
    assert_int_equal(cancelled_inside, 1);
    assert_string_equal(left_in(busy_ledger, *state), "c");
    assert_int_equal(journal_count(journal, NOTED_END, "b"), 1);
    assert_int_equal(ct_ledger_cancel(busy_ledger, NULL, NULL), 1);
}

static int admit_but_not_d(void *context, const crosstown_task_t *task)
{
    const char **asked = context;

    *asked = apr_pstrcat(task->pool, *asked, task->name, NULL);
    assert_int_equal(task->response->status, 404);
    return strcmp(task->name, "d") != 0;
}

static void settle_asks_words_then_abort_then_admit(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_ledger_t *ledger;
    ct_statuses_t no_go = CT_STATUSES_4XX_5XX;
    crosstown_response_t response;
    ct_rules_t rules = no_rules(), strict = no_rules(), off = no_rules();
    const char *asked = "";
    ct_verdict_t verdict = { 404, 1, &response, admit_but_not_d, &asked };
    deed_t deeds[8];
    int i;

    memset(&response, 0, sizeof(response));
    response.status = 404;
    named(deeds, "abcdefg");
    for (i = 0; i < 8; ++i) {
        deeds[i].journal = journal;
    }
    ledger = ledger_of(*state, journal, deeds, "");
    off.off = 1;
    strict.skip_aborted = 1;
    rules.no_go = &no_go;
    add(ledger, &deeds[0], NULL, &rules);        /* the location's words */
    add(ledger, &deeds[1], "none", &rules);      /* its own replace them */
    add(ledger, &deeds[2], "404", &strict);
    add(ledger, &deeds[3], "5xx", &rules);       /* admit says no */
    add(ledger, &deeds[4], "none", &strict);     /* the abort rule */
    add(ledger, &deeds[5], "none", &off);
    add(ledger, &deeds[6], "302", &rules);
    ct_ledger_settle(ledger, &verdict);
    assert_string_equal(asked, "bdg");
    assert_string_equal(left_in(ledger, *state), "bg");
    assert_string_equal(told(journal, CROSSTOWN_NO_GO, *state), "acdef");
    assert_true(ledger->closed);
    assert_int_equal(ct_ledger_cancel(ledger, NULL, NULL), 0);
    assert_string_equal(left_in(ledger, *state), "bg");
}

static void settle_lets_pass_what_nothing_forbids(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_statuses_t no_go = CT_STATUSES_4XX_5XX;
    ct_rules_t rules = no_rules();
    ct_verdict_t verdict = { 399, 0, NULL, NULL, NULL };
    ct_ledger_t *ledger;
    deed_t deeds[8];

    named(deeds, "abc");
    ledger = ledger_of(*state, journal, deeds, "");
    rules.no_go = &no_go;
    rules.skip_aborted = 1;
    add(ledger, &deeds[0], NULL, &rules);
    add(ledger, &deeds[1], "398 400", &rules);
    ct_ledger_settle(ledger, &verdict);
    assert_string_equal(left_in(ledger, *state), "ab");
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 0);
}

static void end_all_tells_each_in_order(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_ledger_t *ledger;
    deed_t deeds[8];

    named(deeds, "abc");
    ledger = ledger_of(*state, journal, deeds, "phh");
    ct_ledger_end_all(ledger, CROSSTOWN_STOPPED, NULL);
    ct_ledger_end_all(ledger, CROSSTOWN_REJECTED, NULL);
    assert_string_equal(left_in(ledger, *state), "");
    assert_string_equal(told(journal, CROSSTOWN_STOPPED, *state), "abc");
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 3);
}

typedef struct rejection_t {
    const char *plan;
    apr_uint32_t places;
    int may_inline;
    apr_uint32_t wanted;
    const char *left;
} rejection_t;

static void those_that_no_longer_fit_are_rejected(void **state)
{
    static const rejection_t cases[] = {
        { "ppppp", 5, 0, 5, "abcde" },
        { "ppppp", 6, 1, 5, "abcde" },
        { "ppppp", 2, 1, 5, "ab" },
        { "ppppp", 0, 0, 5, "" },
        { "hpphp", 1, 1, 3, "abd" },     /* here they want no place */
        { "hpphp", 0, 1, 3, "ad" },
        { "hpphp", 1, 0, 5, "a" },
        { "hpphp", 4, 0, 5, "abcd" },
        { "hhhhh", 0, 1, 0, "abcde" },
        { "hhhhh", 0, 0, 5, "" },
    };
    unsigned int i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        journal_t *journal = journal_make(*state);
        ct_ledger_t *ledger;
        deed_t deeds[8];
        const char *left;

        named(deeds, "abcde");
        ledger = ledger_of(*state, journal, deeds, cases[i].plan);
        assert_int_equal(ct_ledger_places(ledger, cases[i].may_inline),
                         cases[i].wanted);
        ct_ledger_reject(ledger, cases[i].places, cases[i].may_inline, 0,
                         NULL);
        left = left_in(ledger, *state);
        assert_string_equal(left, cases[i].left);
        assert_int_equal(strlen(told(journal, CROSSTOWN_REJECTED, *state)),
                         5 - strlen(left));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(cancel_by_name),
        with_pool(several_of_one_name),
        with_pool(over_may_cancel_and_record),
        with_pool(settle_asks_words_then_abort_then_admit),
        with_pool(settle_lets_pass_what_nothing_forbids),
        with_pool(end_all_tells_each_in_order),
        with_pool(those_that_no_longer_fit_are_rejected),
    };

    return run_group("ledger ends", tests);
}
