/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: what is recorded, what is refused with which words, what is kept by
 * value. Its ends are in test_ledger_ends.c. */
#include "support.h"

#include "ledger.h"

static apr_status_t never(const crosstown_task_t *task, void *data)
{
    (void)task;
    (void)data;
    return APR_EGENERAL;
}

static void *carry_nothing(struct request_rec *r, void *data, apr_pool_t *p)
{
    (void)r;
    (void)data;
    (void)p;
    return NULL;
}

typedef struct desk_t {
    ct_report_t report;
    ct_statuses_t no_go;
    ct_rules_t rules;
    ct_ledger_t *ledger;
    journal_t *journal;
    const char *why;
} desk_t;

static desk_t *desk_of(apr_pool_t *p)
{
    desk_t *desk = apr_pcalloc(p, sizeof(*desk));

    desk->journal = journal_make(p);
    desk->report = journal_report(desk->journal);
    desk->rules.no_go = &desk->no_go;
    desk->ledger = ct_ledger_make(p, &desk->report);
    desk->why = NULL;
    return desk;
}

static apr_status_t record(desk_t *desk, void *data,
                           const crosstown_opts_t *opts)
{
    return ct_ledger_record(desk->ledger, never, data, opts, &desk->rules,
                            42, &desk->why);
}

static void an_empty_ledger(void **state)
{
    desk_t *desk = desk_of(*state);

    assert_int_equal(desk->ledger->count, 0);
    assert_null(desk->ledger->first);
    assert_int_equal(ct_ledger_cancel(desk->ledger, NULL, NULL), 0);
    assert_int_equal(ct_ledger_places(desk->ledger, 0), 0);
    ct_ledger_reject(desk->ledger, 0, 0, 0, NULL);
    ct_ledger_end_all(desk->ledger, CROSSTOWN_STOPPED, NULL);
    assert_int_equal(journal_count(desk->journal, NOTED_END, NULL), 0);
}

static void a_task_without_options(void **state)
{
    desk_t *desk = desk_of(*state);
    const ct_record_t *only;

    desk->rules.server = (struct server_rec *)desk;
    assert_int_equal(record(desk, desk, NULL), APR_SUCCESS);
    only = desk->ledger->first;
    assert_int_equal(desk->ledger->count, 1);
    assert_ptr_equal(only->task.fn, never);
    assert_ptr_equal(only->task.data, desk);
    assert_string_equal(only->task.name, "-");
    assert_null(only->task.over);
    assert_null(only->carry);
    assert_null(only->next);
    assert_ptr_equal(only->task.server, desk);
    assert_int_equal(only->task.recorded, 42);
    assert_false(only->same_thread || only->off || only->skip_aborted);
}

static void options_are_kept_by_value(void **state)
{
    desk_t *desk = desk_of(*state);
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    char name[] = "first", words[] = "302", data[] = "payload";
    const ct_record_t *kept;

    ct_statuses_parse(&desk->no_go, "5xx", *state);
    opts.name = name;
    opts.no_go = words;
    opts.same_thread = 7;
    opts.data_size = sizeof(data);
    opts.over = deed_over;
    desk->rules.off = 8;
    desk->rules.skip_aborted = 16;
    assert_int_equal(record(desk, data, &opts), APR_SUCCESS);
    opts.no_go = NULL;
    opts.data_size = 0;
    opts.carry = carry_nothing;
    assert_int_equal(record(desk, data, &opts), APR_SUCCESS);
    memset(name, 'x', 5);
    words[0] = '4';
    memset(data, 'x', 7);
    memset(&desk->no_go, 0xff, sizeof(desk->no_go));
    memset(&opts, 0, sizeof(opts));
    memset(&desk->rules, 0, sizeof(desk->rules));

    kept = desk->ledger->first;
    assert_string_equal(kept->task.name, "first");
    assert_string_equal(kept->task.data, "payload");
    assert_int_equal(kept->data_size, sizeof(data));
    assert_ptr_equal(kept->task.over, deed_over);
    assert_true(kept->same_thread && kept->off && kept->skip_aborted);
    assert_true(ct_statuses_has(kept->no_go, 302));
    assert_false(ct_statuses_has(kept->no_go, 404));
    kept = kept->next;
    assert_string_equal(kept->task.name, "first");
    assert_ptr_equal(kept->task.data, data);
    assert_ptr_equal(kept->carry, carry_nothing);
    assert_true(ct_statuses_has(kept->no_go, 503));
    assert_false(ct_statuses_has(kept->no_go, 302));
    assert_null(kept->next);
}

/* A hundred tasks of one loop: one name, one set. */
static void what_is_the_same_is_shared(void **state)
{
    static const char *const words[] = { "302", "302", "404", "404" };
    desk_t *desk = desk_of(*state);
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    const ct_record_t *kept[4];
    int i;

    for (i = 0; i < 4; ++i) {
        char name[] = "loop";

        opts.name = name;
        opts.no_go = words[i];
        assert_int_equal(record(desk, NULL, &opts), APR_SUCCESS);
        kept[i] = i ? kept[i - 1]->next : desk->ledger->first;
        assert_string_equal(kept[i]->task.name, "loop");
        assert_ptr_equal(kept[i]->task.name, kept[0]->task.name);
    }
    assert_ptr_equal(kept[0]->no_go, kept[1]->no_go);
    assert_ptr_equal(kept[2]->no_go, kept[3]->no_go);
    assert_false(ct_statuses_has(kept[1]->no_go, 404));
    assert_true(ct_statuses_has(kept[2]->no_go, 404));
}

