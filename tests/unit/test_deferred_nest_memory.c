/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: one that waits for another, and who keeps whom. */
#include "support_deferred.h"

/* The reference that goes along is the link's to give: with it goes the
 * inner one's memory to whoever took the result. */
static void the_memory_goes_along(int fires_first)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    gate_t inner_gone = GATE_INIT, outer_gone = GATE_INIT;
    crosstown_deferred_t *inner = fresh(), *outer = fired("x");
    const char *letter;

    watch_memory(inner, &inner_gone);
    watch_memory(outer, &outer_gone);
    letter = apr_pstrdup(deferreds->pool(inner), "a long letter");
    wait.waits_for = inner;
    if (fires_first) {
        fire(inner, letter);
        on_result(outer, &wait);
    }
    else {
        on_result(outer, &wait);
        fire(inner, letter);
    }
    deferreds->release(inner);
    assert_int_equal(inner_gone.opened, 0);
    on_result(outer, &next);
    assert_trail(&trail, "wait=x next=a long letter");
    deferreds->release(outer);
    assert_int_equal(outer_gone.opened, 1);
    assert_int_equal(inner_gone.opened, 1);
}

static void the_memory_goes_along_with_the_result(void **state)
{
    the_memory_goes_along(0);
    the_memory_goes_along(1);
}

/* A link that fails does not wait: its reference is not lost either. */
static void a_failing_link_waits_for_nobody(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *other = fresh(), *d = fired("x");

    watch_memory(other, &gone);
    wait.waits_for = other;
    wait.fails = APR_EGENERAL;
    on_result(d, &wait);
    on_failure(d, &next);
    assert_trail(&trail, "wait=x next!bad");
    deferreds->release(other);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

/* Whoever was to fire the inner one has let go of it; each holds the other
 * until that is said. */
static void a_pair_that_nobody_can_fire_goes_when_cancelled(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    gate_t inner_gone = GATE_INIT, outer_gone = GATE_INIT;
    crosstown_deferred_t *inner = fresh(), *outer = fired("x");

    watch_memory(inner, &inner_gone);
    watch_memory(outer, &outer_gone);
    wait.waits_for = inner;
    on_result(outer, &wait);
    on_either(outer, &next);
    deferreds->release(inner);
    assert_int_equal(inner_gone.opened, 0);
    deferreds->cancel(outer);
    assert_trail(&trail, "wait=x next!cancelled");
    assert_int_equal(outer_gone.opened, 0);
    deferreds->release(outer);
    assert_int_equal(inner_gone.opened, 1);
    assert_int_equal(outer_gone.opened, 1);
}

/* Nobody but the one that waits knows the inner one, which will fire. */
static void who_waits_is_kept_until_it_has_run(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *inner = fresh(), *outer = fired("x");

    watch_memory(outer, &gone);
    wait.waits_for = inner;
    on_result(outer, &wait);
    on_result(outer, &next);
    deferreds->release(outer);
    fire(inner, "y");
    assert_trail(&trail, "wait=x next=y");
    assert_int_equal(gone.opened, 1);
    deferreds->release(inner);
}

/* Twisted: test_errorClearedByChaining */
static void an_errback_that_waits_has_seen_it(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait");
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *good = fresh(), *bad = broken("oh no");

    watch_memory(bad, &gone);
    wait.waits_for = good;
    on_failure(bad, &wait);
    assert_trail(&trail, "wait!bad");
    fire(good, NULL);
    deferreds->release(bad);
    deferreds->release(good);
    assert_unseen(0);
    assert_int_equal(gone.opened, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(the_memory_goes_along_with_the_result),
        with_deferreds(a_failing_link_waits_for_nobody),
        with_deferreds(a_pair_that_nobody_can_fire_goes_when_cancelled),
        with_deferreds(who_waits_is_kept_until_it_has_run),
        with_deferreds(an_errback_that_waits_has_seen_it),
    };

    return run_group("deferred: nesting, memory", tests);
}
