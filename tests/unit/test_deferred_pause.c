/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: links held back by pause(). */
#include "support_deferred.h"

/* Twisted: testPausedFailure */
static void a_paused_failure_stays_where_it_is(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = broken("fail");

    deferreds->pause(d);
    on_failure(d, &mark);
    assert_trail(&trail, "");
    deferreds->resume(d);
    assert_trail(&trail, "a!bad");
    deferreds->release(d);
}

static void fired_while_paused_runs_on_resume(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b");
    crosstown_deferred_t *d = fresh();

    deferreds->pause(d);
    on_result(d, &a);
    fire(d, "x");
    on_result(d, &b);
    assert_trail(&trail, "");
    assert_pending(d);
    deferreds->resume(d);
    assert_trail(&trail, "a=x b=x");
    assert_result(d, "x");
    deferreds->release(d);
}

/* Twisted: testUnpauseBeforeCallback */
static void resumed_before_it_fires_nothing_runs(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    deferreds->pause(d);
    on_result(d, &mark);
    deferreds->resume(d);
    assert_trail(&trail, "");
    fire(d, "x");
    assert_trail(&trail, "a=x");
    deferreds->release(d);
}

static void each_pause_takes_a_resume(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fired("x");

    deferreds->pause(d);
    deferreds->pause(d);
    on_result(d, &mark);
    deferreds->resume(d);
    assert_trail(&trail, "");
    deferreds->resume(d);
    assert_trail(&trail, "a=x");
    deferreds->release(d);
}

static void pause_own(crosstown_step_t *step, mark_t *mark)
{
    deferreds->pause(step->deferred);
}

static void a_link_may_pause_its_own(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b");
    crosstown_deferred_t *d = fresh();

    a.act = pause_own;
    on_result(d, &a);
    on_result(d, &b);
    fire(d, "x");
    assert_trail(&trail, "a=x");
    deferreds->resume(d);
    assert_trail(&trail, "a=x b=x");
    deferreds->release(d);
}

/* Twisted: testReturnDeferred */
static void who_waits_for_a_paused_one_waits_on(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    crosstown_deferred_t *d = fresh(), *inner = fresh();

    deferreds->pause(inner);
    wait.waits_for = inner;
    on_result(d, &wait);
    on_result(d, &next);
    fire(d, "1");
    assert_trail(&trail, "wait=1");
    fire(inner, "2");
    assert_trail(&trail, "wait=1");
    deferreds->resume(inner);
    assert_trail(&trail, "wait=1 next=2");
    deferreds->release(inner);
    deferreds->release(d);
}

/* Twisted: test_chainedPausedDeferredWithResult */
static void a_paused_one_with_a_result_is_waited_for(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    crosstown_deferred_t *paused = fired("paused"), *d = fired("d");

    deferreds->pause(paused);
    wait.waits_for = paused;
    on_result(d, &wait);
    on_result(d, &next);
    assert_trail(&trail, "wait=d");
    deferreds->resume(paused);
    assert_trail(&trail, "wait=d next=paused");
    deferreds->release(paused);
    deferreds->release(d);
}

/* The one that waits is paused: the one waited for goes on all the same.
 * Twisted: test_pausedDeferredChained */
static void a_pause_does_not_hold_the_one_waited_for(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    mark_t inside = MARK(&trail, "inside"), late = MARK(&trail, "late");
    crosstown_deferred_t *first = fresh(), *second = fresh();

    wait.waits_for = second;
    on_result(first, &wait);
    fire(first, "1");
    deferreds->pause(first);
    on_result(second, &inside);
    fire(second, "2");
    on_either(second, &late);
    assert_int_equal(inside.calls, 1);
    assert_int_equal(late.calls, 1);
    on_result(first, &next);
    assert_int_equal(next.calls, 0);
    deferreds->resume(first);
    assert_int_equal(next.calls, 1);
    assert_result(first, "2");
    deferreds->release(second);
    deferreds->release(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(a_paused_failure_stays_where_it_is),
        with_deferreds(fired_while_paused_runs_on_resume),
        with_deferreds(resumed_before_it_fires_nothing_runs),
        with_deferreds(each_pause_takes_a_resume),
        with_deferreds(a_link_may_pause_its_own),
        with_deferreds(who_waits_for_a_paused_one_waits_on),
        with_deferreds(a_paused_one_with_a_result_is_waited_for),
        with_deferreds(a_pause_does_not_hold_the_one_waited_for),
    };

    return run_group("deferred: pause", tests);
}
