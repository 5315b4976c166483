/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: functions that are called on the pool. */
#include "support_deferred.h"

#include "support_calls.h"

static struct server_rec *const some_server = (struct server_rec *)"server";

typedef struct seen_t {
    int calls;
    int on_worker;
    int has_task;
    char name[40];
    crosstown_deferred_t *d;
    gate_t *entered;                 /* or NULL */
    gate_t *leave;
    const char *gives;
    apr_status_t fails;
    crosstown_deferred_t *waits_for;
} seen_t;

static apr_status_t work(crosstown_step_t *step, void *data)
{
    seen_t *seen = data;

    ++seen->calls;
    seen->on_worker = on_worker();
    seen->d = step->deferred;
    seen->has_task = step->task != NULL;
    if (step->task) {
        apr_cpystrn(seen->name, step->task->name, sizeof(seen->name));
    }
    if (seen->entered) {
        gate_open(seen->entered);
        gate_pass(seen->leave);
    }
    step->result = (void *)seen->gives;
    step->wait_for = deferreds->keep(seen->waits_for);
    if (seen->fails) {
        step->message = "out of flour";
    }
    return seen->fails;
}

static crosstown_deferred_t *call_work(seen_t *seen)
{
    crosstown_deferred_t *d = deferreds->call(NULL, work, seen, NULL);

    assert_non_null(d);
    return d;
}

static void note_thread(crosstown_step_t *step, mark_t *mark)
{
    *(int *)mark->context = on_worker();
}

static void it_runs_on_the_pool_with_its_links(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    seen_t seen = { .gives = "bread" };
    int link_on_worker = 0;
    crosstown_deferred_t *d;

    opts.name = "bake";
    d = deferreds->call(some_server, work, &seen, &opts);
    assert_non_null(d);
    mark.act = note_thread;
    mark.context = &link_on_worker;
    on_result(d, &mark);
    assert_int_equal(workers_held(), 1);
    assert_string_equal(workers_last_name(), "bake");
    assert_ptr_equal(workers_last_server(), some_server);
    assert_int_equal(seen.calls, 0);
    assert_pending(d);
    workers_run_one();
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.on_worker, 1);
    assert_int_equal(seen.has_task, 1);
    assert_string_equal(seen.name, "bake");
    assert_ptr_equal(seen.d, d);
    assert_int_equal(link_on_worker, 1);
    assert_trail(&trail, "a=bread");
    assert_result(d, "bread");
    assert_int_equal(deferreds->fire(d, "x"), APR_EEXIST);
    deferreds->release(d);
}

static void what_it_returns_is_the_failure(void **state)
{
    seen_t seen = { .fails = APR_ENOENT };
    crosstown_deferred_t *d = call_work(&seen);

    workers_run_one();
    assert_failed(d, APR_ENOENT, "out of flour");
    deferreds->release(d);
}

static void it_may_wait_for_another(void **state)
{
    crosstown_deferred_t *inner = fresh();
    seen_t seen = { .waits_for = inner };
    crosstown_deferred_t *d = call_work(&seen);

    workers_run_one();
    assert_pending(d);
    fire(inner, "later");
    assert_result(d, "later");
    deferreds->release(inner);
    deferreds->release(d);
}

static apr_status_t read_copy(crosstown_step_t *step, void *data)
{
    step->result = apr_pstrdup(deferreds->pool(step->deferred), data);
    return APR_SUCCESS;
}

static void data_may_be_copied(void **state)
{
    char letter[] = "Dear Sir";
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    crosstown_deferred_t *d;

    opts.data_size = sizeof(letter);
    d = deferreds->call(NULL, read_copy, letter, &opts);
    memset(letter, 'x', sizeof(letter) - 1);
    workers_run_one();
    assert_result(d, "Dear Sir");
    deferreds->release(d);
}

static void nobody_has_to_keep_it(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    seen_t seen = { .gives = "bread" };
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = call_work(&seen);

    watch_memory(d, &gone);
    on_result(d, &mark);
    deferreds->release(d);
    assert_int_equal(gone.opened, 0);
    workers_run_one();
    assert_trail(&trail, "a=bread");
    assert_int_equal(gone.opened, 1);
}

static void a_failure_that_nobody_keeps_is_told(void **state)
{
    seen_t seen = { .fails = APR_ENOENT };

    deferreds->release(call_work(&seen));
    workers_run_one();
    assert_unseen(1);
    assert_unseen_was(APR_ENOENT, "out of flour");
}

static void refused_by_the_pool_it_has_failed(void **state)
{
    static const apr_status_t refusals[] = { APR_EAGAIN, APR_EOF, APR_ENOMEM };
    seen_t seen = { .calls = 0 };
    int i;

    for (i = 0; i < 3; ++i) {
        crosstown_deferred_t *d;

        workers_refuse_with(refusals[i]);
        d = call_work(&seen);
        assert_failed(d, refusals[i], NULL);
        deferreds->release(d);
    }
    assert_int_equal(seen.calls, 0);
}

