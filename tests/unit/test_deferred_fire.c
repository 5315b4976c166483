/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: fired once, and links that come before, after and meanwhile. */
#include "support_deferred.h"

#include "apr_errno.h"

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

/* Twisted: test_maybeDeferredSync, test_maybeDeferredSyncWithArgs */
static void an_attempt_that_goes_well_has_fired(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t tried = MARK(&trail, "tried"), next = MARK(&trail, "next");
    crosstown_deferred_t *d = deferreds->attempt(mark_link, "ten", &tried);

    assert_trail(&trail, "tried=ten");
    on_result(d, &next);
    assert_trail(&trail, "tried=ten next=ten");
    deferreds->release(d);

    tried.gives = "fifteen";
    d = deferreds->attempt(mark_link, "ten", &tried);
    assert_result(d, "fifteen");
    deferreds->release(d);
}

/* Twisted: test_maybeDeferredSyncException, test_maybeDeferredSyncFailure */
static void an_attempt_that_goes_wrong_has_failed(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t tried = MARK(&trail, "tried"), next = MARK(&trail, "next");
    crosstown_deferred_t *d;

    tried.fails = APR_EGENERAL;
    tried.says = "not ten";
    next.lets_pass = 1;
    d = deferreds->attempt(mark_link, "ten", &tried);
    on_either(d, &next);
    assert_trail(&trail, "tried=ten next!bad");
    assert_failed(d, APR_EGENERAL, "not ten");
    deferreds->release(d);
}

/* Twisted: test_maybeDeferredAsync, test_maybeDeferredAsyncError */
static void an_attempt_may_wait(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t tried = MARK(&trail, "tried");
    crosstown_deferred_t *first = fresh(), *second = fresh();
    crosstown_deferred_t *d;

    tried.waits_for = first;
    d = deferreds->attempt(mark_link, NULL, &tried);
    assert_pending(d);
    fire(first, "success");
    assert_result(d, "success");
    deferreds->release(d);
    deferreds->release(first);

    tried.waits_for = second;
    d = deferreds->attempt(mark_link, NULL, &tried);
    break_it(second, "no success");
    assert_failed(d, APR_EGENERAL, "no success");
    deferreds->release(d);
    deferreds->release(second);
}

#define LEVELS 50

/* Each fires the next one, from its link. */
typedef struct levels_t {
    crosstown_deferred_t *all[LEVELS];
    int begun;
    int inside[LEVELS];              /* it had begun when that had ended */
    int tells_deadlock;
} levels_t;

static apr_status_t fire_next(crosstown_step_t *step, void *data)
{
    levels_t *levels = data;
    crosstown_result_t result = CROSSTOWN_RESULT_INIT;
    int level = levels->begun++;

    if (level + 1 < LEVELS) {
        deferreds->fire(levels->all[level + 1], "next");
        levels->inside[level] = levels->begun > level + 1;
        /* What is to run on this very thread is not waited for. */
        levels->tells_deadlock
            += deferreds->wait(levels->all[level + 1], SUPPORT_HOUR, &result)
               == APR_EDEADLK;
    }
    return APR_SUCCESS;
}

static void links_run_before_fire_returns_unless_very_deep(void **state)
{
    levels_t *levels = apr_pcalloc(*state, sizeof(*levels));
    int i;

    for (i = 0; i < LEVELS; ++i) {
        levels->all[i] = fresh();
        assert_int_equal(deferreds->add(levels->all[i], fire_next, levels,
                                        NULL, NULL), APR_SUCCESS);
    }
    fire(levels->all[0], "first");
    assert_int_equal(levels->begun, LEVELS);
    for (i = 0; i < 32; ++i) {
        assert_int_equal(levels->inside[i], 1);
    }
    assert_int_equal(levels->inside[32], 0);
    assert_int_equal(levels->tells_deadlock, LEVELS - 1 - 32);
    for (i = 0; i < LEVELS; ++i) {
        assert_result(levels->all[i], i == 0 ? "first" : "next");
        deferreds->release(levels->all[i]);
    }
}

