/* SPDX-License-Identifier: Apache-2.0 */
/* refuse and drain at once: a runner without memory is telling an end when
 * the child stops. The drain tells further ends meanwhile: each of the two
 * threads must have scratch memory of its own. */
#include "support.h"

#include "crew.h"
#include "support_calls.h"

static apr_pool_t *pools[2];
static int overs;                        /* atomic */
static gate_t telling = GATE_INIT;
static gate_t go = GATE_INIT;

/* The first is the runner's, and stays until the drain tells the second. */
static void tell(const crosstown_task_t *task, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    int nth = __atomic_fetch_add(&overs, 1, __ATOMIC_SEQ_CST);

    (void)outcome;
    (void)result;
    (void)data;
    pools[nth] = task->pool;
    if (nth == 0) {
        gate_open(&telling);
        gate_pass(&go);
    }
    else {
        gate_open(&go);
    }
}

static void each_has_scratch_of_its_own(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    ct_drained_t drained;
    ct_batch_t *batch;

    pools_refuse(1);
    assert_int_equal(ct_dispatcher_reserve(d, 2), 2);
    batch = batch_of(*state, journal, deeds, "pp");
    batch->calls[0].task.over = batch->calls[1].task.over = tell;
    assert_int_equal(ct_dispatcher_push(d, batch), APR_SUCCESS);
    assert_true(gate_reached(&telling, 1));
    ct_dispatcher_drain(d, 0, &drained);
    assert_int_equal(drained.stopped, 1);
    ct_dispatcher_destroy(d);
    assert_int_equal(overs, 2);
    assert_ptr_not_equal(pools[0], pools[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(each_has_scratch_of_its_own),
    };

    return run_group("refuse and drain", tests);
}
