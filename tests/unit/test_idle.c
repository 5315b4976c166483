/* SPDX-License-Identifier: Apache-2.0 */
/* idle: a worker that has nothing to do stays awake for a few rounds of the
 * scheduler, at which a test can hold it; then it is parked. */
#include "support.h"

#include <dlfcn.h>
#include <sched.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "workers.h"
#include "support_calls.h"
#include "support_chaos.h"
#include "support_pusher.h"
#include "support_rounds.h"

/* Work that comes meanwhile is its; nobody else is woken or made. */
static void who_searches_is_relied_on(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t reached = GATE_INIT, go = GATE_INIT;
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    int before = threads_made();

    rounds_hold(&reached, &go);
    assert_int_equal(push_plan(d, *state, journal, deeds, "p"), APR_SUCCESS);
    assert_true(gate_reached(&reached, 1));
    assert_int_equal(journal_count(journal, NOTED_END, "a"), 1);
    assert_int_equal(searching_now(d), 1);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "p"),
                     APR_SUCCESS);
    assert_int_equal(searching_now(d), 1);
    gate_open(&go);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_true(workers_reached(d, 1, 1));
    assert_int_equal(threads_made() - before, 1);
    assert_int_equal(searching_now(d), 0);
    finish(d);
}

/* A round of the scheduler that takes long says that others need the
 * processor. */
static void nobody_is_awake_in_the_way_of_others(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");
    int before = rounds_made();

    clock_step(APR_USEC_PER_SEC / 500);
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_true(workers_reached(d, 1, 1));
    clock_step(0);
    assert_int_equal(rounds_made() - before, 1);
    finish(d);
}

static apr_time_t moment;

static apr_time_t now(void)
{
    return __atomic_load_n(&moment, __ATOMIC_SEQ_CST);
}

/* @return how many rounds the one worker stays awake for after a task, which
 * comes so long after it was parked */
static int rounds_after_one(ct_dispatcher_t *d, apr_pool_t *p,
                            apr_interval_time_t later)
{
    journal_t *journal = journal_make(p);
    deed_t deed = DEED("a");
    int before = rounds_made();

    d->settings.report = journal_report(journal);
    __atomic_add_fetch(&moment, later, __ATOMIC_SEQ_CST);
    assert_int_equal(push_plan(d, p, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_true(workers_reached(d, 1, 1));
    return rounds_made() - before;
}

/* Where tasks are rare it costs their start, for nothing; until one comes so
 * soon that it would have paid. */
static void who_searches_in_vain_parks_at_once(void **state)
{
    ct_dispatcher_t *d = dispatcher_of(journal_make(*state), 1, 1);
    int i;

    d->settings.now = now;
    for (i = 0; i < 4; ++i) {
        assert_true(rounds_after_one(d, *state, APR_USEC_PER_SEC) > 0);
    }
    assert_int_equal(rounds_after_one(d, *state, APR_USEC_PER_SEC), 0);
    assert_true(rounds_after_one(d, *state, 0) > 0);
    finish(d);
}

/* Who need not leave need not look whether it is time to. */
static void the_last_worker_sleeps_until_it_is_called(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    deed_t deed = DEED("a");
    int before = timed_waits_begun();

    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_true(workers_reached(d, 1, 1));
    assert_int_equal(timed_waits_begun(), before);
    finish(d);
}

/* Places that others have reserved are no reason to stay awake. */
static void reserved_places_keep_nobody_awake(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");

    assert_int_equal(ct_dispatcher_reserve(d, 3), 3);
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 1));
    assert_true(workers_reached(d, 1, 1));
    assert_int_equal(searching_now(d), 0);
    ct_dispatcher_release(d, 3);
    finish(d);
}

typedef struct hold_t {
    gate_t reached;
    gate_t go;
} hold_t;

static apr_status_t hold(void *data)
{
    hold_t *held = data;

    gate_open(&held->reached);
    gate_pass(&held->go);
    return APR_SUCCESS;
}

static void *carry_a_hold(struct request_rec *r, void *data, apr_pool_t *p)
{
    apr_pool_cleanup_register(p, (void *)r, hold, apr_pool_cleanup_null);
    return data;
}

/* A batch whose memory takes until the hold is let go. */
static ct_batch_t *slow_batch(ct_dispatcher_t *d, apr_pool_t *p,
                              journal_t *journal, deed_t *deed, hold_t *held)
{
    ct_ledger_t *ledger = ledger_of(p, journal, deed, "p");
    ct_batch_t *batch;

    ledger->first->carry = carry_a_hold;
    batch = ct_batch_make(NULL, ledger->first, 1);
    assert_int_equal(ct_batch_carry(batch, ledger->first,
                                    (struct request_rec *)held,
                                    ct_dispatcher_pool(d)), APR_SUCCESS);
    assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
    return batch;
}

