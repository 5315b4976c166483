/* SPDX-License-Identifier: Apache-2.0 */
/* limited: a request whose own thread makes some of the calls, behind one of a
 * name that may run once at a time; and which names have a limit. */
#include "support.h"

#include <sched.h>

#include "workers.h"
#include "support_calls.h"

static int to_be_held;                   /* atomic: the next call of "x" */
static gate_t held = GATE_INIT;
static gate_t go = GATE_INIT;

static void hold_before_call(void *context, const crosstown_task_t *task,
                             unsigned int label)
{
    (void)context;
    (void)label;
    if (strcmp(task->name, "x") == 0
        && __atomic_exchange_n(&to_be_held, 0, __ATOMIC_SEQ_CST)) {
        gate_open(&held);
        gate_pass(&go);
    }
}

static ct_dispatcher_t *impatient(journal_t *journal, ct_name_limit_t *limit)
{
    ct_dispatcher_settings_t settings = settings_of(journal, 2, 2);
    ct_dispatcher_t *d;

    settings.name_limits.all = limit;
    settings.name_limits.count = 1;
    settings.patience = SUPPORT_HOUR / 2;
    settings.report.begin = hold_before_call;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    return d;
}

/* With a place for the first of them, which is for the pool. */
static ct_batch_t *entered(ct_dispatcher_t *d, apr_pool_t *p,
                           journal_t *journal, deed_t *deeds, const char *plan)
{
    ct_ledger_t *ledger = ledger_of(p, journal, deeds, plan);
    ct_batch_t *batch;
    apr_uint32_t i;

    ct_ledger_enter(ledger, &d->settings.name_limits, 1, NULL);
    batch = ct_batch_make(NULL, ledger->first, ledger->count);
    for (i = 1; i < batch->count; ++i) {
        batch->calls[i].run_inline = 1;
    }
    assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
    return batch;
}

typedef struct attend_t {
    ct_dispatcher_t *d;
    ct_batch_t *batch;
    apr_pool_t *scratch;
} attend_t;

static void *attend(void *data)
{
    attend_t *what = data;

    ct_dispatcher_attend(what->d, what->batch, what->scratch);
    return NULL;
}

static int kept_now(ct_dispatcher_t *d, const ct_name_limit_t *limit)
{
    int kept;

    ct_workers_lock(d);
    kept = limit->first != NULL;
    ct_workers_unlock(d);
    return kept;
}

static int kept_aside(ct_dispatcher_t *d, const ct_name_limit_t *limit)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);

    while (!kept_now(d, limit)) {
        if (apr_time_now() > until) {
            return 0;
        }
        sched_yield();
    }
    return 1;
}

/* It was kept aside, and is no longer: it is nowhere when the request's thread
 * leaves the rest to the pool. */
static void impatience_after_a_limit(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_name_limit_t limit = { .name = "x", .number = 1, .at_once = 1 };
    ct_dispatcher_t *d = impatient(journal, &limit);
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x");
    deed_t deeds[2] = { DEED("x"), DEED("rest") };
    attend_t request = { d, NULL, scratch_of(*state) };
    pthread_t thread;

    first.leave = &leave;
    assert_int_equal(ct_dispatcher_push(
        d, entered(d, *state, journal, &first, "p")), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 1));
    __atomic_store_n(&to_be_held, 1, __ATOMIC_SEQ_CST);
    request.batch = entered(d, *state, journal, deeds, "ph");
    thread = own_thread(attend, &request);
    assert_true(kept_aside(d, &limit));
    gate_open(&leave);
    assert_true(gate_reached(&held, 1));
    clock_step(SUPPORT_HOUR);
    pthread_join(thread, NULL);
    clock_step(0);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_END, 3));
    assert_ended(journal, "rest", CROSSTOWN_RAN);
    finish(d);
}

/* It is kept aside just then, and there only. */
static void impatience_at_a_limit(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_name_limit_t limit = { .name = "x", .number = 1, .at_once = 1 };
    ct_dispatcher_t *d = impatient(journal, &limit);
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x");
    deed_t deeds[2] = { DEED("x"), DEED("rest") };
    attend_t request = { d, NULL, scratch_of(*state) };
    pthread_t thread;

    first.leave = &leave;
    assert_int_equal(ct_dispatcher_push(
        d, entered(d, *state, journal, &first, "p")), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 1));
    request.batch = entered(d, *state, journal, deeds, "ph");
    thread = own_thread(attend, &request);
    assert_true(kept_aside(d, &limit));
    clock_step(SUPPORT_HOUR);
    pthread_join(thread, NULL);
    clock_step(0);
    assert_true(workers_reached(d, 2, 1));
    assert_ptr_equal(limit.first, request.batch);
    assert_null(request.batch->next);
    gate_open(&leave);
    assert_true(journal_reached(journal, NOTED_END, 3));
    assert_ended(journal, "rest", CROSSTOWN_RAN);
    finish(d);
}

static void only_so_many_names_have_one(void **state)
{
    ct_name_limit_t all[2] = { { .name = "x" }, { .name = "y" } };
    ct_name_limits_t limits = { .all = all, .count = 1 };

    (void)state;
    assert_ptr_equal(ct_name_limit_find(&limits, "x"), &all[0]);
    assert_null(ct_name_limit_find(&limits, "y"));
    limits.count = 2;
    assert_ptr_equal(ct_name_limit_find(&limits, "y"), &all[1]);
    limits.count = 0;
    assert_null(ct_name_limit_find(&limits, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(impatience_after_a_limit),
        with_pool(impatience_at_a_limit),
        with_pool(only_so_many_names_have_one),
    };

    return run_group("limited, inline", tests);
}