/* A link at the deepest level fires several: they have their turns in that
 * order, and before what the link's own chain goes on with. */
typedef struct bottom_t {
    crosstown_deferred_t *levels[LEVELS];
    crosstown_deferred_t *several[3];
    int level;
    trail_t trail;
    mark_t marks[4];
} bottom_t;

static apr_status_t fire_several(crosstown_step_t *step, void *data)
{
    bottom_t *bottom = data;
    int i;

    if (++bottom->level < 33) {
        deferreds->fire(bottom->levels[bottom->level], "level");
    }
    else {
        for (i = 0; i < 3; ++i) {
            deferreds->fire(bottom->several[i], "x");
        }
        trail_add(&bottom->trail, "fired");
    }
    return APR_SUCCESS;
}

static void those_fired_very_deep_run_in_that_order(void **state)
{
    bottom_t *bottom = apr_pcalloc(*state, sizeof(*bottom));
    const trail_t empty = TRAIL_INIT;
    const char *names[] = { "1", "2", "3", "own" };
    int i;

    bottom->trail = empty;
    for (i = 0; i < 4; ++i) {
        const mark_t mark = MARK(&bottom->trail, names[i]);

        bottom->marks[i] = mark;
    }
    for (i = 0; i < 33; ++i) {
        bottom->levels[i] = fresh();
        deferreds->add(bottom->levels[i], fire_several, bottom, NULL, NULL);
    }
    on_result(bottom->levels[32], &bottom->marks[3]);
    for (i = 0; i < 3; ++i) {
        bottom->several[i] = fresh();
        on_result(bottom->several[i], &bottom->marks[i]);
    }
    fire(bottom->levels[0], "level");
    assert_trail(&bottom->trail, "fired 1=x 2=x 3=x own=level");
    for (i = 0; i < 33; ++i) {
        deferreds->release(bottom->levels[i]);
    }
    for (i = 0; i < 3; ++i) {
        deferreds->release(bottom->several[i]);
    }
}

/* Even there an attempt is made before it returns. */
static void count_attempt(crosstown_step_t *step, mark_t *mark)
{
    mark_t *tried = mark->context;
    crosstown_deferred_t *d = deferreds->attempt(mark_link, NULL, tried);

    assert_int_equal(tried->calls, 1);
    assert_result(d, "tried");
    deferreds->release(d);
}

static void an_attempt_is_made_however_deep(void **state)
{
    bottom_t *bottom = apr_pcalloc(*state, sizeof(*bottom));
    const trail_t empty = TRAIL_INIT;
    const mark_t new = MARK(NULL, "a");
    mark_t tried = MARK(NULL, "b");
    int i;

    tried.gives = "tried";
    bottom->trail = empty;
    for (i = 0; i < 33; ++i) {
        bottom->levels[i] = fresh();
        deferreds->add(bottom->levels[i], fire_several, bottom, NULL, NULL);
    }
    for (i = 0; i < 3; ++i) {
        bottom->several[i] = fresh();
    }
    bottom->marks[0] = new;
    bottom->marks[0].act = count_attempt;
    bottom->marks[0].context = &tried;
    on_result(bottom->levels[32], &bottom->marks[0]);
    fire(bottom->levels[0], "level");
    assert_int_equal(bottom->marks[0].calls, 1);
    for (i = 0; i < 33; ++i) {
        deferreds->release(bottom->levels[i]);
    }
    for (i = 0; i < 3; ++i) {
        deferreds->release(bottom->several[i]);
    }
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
        with_deferreds(an_attempt_that_goes_well_has_fired),
        with_deferreds(an_attempt_that_goes_wrong_has_failed),
        with_deferreds(an_attempt_may_wait),
        with_deferreds(links_run_before_fire_returns_unless_very_deep),
        with_deferreds(those_fired_very_deep_run_in_that_order),
        with_deferreds(an_attempt_is_made_however_deep),
    };

    return run_group("deferred: fire", tests);
}
