/* SPDX-License-Identifier: Apache-2.0 */
/* What the report is told beside ends: that a task is about to be called, with
 * its label, and that a thread goes on to something else. */
#include "support.h"

#include <assert.h>
#include <string.h>

#define TASKS 3

/* "7" a begin with the label 7, "." an end, "|" a pause. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char told[64];
static gate_t all_over_and_paused;

static void note(char what)
{
    size_t length;

    pthread_mutex_lock(&lock);
    length = strlen(told);
    assert(length < sizeof(told) - 1);
    told[length] = what;
    pthread_mutex_unlock(&lock);
}

static void note_begin(void *context, const crosstown_task_t *task,
                       unsigned int label)
{
    assert(task->name[0] == 'a');
    note((char)('0' + label));
}

static void note_end(void *context, struct server_rec *server,
                     const crosstown_task_t *task,
                     crosstown_outcome_e outcome, apr_status_t result)
{
    note('.');
}

static int ends(void)
{
    const char *c;
    int count = 0;

    for (c = told; *c; ++c) {
        count += *c == '.';
    }
    return count;
}

static void note_pause(void)
{
    note('|');
    if (ends() == TASKS) {
        gate_open(&all_over_and_paused);
    }
}

static const ct_report_t report = {
    .end = note_end, .begin = note_begin, .pause = note_pause
};

static apr_status_t do_nothing(const crosstown_task_t *task, void *data)
{
    return APR_SUCCESS;
}

/* Labels 5, 6, 7. */
static ct_ledger_t *labelled(apr_pool_t *p)
{
    static const ct_statuses_t none;
    ct_rules_t rules = { .no_go = &none, .label = 5 };
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    ct_ledger_t *ledger = ct_ledger_make(p, &report);
    const char *why;

    opts.name = "a";
    for (; rules.label < 5 + TASKS; ++rules.label) {
        assert_int_equal(ct_ledger_record(ledger, do_nothing, NULL, &opts,
                                          &rules, 1, &why), APR_SUCCESS);
    }
    return ledger;
}

static ct_dispatcher_t *reporting(void)
{
    ct_dispatcher_settings_t settings = settings_of(NULL, 1, 1);
    ct_dispatcher_t *d;

    memset(told, 0, sizeof(told));
    settings.report = report;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    return d;
}

static void a_worker_goes_straight_on_until_it_rests(void **state)
{
    static const gate_t closed = GATE_INIT;
    ct_dispatcher_t *d = reporting();
    ct_ledger_t *ledger = labelled(*state);
    ct_batch_t *batch = ct_batch_make(NULL, ledger->first, ledger->count);

    all_over_and_paused = closed;
    assert_int_equal(ct_dispatcher_reserve(d, TASKS), TASKS);
    assert_int_equal(ct_dispatcher_push(d, batch), APR_SUCCESS);
    assert_true(gate_reached(&all_over_and_paused, 1));
    finish(d);
    assert_non_null(strstr(told, "5.6.7.|"));
}

static void a_requests_thread_has_other_things_to_do(void **state)
{
    ct_dispatcher_t *d = reporting();
    ct_ledger_t *ledger = labelled(*state);
    apr_pool_t *scratch = scratch_of(*state);

    while (ledger->first) {
        ct_dispatcher_run_alone(d, ct_ledger_take(ledger), NULL, &report,
                                scratch);
    }
    assert_string_equal(told, "5.|6.|7.|");
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(a_worker_goes_straight_on_until_it_rests),
        with_pool(a_requests_thread_has_other_things_to_do),
    };

    return run_group("moments", tests);
}
