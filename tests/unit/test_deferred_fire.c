/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: fired once, and links that come before, after and meanwhile. */
#include "support_deferred.h"

/* Twisted: testAlreadyCalled_CC, _CE */
static void it_fires_once(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    on_either(d, &mark);
    assert_int_equal(deferreds->fire(d, "hello"), APR_SUCCESS);
    assert_int_equal(deferreds->fire(d, "twice"), APR_EEXIST);
    assert_int_equal(deferreds->fail(d, APR_EGENERAL, "twice"), APR_EEXIST);
    assert_trail(&trail, "a=hello");
    assert_result(d, "hello");
    deferreds->release(d);
}

/* Twisted: testAlreadyCalled_EE, _EC */
static void it_fails_once(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    mark.lets_pass = 1;
    on_either(d, &mark);
    assert_int_equal(deferreds->fail(d, APR_EGENERAL, "once"), APR_SUCCESS);
    assert_int_equal(deferreds->fail(d, APR_ENOENT, "twice"), APR_EEXIST);
    assert_int_equal(deferreds->fire(d, "twice"), APR_EEXIST);
    assert_trail(&trail, "a!bad");
    assert_failed(d, APR_EGENERAL, "once");
    deferreds->release(d);
}

static void what_was_made_fired_has_fired(void **state)
{
    crosstown_deferred_t *d = fired("x");
    crosstown_deferred_t *failed = broken("y");

    assert_int_equal(deferreds->fire(d, "z"), APR_EEXIST);
    assert_int_equal(deferreds->fire(failed, "z"), APR_EEXIST);
    assert_result(d, "x");
    assert_failed(failed, APR_EGENERAL, "y");
    deferreds->release(failed);
    deferreds->release(d);
}

static void a_link_of_one_that_has_fired_runs_at_once(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t marks[4] = { MARK(&trail, "a"), MARK(&trail, "b"),
                        MARK(&trail, "c"), MARK(&trail, "d") };
    crosstown_deferred_t *d = fired("success");
    crosstown_deferred_t *failed = broken("fail");

    marks[0].gives = "more";
    on_result(d, &marks[0]);
    assert_trail(&trail, "a=success");
    on_failure(d, &marks[1]);
    assert_trail(&trail, "a=success");
    on_either(d, &marks[2]);
    assert_trail(&trail, "a=success c=more");
    on_failure(failed, &marks[3]);
    assert_trail(&trail, "a=success c=more d!bad");
    deferreds->release(failed);
    deferreds->release(d);
}

static void a_null_result_is_a_result(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    on_result(d, &mark);
    fire(d, NULL);
    assert_trail(&trail, "a=-");
    assert_result(d, NULL);
    deferreds->release(d);
}

static void add_to_own(crosstown_step_t *step, mark_t *mark)
{
    on_result(step->deferred, mark->context);
    trail_add(mark->trail, "added");
}

/* Twisted: test_reentrantRunCallbacks, test_nonReentrantCallbacks */
static void a_link_added_by_a_link_runs_behind_all_others(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b"), c = MARK(&trail, "c");
    crosstown_deferred_t *d = fresh();

    a.act = add_to_own;
    a.context = &c;
    on_result(d, &a);
    on_result(d, &b);
    fire(d, "x");
    assert_trail(&trail, "a=x added b=x c=x");
    deferreds->release(d);
}

/* The same where it has fired before: the link runs inside add(). */
static void a_link_that_runs_late_may_add_too(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b");
    crosstown_deferred_t *d = fired("x");

    a.act = add_to_own;
    a.context = &b;
    on_result(d, &a);
    assert_trail(&trail, "a=x added b=x");
    deferreds->release(d);
}

/* Twisted: test_reentrantRunCallbacksWithFailure */
static void a_link_added_by_a_link_may_fail(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b");
    crosstown_deferred_t *d = fresh();

    b.fails = APR_EGENERAL;
    b.says = "no flour";
    a.act = add_to_own;
    a.context = &b;
    on_result(d, &a);
    fire(d, "x");
    assert_failed(d, APR_EGENERAL, "no flour");
    deferreds->release(d);
}

static void fire_itself(crosstown_step_t *step, mark_t *mark)
{
    assert_int_equal(deferreds->fire(step->deferred, "y"), APR_EEXIST);
    deferreds->cancel(step->deferred);
    trail_add(mark->trail, "refused");
}

static void a_link_can_neither_fire_nor_cancel_its_own(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b");
    crosstown_deferred_t *d = fresh();

    a.act = fire_itself;
    on_result(d, &a);
    on_either(d, &b);
    fire(d, "x");
    assert_trail(&trail, "a=x refused b=x");
    deferreds->release(d);
}

static void let_go(crosstown_step_t *step, mark_t *mark)
{
    deferreds->release(mark->context);
}

/* The last reference goes inside a link: the chain still runs to its end. */
static void a_link_may_release_its_own(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t a = MARK(&trail, "a"), b = MARK(&trail, "b");
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fresh();

    watch_memory(d, &gone);
    deferreds->keep(d);
    a.act = let_go;
    a.context = d;
    on_result(d, &a);
    on_result(d, &b);
    fire(d, "x");
    assert_trail(&trail, "a=x b=x");
    assert_int_equal(gone.opened, 0);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(it_fires_once),
        with_deferreds(it_fails_once),
        with_deferreds(what_was_made_fired_has_fired),
        with_deferreds(a_link_of_one_that_has_fired_runs_at_once),
        with_deferreds(a_null_result_is_a_result),
        with_deferreds(a_link_added_by_a_link_runs_behind_all_others),
        with_deferreds(a_link_that_runs_late_may_add_too),
        with_deferreds(a_link_added_by_a_link_may_fail),
        with_deferreds(a_link_can_neither_fire_nor_cancel_its_own),
        with_deferreds(a_link_may_release_its_own),
    };

    return run_group("deferred: fire", tests);
}
