/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: given up, in every state. */
#include "support_deferred.h"

/* Twisted: test_noCanceller */
static void without_a_canceller_it_fails(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t good = MARK(&trail, "good"), bad = MARK(&trail, "bad");
    crosstown_deferred_t *d = fresh();

    bad.lets_pass = 1;
    deferreds->add(d, mark_link, &good, mark_link, &bad);
    deferreds->cancel(d);
    assert_trail(&trail, "bad!cancelled");
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    deferreds->release(d);
}

/* Whoever does the work does not know yet. Twisted:
 * test_raisesAfterCancelAndCallback */
static void one_late_result_is_dropped(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    mark.lets_pass = 1;
    on_either(d, &mark);
    deferreds->cancel(d);
    assert_int_equal(deferreds->fire(d, "late"), APR_SUCCESS);
    assert_int_equal(deferreds->fire(d, "twice"), APR_EEXIST);
    assert_int_equal(deferreds->fail(d, APR_EGENERAL, "twice"), APR_EEXIST);
    assert_trail(&trail, "a!cancelled");
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    deferreds->release(d);
}

/* Twisted: test_raisesAfterCancelAndErrback */
static void one_late_failure_is_dropped(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    on_either(d, &mark);
    deferreds->cancel(d);
    assert_int_equal(deferreds->fail(d, APR_EGENERAL, "late"), APR_SUCCESS);
    assert_int_equal(deferreds->fail(d, APR_EGENERAL, "twice"), APR_EEXIST);
    assert_int_equal(deferreds->fire(d, "twice"), APR_EEXIST);
    assert_trail(&trail, "a!cancelled");
    deferreds->release(d);
    assert_unseen(0);
}

/* Twisted: test_noCancellerMultipleCancel,
 * test_noCancellerMultipleCancelsAfterCancelAndCallback, ...AndErrback */
static void cancelling_again_does_nothing(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a"), late = MARK(&trail, "late");
    crosstown_deferred_t *d = fresh(), *e = fresh();

    mark.lets_pass = 1;
    on_either(d, &mark);
    deferreds->cancel(d);
    deferreds->cancel(d);
    assert_int_equal(deferreds->fire(d, "late"), APR_SUCCESS);
    deferreds->cancel(d);
    assert_trail(&trail, "a!cancelled");
    on_failure(d, &late);
    assert_trail(&trail, "a!cancelled late!cancelled");
    assert_int_equal(deferreds->fire(d, "twice"), APR_EEXIST);
    deferreds->release(d);

    deferreds->cancel(e);
    assert_int_equal(deferreds->fail(e, APR_EGENERAL, "late"), APR_SUCCESS);
    deferreds->cancel(e);
    assert_failed(e, CROSSTOWN_ECANCELED, NULL);
    assert_int_equal(deferreds->fail(e, APR_EGENERAL, "x"), APR_EEXIST);
    deferreds->release(e);
}

/* Twisted: test_simpleCanceller, test_cancellerArg,
 * test_cancellerMultipleCancel */
static void a_canceller_is_called_once(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    canceller_t canceller = { 0, NULL, NULL, NULL };
    crosstown_deferred_t *d = cancellable(&canceller);

    on_either(d, &mark);
    deferreds->cancel(d);
    assert_int_equal(canceller.calls, 1);
    assert_ptr_equal(canceller.seen, d);
    assert_trail(&trail, "a!cancelled");
    deferreds->cancel(d);
    assert_int_equal(canceller.calls, 1);
    deferreds->release(d);
    assert_int_equal(canceller.calls, 1);
}

/* Twisted: test_cancellerThatErrbacks */
static void a_canceller_may_choose_the_failure(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    canceller_t canceller = { 0, NULL, "never mind", NULL };
    crosstown_deferred_t *d = cancellable(&canceller);

    mark.lets_pass = 1;
    on_either(d, &mark);
    deferreds->cancel(d);
    assert_int_equal(canceller.calls, 1);
    assert_trail(&trail, "a!bad");
    assert_failed(d, APR_EGENERAL, "never mind");
    deferreds->release(d);
}

/* Twisted: test_cancellerThatCallbacks */
static void a_canceller_may_fire(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    canceller_t canceller = { 0, "half a loaf", NULL, NULL };
    crosstown_deferred_t *d = cancellable(&canceller);

    on_either(d, &mark);
    deferreds->cancel(d);
    assert_int_equal(canceller.calls, 1);
    assert_trail(&trail, "a=half a loaf");
    assert_result(d, "half a loaf");
    deferreds->release(d);
}

