/* SPDX-License-Identifier: Apache-2.0 */
/* call_order: tasks of one request start in the order recorded whatever the
 * number of threads; what a task sees; its end is told once, with its
 * result. */
#include "support.h"

#include "workers.h"
#include "support_calls.h"

#define TASKS 8
#define ROUNDS 400

/* Instead of a journal, which would hold the threads together. */
typedef struct start_t {
    apr_uint32_t ticket;
    int starts;
    int overs;
} start_t;

typedef struct told_t {
    gate_t all;
    int ends;
} told_t;

static apr_status_t note_ticket(const crosstown_task_t *task, void *data)
{
    start_t *start = data;

    (void)task;
    start->ticket = calls_ticket();
    __atomic_add_fetch(&start->starts, 1, __ATOMIC_SEQ_CST);
    return APR_SUCCESS;
}

static void note_over(const crosstown_task_t *task,
                      crosstown_outcome_e outcome, apr_status_t result,
                      void *data)
{
    start_t *start = data;

    (void)task;
    (void)result;
    if (outcome == CROSSTOWN_RAN) {
        __atomic_add_fetch(&start->overs, 1, __ATOMIC_SEQ_CST);
    }
}

static void count_end(void *context, struct server_rec *server,
                      const crosstown_task_t *task,
                      crosstown_outcome_e outcome, apr_status_t result)
{
    told_t *told = context;

    (void)server;
    (void)task;
    (void)outcome;
    (void)result;
    if (__atomic_add_fetch(&told->ends, 1, __ATOMIC_SEQ_CST)
        == ROUNDS * TASKS) {
        gate_open(&told->all);
    }
}

static ct_batch_t *batch_of_starts(start_t *starts)
{
    ct_record_t records[TASKS];
    const char *why = "";
    int i;

    for (i = 0; i < TASKS; ++i) {
        crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;

        opts.over = note_over;
        assert_int_equal(ct_ledger_single(&records[i], note_ticket,
                                          &starts[i], &opts, NULL, 1, &why),
                         APR_SUCCESS);
        records[i].next = &records[i + 1];
    }
    return ct_batch_make(NULL, records, TASKS);
}

static void order_with(apr_pool_t *p, int threads)
{
    ct_dispatcher_settings_t settings = settings_of(journal_make(p), threads,
                                                    threads);
    start_t (*starts)[TASKS] = apr_pcalloc(p, ROUNDS * sizeof(*starts));
    told_t told = { GATE_INIT, 0 };
    ct_dispatcher_t *d;
    int i, j;

    settings.queue_max = ROUNDS * TASKS;
    settings.report.end = count_end;
    settings.report.context = &told;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    for (i = 0; i < ROUNDS; ++i) {
        assert_int_equal(ct_dispatcher_reserve(d, TASKS), TASKS);
        assert_int_equal(ct_dispatcher_push(d, batch_of_starts(starts[i])),
                         APR_SUCCESS);
    }
    assert_true(gate_reached(&told.all, 1));
    finish(d);
    assert_int_equal(told.ends, ROUNDS * TASKS);
    for (i = 0; i < ROUNDS; ++i) {
        for (j = 0; j < TASKS; ++j) {
            assert_int_equal(starts[i][j].starts, 1);
            assert_int_equal(starts[i][j].overs, 1);
            if (j > 0 && starts[i][j].ticket <= starts[i][j - 1].ticket) {
                fail_msg("request %d: task %d started before task %d", i, j,
                         j - 1);
            }
        }
    }
}

static void many_rounds_keep_the_order(void **state)
{
    order_with(*state, 1);
    order_with(*state, 2);
    order_with(*state, 16);
}

/* "a" is taken and not called yet: nobody takes "b" meanwhile, and nobody
 * waits for it who could run what others have left. */
static void nobody_starts_before_the_predecessor(void **state)
{
    journal_t *journal = journal_make(*state);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    ct_dispatcher_t *d = dispatcher_that_holds(journal, 2, 2, "a", &reached,
                                               &go);
    deed_t others[3] = { DEED("x"), DEED("y"), DEED("z") };
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"),
                     APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_int_equal(push_plan(d, *state, journal, others, "ppp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 3));
    assert_string_equal(journal_starts(journal, *state), "x y z");
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_END, 6));
    finish(d);
    assert_string_equal(journal_starts(journal, *state) + 6, "a b c");
}

