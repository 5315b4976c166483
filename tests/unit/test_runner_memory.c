/* SPDX-License-Identifier: Apache-2.0 */
/* runner: several at once for which there is no memory. Each of them ends
 * what is queued, one after the other: they share one scratch memory.
 */
#include "support_calls.h"

typedef struct told_t {
    gate_t *told;                    /* opened by who is told */
    gate_t *leave;                   /* and then waited for */
} told_t;

static apr_status_t never_run(const crosstown_task_t *task, void *data)
{
    (void)task;
    (void)data;
    return APR_EGENERAL;
}

static void stay(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    told_t *told = data;

    (void)outcome;
    (void)result;
    (void)task;
    gate_open(told->told);
    gate_pass(told->leave);
}

static void push_one(ct_dispatcher_t *d, told_t *told)
{
    ct_record_t record;
    ct_batch_t *batch;

    memset(&record, 0, sizeof(record));
    record.task.fn = never_run;
    record.task.over = stay;
    record.task.data = told;
    record.task.name = "-";
    batch = ct_batch_make(NULL, &record, 1);
    assert_non_null(batch);
    assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
    assert_int_equal(ct_dispatcher_push(d, batch), APR_SUCCESS);
}

/* The second finds the first inside an `over`, and leaves it to that one. */
static void two_without_memory_do_not_share_it(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 4);
    gate_t first_told = GATE_INIT, second_told = GATE_INIT;
    gate_t leave = GATE_INIT, made = GATE_INIT, go = GATE_INIT;
    told_t first = { &first_told, &leave };
    told_t second = { &second_told, &leave };

    pools_refuse(1);
    push_one(d, &first);
    assert_true(gate_reached(&first_told, 1));
    threads_hold_next(&made, &go, 0);
    gate_open(&go);
    push_one(d, &second);
    assert_int_equal(made.opened, 1);
    assert_true(crew_reached(d, 0, 0));
    assert_int_equal(second_told.opened, 0);
    gate_open(&leave);
    assert_true(gate_reached(&second_told, 1));
    pools_refuse(0);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(two_without_memory_do_not_share_it),
    };

    return run_group("runner, no memory", tests);
}