/* Twisted: test_cancelAfterCallback */
static void what_has_fired_is_not_cancelled(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    canceller_t canceller = { 0, NULL, "never mind", NULL };
    crosstown_deferred_t *d = cancellable(&canceller);

    on_either(d, &mark);
    fire(d, "biff");
    deferreds->cancel(d);
    assert_int_equal(canceller.calls, 0);
    assert_trail(&trail, "a=biff");
    assert_result(d, "biff");
    assert_int_equal(deferreds->fire(d, "twice"), APR_EEXIST);
    deferreds->release(d);
}

/* Twisted: test_cancelAfterErrback */
static void what_has_failed_is_not_cancelled(void **state)
{
    canceller_t canceller = { 0, NULL, "never mind", NULL };
    crosstown_deferred_t *d = cancellable(&canceller);

    break_it(d, "already");
    deferreds->cancel(d);
    assert_int_equal(canceller.calls, 0);
    assert_failed(d, APR_EGENERAL, "already");
    deferreds->release(d);
}

/* Twisted: test_cancelNestedDeferred */
static void the_one_waited_for_is_cancelled(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    canceller_t inner_canceller = { 0, NULL, NULL, NULL };
    canceller_t outer_canceller = { 0, NULL, NULL, NULL };
    crosstown_deferred_t *inner = cancellable(&inner_canceller);
    crosstown_deferred_t *outer = cancellable(&outer_canceller);

    wait.waits_for = inner;
    fire(outer, "x");
    on_result(outer, &wait);
    deferreds->cancel(outer);
    on_either(outer, &next);
    assert_int_equal(inner_canceller.calls, 1);
    assert_int_equal(outer_canceller.calls, 0);
    assert_trail(&trail, "wait=x next!cancelled");
    deferreds->release(inner);
    deferreds->release(outer);
}

/* Down to the one that has not fired. */
static void cancelling_goes_to_the_innermost(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t one = MARK(&trail, "1"), two = MARK(&trail, "2");
    canceller_t canceller = { 0, "saved", NULL, NULL };
    crosstown_deferred_t *a = fired("a"), *b = fired("b");
    crosstown_deferred_t *c = cancellable(&canceller);

    two.waits_for = c;
    one.waits_for = b;
    on_result(b, &two);
    on_result(a, &one);
    deferreds->cancel(a);
    assert_int_equal(canceller.calls, 1);
    assert_result(a, "saved");
    deferreds->release(a);
    deferreds->release(b);
    deferreds->release(c);
}

static void a_paused_one_may_be_cancelled(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    on_either(d, &mark);
    deferreds->pause(d);
    deferreds->cancel(d);
    assert_trail(&trail, "");
    deferreds->resume(d);
    assert_trail(&trail, "a!cancelled");
    deferreds->release(d);
}

static void cancel_itself_inside(crosstown_deferred_t *d, void *data)
{
    ++*(int *)data;
    deferreds->cancel(d);
}

static void a_canceller_may_cancel_again(void **state)
{
    int calls = 0;
    crosstown_deferred_t *d = deferreds->make(cancel_itself_inside, &calls);

    deferreds->cancel(d);
    assert_int_equal(calls, 1);
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    deferreds->release(d);
}

typedef struct worker_t {
    crosstown_deferred_t *d;         /* its own reference */
} worker_t;

static void send_home(crosstown_deferred_t *d, void *data)
{
    worker_t *worker = data;

    assert_ptr_equal(worker->d, d);
    deferreds->release(worker->d);
    worker->d = NULL;
}

/* Whoever does the work holds a reference, and lets go when told to stop. */
static void a_canceller_may_release_the_workers_reference(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    gate_t gone = GATE_INIT;
    worker_t worker;
    crosstown_deferred_t *d = deferreds->make(send_home, &worker);

    worker.d = deferreds->keep(d);
    watch_memory(d, &gone);
    on_either(d, &mark);
    deferreds->cancel(d);
    assert_null(worker.d);
    assert_trail(&trail, "a!cancelled");
    assert_int_equal(gone.opened, 0);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

static void nothing_may_be_cancelled(void **state)
{
    deferreds->cancel(NULL);
    deferreds->release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(without_a_canceller_it_fails),
        with_deferreds(one_late_result_is_dropped),
        with_deferreds(one_late_failure_is_dropped),
        with_deferreds(cancelling_again_does_nothing),
        with_deferreds(a_canceller_is_called_once),
        with_deferreds(a_canceller_may_choose_the_failure),
        with_deferreds(a_canceller_may_fire),
        with_deferreds(what_has_fired_is_not_cancelled),
        with_deferreds(what_has_failed_is_not_cancelled),
        with_deferreds(the_one_waited_for_is_cancelled),
        with_deferreds(cancelling_goes_to_the_innermost),
        with_deferreds(a_paused_one_may_be_cancelled),
        with_deferreds(a_canceller_may_cancel_again),
        with_deferreds(a_canceller_may_release_the_workers_reference),
        with_deferreds(nothing_may_be_cancelled),
    };

    return run_group("deferred: cancel", tests);
}
