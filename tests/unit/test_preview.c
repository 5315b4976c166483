/* SPDX-License-Identifier: Apache-2.0 */
/* preview: what is told before is what happens, and asking changes nothing. */
#include "support.h"

#include "ledger.h"

static ct_statuses_t no_go_404;

static int refuse_all(void *context, const crosstown_task_t *task)
{
    (void)task;
    ++*(int *)context;
    return 0;
}

static void add(ct_ledger_t *ledger, deed_t *deed, int off, int skip_aborted)
{
    ct_rules_t rules = { .no_go = &no_go_404, .off = off,
                         .skip_aborted = skip_aborted };
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    const char *why = "";

    opts.name = deed->name;
    assert_int_equal(ct_ledger_record(ledger, deed_run, deed, &opts, &rules,
                                      1, &why), APR_SUCCESS);
}

/* One of each: cancelled, off, skip, ordinary. */
static ct_ledger_t *make_ledger(apr_pool_t *p, const ct_report_t *report,
                                deed_t *deeds)
{
    ct_ledger_t *ledger = ct_ledger_make(p, report);
    int i;

    assert_null(ct_statuses_parse(&no_go_404, "404", p));
    memset(deeds, 0, 4 * sizeof(*deeds));
    for (i = 0; i < 4; ++i) {
        deeds[i].name[0] = "abcd"[i];
        add(ledger, &deeds[i], i == 1, i == 2);
    }
    assert_int_equal(ct_ledger_cancel(ledger, "a", NULL), 1);
    return ledger;
}

/* The counts; then the ledger settles, and they have to have been right. */
static void check(apr_pool_t *p, int status, int aborted,
                  apr_uint32_t admitted, unsigned int refusals)
{
    journal_t *journal = journal_make(p);
    ct_report_t report = journal_report(journal);
    ct_verdict_t verdict = { status, aborted, NULL, NULL, NULL };
    ct_preview_t preview;
    deed_t deeds[4];
    ct_ledger_t *ledger = make_ledger(p, &report, deeds);
    int asked;

    for (asked = 0; asked < 2; ++asked) {
        ct_ledger_preview(ledger, &verdict, &preview);
        assert_int_equal(preview.recorded, 4);
        assert_int_equal(preview.cancelled, 1);
        assert_int_equal(preview.admitted, admitted);
        assert_int_equal(preview.refused, 3 - admitted);
        assert_int_equal(preview.refusals, refusals);
    }
    assert_int_equal(journal->count, 1);
    assert_false(ledger->closed);
    ct_ledger_settle(ledger, &verdict);
    assert_int_equal(ledger->count, preview.admitted);
    assert_int_equal(journal->count, 1 + preview.refused);
}

static void it_is_what_happens(void **state)
{
    check(*state, 200, 0, 2, CT_REFUSAL_OFF);
    check(*state, 200, 1, 1, CT_REFUSAL_OFF | CT_REFUSAL_ABORTED);
    check(*state, 404, 0, 0, CT_REFUSAL_OFF | CT_REFUSAL_STATUS);
    check(*state, 404, 1, 0, CT_REFUSAL_OFF | CT_REFUSAL_STATUS);
}

static void admit_is_not_asked(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_report_t report = journal_report(journal);
    deed_t deeds[4];
    ct_ledger_t *ledger = make_ledger(*state, &report, deeds);
    int asked = 0;
    ct_verdict_t verdict = { 200, 0, NULL, refuse_all, &asked };
    ct_preview_t preview;

    ct_ledger_preview(ledger, &verdict, &preview);
    assert_int_equal(preview.admitted, 2);
    assert_int_equal(asked, 0);
    ct_ledger_settle(ledger, &verdict);
    assert_int_equal(asked, 2);
    assert_int_equal(ledger->count, 0);
}

static void an_empty_ledger(void **state)
{
    ct_ledger_t *ledger = ct_ledger_make(*state, NULL);
    ct_verdict_t verdict = { 404, 1, NULL, NULL, NULL };
    ct_preview_t preview;

    ct_ledger_preview(ledger, &verdict, &preview);
    assert_int_equal(preview.recorded, 0);
    assert_int_equal(preview.admitted + preview.refused, 0);
    assert_int_equal(preview.refusals, CT_REFUSAL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(it_is_what_happens),
        with_pool(admit_is_not_asked),
        with_pool(an_empty_ledger),
    };

    return run_group("preview", tests);
}