/* Not even if it is left to one whose thread is still being made. */
static void nobody_parks_while_there_is_something_to_take(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t leave = GATE_INIT, reached = GATE_INIT, go = GATE_INIT;
    hold_t held = { GATE_INIT, GATE_INIT };
    deed_t deeds[3] = { DEED("a"), DEED("b"), DEED("c") };
    pusher_t pusher;

    keep_busy(d, *state, journal, &deeds[0], &leave);
    threads_hold_next(&reached, &go, 0);
    pusher_start(&pusher, d, slow_batch(d, *state, journal, &deeds[1],
                                        &held));
    assert_true(gate_reached(&reached, 1));
    gate_open(&leave);
    /* The one worker has seen that there is nothing more. */
    assert_true(gate_reached(&held.reached, 1));
    assert_int_equal(push_plan(d, *state, journal, &deeds[2], "p"),
                     APR_SUCCESS);
    gate_open(&held.go);
    assert_true(journal_reached(journal, NOTED_END, 3));
    gate_open(&go);
    assert_int_equal(pusher_join(&pusher), APR_SUCCESS);
    finish(d);
}

/* The backlog is the most that has waited at once, not what came in all. */
static void the_backlog_is_measured(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy");
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, &busy, &leave);
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"), APR_SUCCESS);
    assert_int_equal(push_plan(d, *state, journal, deeds + 2, "p"),
                     APR_SUCCESS);
    gate_open(&leave);
    assert_true(journal_reached(journal, NOTED_END, 4));
    assert_true(workers_reached(d, 1, 1));
    assert_int_equal(d->peak, 3);
    assert_int_equal(push_plan(d, *state, journal, &busy, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 5));
    assert_true(workers_reached(d, 1, 1));
    assert_int_equal(d->peak, 3);
    finish(d);
}

#ifdef __GLIBC__

static int trims;
static hold_t *trim_held;                /* atomic; NULL: it is not */

__attribute__((visibility("default"))) int malloc_trim(size_t pad)
{
    typedef int trim_fn_t(size_t pad);
    trim_fn_t *trim = (trim_fn_t *)dlsym(RTLD_NEXT, "malloc_trim");

    hold_t *held = __atomic_exchange_n(&trim_held, NULL, __ATOMIC_SEQ_CST);

    __atomic_add_fetch(&trims, 1, __ATOMIC_SEQ_CST);
    if (held) {
        (void)hold(held);
    }
    return trim(pad);
}

static int trims_so_far(void)
{
    return __atomic_load_n(&trims, __ATOMIC_SEQ_CST);
}

/* As if so many tasks had waited. */
static void set_backlog(ct_dispatcher_t *d, apr_uint32_t tasks)
{
    ct_workers_lock(d);
    d->peak = tasks;
    ct_workers_unlock(d);
}

/* Run one task; then nobody is awake. */
static void run_one(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal)
{
    deed_t deed = DEED("one");
    int already = journal_count(journal, NOTED_END, NULL);

    assert_int_equal(push_plan(d, p, journal, &deed, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, already + 1));
    assert_true(workers_reached(d, 1, 1));
}

static void memory_is_given_back_after_a_large_backlog(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);

    set_backlog(d, 49999);
    run_one(d, *state, journal);
    assert_int_equal(trims_so_far(), 0);
    assert_int_equal(d->peak, 49999);
    set_backlog(d, 50000);
    run_one(d, *state, journal);
    assert_int_equal(trims_so_far(), 1);
    assert_int_equal(d->peak, 0);
    finish(d);
}

/* "b" comes while the only worker, which is relied on, gives memory back. It
 * cannot be taken before the request's own thread has called "a", and that
 * calls nobody. */
static void nobody_parks_while_something_is_about_to_be_ready(void **state)
{
    journal_t *journal = journal_make(*state);
    gate_t calling = GATE_INIT, call = GATE_INIT, leave = GATE_INIT;
    gate_t round = GATE_INIT, go_on = GATE_INIT;
    hold_t held = { GATE_INIT, GATE_INIT };
    ct_dispatcher_t *d = dispatcher_that_holds(journal, 1, 1, "a", &calling,
                                               &call);
    deed_t one = DEED("one");
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    attendant_t attendant;

    set_backlog(d, 50000);
    __atomic_store_n(&trim_held, &held, __ATOMIC_SEQ_CST);
    assert_int_equal(push_plan(d, *state, journal, &one, "p"), APR_SUCCESS);
    assert_true(gate_reached(&held.reached, 1));
    deeds[0].leave = &leave;
    attendant_start(&attendant, d, journal, deeds, "hp");
    assert_true(gate_reached(&calling, 1));
    rounds_hold(&round, &go_on);
    gate_open(&held.go);
    assert_true(gate_reached(&round, 1));
    gate_open(&go_on);
    gate_open(&call);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_ended(journal, "b", CROSSTOWN_RAN);
    gate_open(&leave);
    attendant_join(&attendant);
    finish(d);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(who_searches_is_relied_on),
        with_pool(nobody_is_awake_in_the_way_of_others),
        with_pool(who_searches_in_vain_parks_at_once),
        with_pool(the_last_worker_sleeps_until_it_is_called),
        with_pool(reserved_places_keep_nobody_awake),
        with_pool(nobody_parks_while_there_is_something_to_take),
        with_pool(the_backlog_is_measured),
#ifdef __GLIBC__
        with_pool(memory_is_given_back_after_a_large_backlog),
        with_pool(nobody_parks_while_something_is_about_to_be_ready),
#endif
    };

    return run_group("idle", tests);
}