/* Who wakes another for the rest and is held up there has taken nothing. */
static void who_calls_another_holds_up_nobody(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 2, 2);
    gate_t leave = GATE_INIT, reached = GATE_INIT, go = GATE_INIT;
    deed_t idle[2] = { DEED("x"), DEED("y") };
    deed_t deeds[3];

    idle[0].leave = idle[1].leave = &leave;
    assert_int_equal(push_plan(d, *state, journal, idle, "pp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 2));
    gate_open(&leave);
    assert_true(workers_reached(d, 2, 2));
    memset(deeds, 0, sizeof(deeds));
    wakes_hold(2, &reached, &go);    /* the first is the push's */
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"),
                     APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_true(journal_reached(journal, NOTED_END, 5));
    gate_open(&go);
    finish(d);
    assert_string_equal(journal_starts(journal, *state) + 4, "a b c");
}

/* Started in order, but side by side. */
static void nobody_waits_for_the_predecessors_end(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t leave = GATE_INIT;
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].leave = &leave;
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"),
                     APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_int_equal(journal_count(journal, NOTED_END, "a"), 0);
    gate_open(&leave);
    finish(d);
}

static void results_are_told(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    deed_t deeds[4];

    memset(deeds, 0, sizeof(deeds));
    deeds[1].result = APR_EGENERAL;
    deeds[2].result = 4711;
    assert_int_equal(push_plan(d, *state, journal, deeds, "pppp"),
                     APR_SUCCESS);
    finish(d);
    assert_ended(journal, "a", CROSSTOWN_RAN);
    assert_ended(journal, "b", CROSSTOWN_RAN);
    assert_ended(journal, "c", CROSSTOWN_RAN);
    assert_ended(journal, "d", CROSSTOWN_RAN);
    assert_int_equal(journal_find(journal, NOTED_END, "a").result, 0);
    assert_int_equal(journal_find(journal, NOTED_END, "b").result,
                     APR_EGENERAL);
    assert_int_equal(journal_find(journal, NOTED_END, "c").result, 4711);
    assert_int_equal(journal_find(journal, NOTED_END, "d").result, 0);
}

typedef struct seen_t {
    crosstown_task_t task;
    int status;
    const char *text;
} seen_t;

static apr_status_t look(const crosstown_task_t *task, void *data)
{
    seen_t *seen = data;

    seen->task = *task;
    seen->status = task->response ? task->response->status : -1;
    seen->text = strcmp(apr_pstrcat(task->pool, task->name, "!", NULL),
                        "looker!") == 0 ? "works" : "does not work";
    return APR_SUCCESS;
}

static void what_a_task_sees(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    struct server_rec *server = (struct server_rec *)journal;
    crosstown_response_t response;
    const char *why = "";
    ct_record_t record;
    seen_t seen;

    memset(&response, 0, sizeof(response));
    response.size = sizeof(response);
    response.status = 207;
    opts.name = "looker";
    assert_int_equal(ct_ledger_single(&record, look, &seen, &opts, server,
                                      12345, &why), APR_SUCCESS);
    assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
    assert_int_equal(ct_dispatcher_push(d, ct_batch_make(&response, &record,
                                                         1)), APR_SUCCESS);
    /* It has no `over`; the report is told all the same. */
    assert_true(journal_reached(journal, NOTED_END, 1));
    finish(d);
    assert_int_equal(seen.task.size, sizeof(crosstown_task_t));
    assert_int_equal(seen.task.recorded, 12345);
    assert_int_equal(seen.status, 207);
    assert_string_equal(seen.text, "works");
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 1);
    assert_ptr_equal(journal_find(journal, NOTED_END, "looker").server,
                     server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(many_rounds_keep_the_order),
        with_pool(nobody_starts_before_the_predecessor),
        with_pool(who_calls_another_holds_up_nobody),
        with_pool(nobody_waits_for_the_predecessors_end),
        with_pool(results_are_told),
        with_pool(what_a_task_sees),
    };

    return run_group("call order", tests);
}