/* Two locations take turns; each task keeps the set of its own. */
static void locations_may_change(void **state)
{
    desk_t *desk = desk_of(*state);
    const ct_record_t *kept;
    int i;

    for (i = 0; i < 4; ++i) {
        ct_statuses_parse(&desk->no_go, i % 2 ? "404" : "302", *state);
        assert_int_equal(record(desk, NULL, NULL), APR_SUCCESS);
    }
    for (i = 0, kept = desk->ledger->first; i < 4; ++i, kept = kept->next) {
        assert_int_equal(ct_statuses_has(kept->no_go, 404), i % 2);
        assert_int_equal(ct_statuses_has(kept->no_go, 302), 1 - i % 2);
    }
}

static void a_lasting_set_is_not_copied(void **state)
{
    desk_t *desk = desk_of(*state);

    desk->rules.lasting = 1;
    assert_int_equal(record(desk, NULL, NULL), APR_SUCCESS);
    assert_ptr_equal(desk->ledger->first->no_go, &desk->no_go);
}

static void refused(desk_t *desk, void *data, const crosstown_opts_t *opts,
                    const char *says)
{
    ct_record_t single;

    desk->why = NULL;
    assert_int_equal(record(desk, data, opts), APR_EINVAL);
    assert_non_null(desk->why);
    assert_non_null(strstr(desk->why, says));
    assert_int_equal(desk->ledger->count, 0);
    desk->why = NULL;
    assert_int_equal(ct_ledger_single(&single, never, data, opts, NULL, 1,
                                      &desk->why), APR_EINVAL);
    assert_non_null(desk->why);
}

static void what_is_refused(void **state)
{
    const crosstown_opts_t init = CROSSTOWN_OPTS_INIT;
    desk_t *desk = desk_of(*state);
    crosstown_opts_t opts = init;
    ct_record_t single;

    assert_int_equal(ct_ledger_record(desk->ledger, NULL, desk, &opts,
                                      &desk->rules, 1, &desk->why),
                     APR_EINVAL);
    assert_non_null(strstr(desk->why, "no function"));
    assert_int_equal(ct_ledger_single(&single, NULL, desk, &opts, NULL, 1,
                                      &desk->why), APR_EINVAL);
    opts.data_size = 8;
    refused(desk, NULL, &opts, "data is NULL");
    opts.data_size = APR_SIZE_MAX;       /* it would be rounded up to 0 */
    refused(desk, desk, &opts, "data_size is larger");
    opts.carry = carry_nothing;
    refused(desk, desk, &opts, "both carry and data_size");
    opts = init;
    opts.no_go = "4x";
    refused(desk, NULL, &opts, "no_go: \"4x\"");
    opts.no_go = "";
    refused(desk, NULL, &opts, "no_go: ");
    opts = init;
    opts.size = 0;
    refused(desk, NULL, &opts, "size");
    opts.size = APR_OFFSETOF(crosstown_opts_t, no_htaccess) - 1;
    refused(desk, NULL, &opts, "size");
    opts.size = sizeof(opts) + 64;       /* made by a newer header */
    assert_int_equal(record(desk, NULL, &opts), APR_SUCCESS);
}

static void a_closed_ledger_takes_nothing(void **state)
{
    desk_t *desk = desk_of(*state);

    assert_int_equal(record(desk, NULL, NULL), APR_SUCCESS);
    ct_ledger_end_all(desk->ledger, CROSSTOWN_STOPPED, NULL);
    assert_true(desk->ledger->closed);
    assert_int_equal(record(desk, NULL, NULL), APR_EOF);
    assert_int_equal(desk->ledger->count, 0);
}

static void a_single_record_stands_alone(void **state)
{
    desk_t *desk = desk_of(*state);
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    ct_record_t single;

    opts.name = "alone";
    opts.over = deed_over;
    opts.data_size = sizeof(*desk);
    memset(&single, 0xff, sizeof(single));
    assert_int_equal(ct_ledger_single(&single, never, desk, &opts,
                                      (struct server_rec *)desk, 9,
                                      &desk->why), APR_SUCCESS);
    assert_ptr_equal(single.task.fn, never);
    assert_ptr_equal(single.task.over, deed_over);
    assert_ptr_equal(single.task.name, opts.name);
    assert_ptr_equal(single.task.data, desk);
    assert_ptr_equal(single.task.server, desk);
    assert_int_equal(single.task.recorded, 9);
    assert_int_equal(single.data_size, sizeof(*desk));
    assert_null(single.next);
    assert_int_equal(ct_ledger_single(&single, never, NULL, NULL, NULL, 9,
                                      &desk->why), APR_SUCCESS);
    assert_string_equal(single.task.name, "-");
}

static void a_single_record_has_no_response_to_follow(void **state)
{
    const crosstown_opts_t init = CROSSTOWN_OPTS_INIT;
    desk_t *desk = desk_of(*state);
    ct_record_t single;
    int i;

    for (i = 0; i < 3; ++i) {
        crosstown_opts_t opts = init;

        opts.no_go = i == 0 ? "none" : NULL;
        opts.same_thread = i == 1;
        opts.carry = i == 2 ? carry_nothing : NULL;
        desk->why = "";
        assert_int_equal(ct_ledger_single(&single, never, NULL, &opts, NULL,
                                          1, &desk->why), APR_EINVAL);
        assert_non_null(strstr(desk->why, "crosstown_defer()"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(an_empty_ledger),
        with_pool(a_task_without_options),
        with_pool(options_are_kept_by_value),
        with_pool(what_is_the_same_is_shared),
        with_pool(locations_may_change),
        with_pool(a_lasting_set_is_not_copied),
        with_pool(what_is_refused),
        with_pool(a_closed_ledger_takes_nothing),
        with_pool(a_single_record_stands_alone),
        with_pool(a_single_record_has_no_response_to_follow),
    };

    return run_group("ledger", tests);
}
