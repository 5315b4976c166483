/* SPDX-License-Identifier: Apache-2.0 */
/* What the report is told beside ends: that a task is about to be called, with
 * its label, and that a thread goes on to something else. */
#include "support.h"

#include <assert.h>
#include <string.h>

#include "support_calls.h"

#define TASKS 3

/* "7" a begin with the label 7, "." an end, "|" a pause, "x" a batch's memory
 * goes. */
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

    pthread_mutex_lock(&lock);
    for (c = told; *c; ++c) {
        count += *c == '.';
    }
    pthread_mutex_unlock(&lock);
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

static void forget_all(void)
{
    pthread_mutex_lock(&lock);
    memset(told, 0, sizeof(told));
    pthread_mutex_unlock(&lock);
}

static const char *told_now(apr_pool_t *p)
{
    const char *now;

    pthread_mutex_lock(&lock);
    now = apr_pstrdup(p, told);
    pthread_mutex_unlock(&lock);
    return now;
}

static ct_dispatcher_t *reporting(apr_uint32_t threads)
{
    ct_dispatcher_settings_t settings = settings_of(NULL, 1, threads);
    ct_dispatcher_t *d;

    forget_all();
    settings.report = report;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    return d;
}

static apr_status_t push(ct_dispatcher_t *d, ct_batch_t *batch)
{
    assert_int_equal(ct_dispatcher_reserve(d, batch->count), batch->count);
    return ct_dispatcher_push(d, batch);
}

static ct_batch_t *labelled_batch(apr_pool_t *p, int run_inline)
{
    ct_ledger_t *ledger = labelled(p);
    ct_batch_t *batch = ct_batch_make(NULL, ledger->first, ledger->count);
    apr_uint32_t i;

    for (i = 0; i < batch->count; ++i) {
        batch->calls[i].run_inline = (unsigned char)run_inline;
    }
    return batch;
}

static void a_worker_goes_straight_on_until_it_rests(void **state)
{
    static const gate_t closed = GATE_INIT;
    ct_dispatcher_t *d = reporting(1);

    all_over_and_paused = closed;
    assert_int_equal(push(d, labelled_batch(*state, 0)), APR_SUCCESS);
    assert_true(gate_reached(&all_over_and_paused, 1));
    finish(d);
    assert_non_null(strstr(told, "5.6.7.|"));
}

static void a_requests_thread_has_other_things_to_do(void **state)
{
    ct_dispatcher_t *d = reporting(1);
    ct_ledger_t *ledger = labelled(*state);
    apr_pool_t *scratch = scratch_of(*state);

    while (ledger->first) {
        ct_dispatcher_run_alone(d, ledger, ct_ledger_take(ledger), NULL,
                                scratch);
    }
    assert_string_equal(told, "5.|6.|7.|");
    finish(d);
}

static void also_between_calls_of_its_own(void **state)
{
    ct_dispatcher_t *d = reporting(1);

    ct_dispatcher_attend(d, labelled_batch(*state, 1), scratch_of(*state));
    assert_string_equal(told, "5.|6.|7.|");
    finish(d);
}

static void also_while_it_stands_in(void **state)
{
    ct_dispatcher_t *d = reporting(1);

    threads_refuse(1);
    assert_int_equal(push(d, labelled_batch(*state, 0)), APR_EAGAIN);
    assert_int_equal(ct_dispatcher_stand_in(d, scratch_of(*state)), TASKS);
    assert_string_equal(told, "5.|6.|7.|");
    finish(d);
}

static apr_status_t note_gone(void *data)
{
    note('x');
    return APR_SUCCESS;
}

static void *carry_a_note(struct request_rec *r, void *data, apr_pool_t *p)
{
    apr_pool_cleanup_register(p, NULL, note_gone, apr_pool_cleanup_null);
    return data;
}

/* Clean-ups of what was carried may take their time. */
static void a_worker_pauses_before_memory_goes(void **state)
{
    ct_dispatcher_t *d = reporting(1);
    ct_ledger_t *ledger = labelled(*state);
    ct_batch_t *batch;

    ledger->first->carry = carry_a_note;
    batch = ct_batch_make(NULL, ledger->first, ledger->count);
    assert_int_equal(ct_batch_carry(batch, ledger->first, NULL,
                                    ct_dispatcher_pool(d)), APR_SUCCESS);
    assert_int_equal(push(d, batch), APR_SUCCESS);
    finish(d);
    assert_non_null(strstr(told, "5.6.7.|x"));
}

/* Nor is the making of a thread for the next one quick. */
static void a_worker_pauses_before_it_calls_another(void **state)
{
    ct_dispatcher_t *d = reporting(2);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    ct_ledger_t *ledger = labelled(*state);

    assert_int_equal(push(d, ct_batch_make(NULL, ledger->first, 1)),
                     APR_SUCCESS);
    assert_true(workers_reached(d, 1, 1));
    forget_all();
    threads_hold_next(&reached, &go, 0);
    assert_int_equal(push(d, labelled_batch(*state, 0)), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_string_equal(told_now(*state), "|");
    gate_open(&go);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(a_worker_goes_straight_on_until_it_rests),
        with_pool(a_requests_thread_has_other_things_to_do),
        with_pool(also_between_calls_of_its_own),
        with_pool(also_while_it_stands_in),
        with_pool(a_worker_pauses_before_memory_goes),
        with_pool(a_worker_pauses_before_it_calls_another),
    };

    return run_group("moments", tests);
}