static void *no_carry(struct request_rec *r, void *data, apr_pool_t *p)
{
    return data;
}

static void no_over(const crosstown_task_t *task, crosstown_outcome_e outcome,
                    apr_status_t result, void *data)
{
}

static void assert_refused(crosstown_link_fn_t *fn,
                           const crosstown_opts_t *opts)
{
    seen_t seen = { .calls = 0 };
    crosstown_deferred_t *d = deferreds->call(NULL, fn, &seen, opts);

    assert_non_null(d);
    assert_failed(d, APR_EINVAL, NULL);
    assert_int_equal(workers_held(), 0);
    deferreds->release(d);
}

static void odd_calls_are_refused(void **state)
{
    const crosstown_opts_t none = CROSSTOWN_OPTS_INIT;
    crosstown_opts_t opts = none;

    assert_refused(NULL, NULL);
    opts.carry = no_carry;
    assert_refused(work, &opts);
    opts = none;
    opts.over = no_over;
    assert_refused(work, &opts);
    opts = none;
    opts.no_go = "5xx";
    assert_refused(work, &opts);
    opts = none;
    opts.same_thread = 1;
    assert_refused(work, &opts);
}

static void a_stopping_pool_fails_it(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    seen_t seen = { .calls = 0 };
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = call_work(&seen);

    watch_memory(d, &gone);
    mark.lets_pass = 1;
    on_either(d, &mark);
    workers_end_one(CROSSTOWN_STOPPED);
    assert_int_equal(seen.calls, 0);
    assert_int_equal(mark.calls, 1);
    assert_failed(d, APR_EOF, NULL);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

static void cancelled_before_it_began_it_does_not_run(void **state)
{
    seen_t seen = { .calls = 0 };
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = call_work(&seen);

    watch_memory(d, &gone);
    deferreds->cancel(d);
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    assert_int_equal(workers_held(), 1);
    workers_run_one();
    assert_int_equal(seen.calls, 0);
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

/* Its function goes on to its end; what it hands on is dropped. */
static void cancelled_meanwhile_its_result_is_dropped(void **state)
{
    gate_t entered = GATE_INIT, leave = GATE_INIT, gone = GATE_INIT;
    crosstown_deferred_t *inner = fresh();
    seen_t seen = { .entered = &entered, .leave = &leave,
                    .waits_for = inner };
    crosstown_deferred_t *d;

    watch_memory(inner, &gone);
    workers_set(WORKERS_RUN);
    d = call_work(&seen);
    assert_true(gate_reached(&entered, 1));
    deferreds->cancel(d);
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    gate_open(&leave);
    workers_join();
    assert_int_equal(seen.calls, 1);
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    deferreds->release(inner);
    assert_int_equal(gone.opened, 1);
    deferreds->release(d);
}

static void cancelled_meanwhile_its_failure_is_dropped(void **state)
{
    gate_t entered = GATE_INIT, leave = GATE_INIT;
    seen_t seen = { .entered = &entered, .leave = &leave,
                    .fails = APR_ENOENT };
    crosstown_deferred_t *d;

    workers_set(WORKERS_RUN);
    d = call_work(&seen);
    assert_true(gate_reached(&entered, 1));
    deferreds->cancel(d);
    gate_open(&leave);
    workers_join();
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    deferreds->release(d);
    assert_unseen(0);
}

static void after_a_stop_nothing_is_called(void **state)
{
    seen_t seen = { .calls = 0 };
    crosstown_deferred_t *d;

    child_stop();
    d = call_work(&seen);
    assert_failed(d, APR_EOF, NULL);
    assert_int_equal(workers_held(), 0);
    deferreds->release(d);
}

#ifdef HEAP_CAN_BE_EMPTY
static void without_memory_nothing_is_called(void **state)
{
    seen_t seen = { .calls = 0 };
    crosstown_deferred_t *d;

    heap_empty(1);
    d = deferreds->call(NULL, work, &seen, NULL);
    heap_empty(0);
    assert_null(d);
    assert_int_equal(workers_held(), 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(it_runs_on_the_pool_with_its_links),
        with_deferreds(what_it_returns_is_the_failure),
        with_deferreds(it_may_wait_for_another),
        with_deferreds(data_may_be_copied),
        with_deferreds(nobody_has_to_keep_it),
        with_deferreds(a_failure_that_nobody_keeps_is_told),
        with_deferreds(refused_by_the_pool_it_has_failed),
        with_deferreds(odd_calls_are_refused),
        with_deferreds(a_stopping_pool_fails_it),
        with_deferreds(cancelled_before_it_began_it_does_not_run),
        with_deferreds(cancelled_meanwhile_its_result_is_dropped),
        with_deferreds(cancelled_meanwhile_its_failure_is_dropped),
        with_deferreds(after_a_stop_nothing_is_called),
#ifdef HEAP_CAN_BE_EMPTY
        with_deferreds(without_memory_nothing_is_called),
#endif
    };

    return run_group("deferred: call", tests);
}
