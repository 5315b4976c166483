/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: links that hand on what becomes of another deferred. */
#include "support_deferred.h"

/* Twisted: test_synchronousImplicitChain */
static void one_that_has_fired_hands_its_result_on(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    crosstown_deferred_t *first = fired("first"), *second = fresh();

    wait.waits_for = first;
    on_result(second, &wait);
    on_result(second, &next);
    fire(second, "second");
    assert_trail(&trail, "wait=second next=first");
    assert_result(second, "first");
    deferreds->release(second);
    deferreds->release(first);
}

/* Twisted: test_asynchronousImplicitChain */
static void one_that_has_not_fired_is_waited_for(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    crosstown_deferred_t *first = fresh(), *second = fired("second");

    wait.waits_for = first;
    on_result(second, &wait);
    on_result(second, &next);
    assert_trail(&trail, "wait=second");
    assert_pending(second);
    fire(first, "first");
    assert_trail(&trail, "wait=second next=first");
    assert_result(second, "first");
    deferreds->release(second);
    deferreds->release(first);
}

/* The failure belongs to the one that waited: nobody logs it twice. Twisted:
 * test_synchronousImplicitErrorChain, test_asynchronousImplicitErrorChain,
 * test_chainedErrorCleanup */
static void a_failure_is_handed_on_with_its_words(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    mark_t skip = MARK(&trail, "skip");
    crosstown_deferred_t *first = broken("no eggs"), *second = fired("x");
    crosstown_deferred_t *third = fresh(), *fourth = fired("y");

    next.lets_pass = 1;
    wait.waits_for = first;
    on_result(second, &wait);
    on_result(second, &skip);
    on_failure(second, &next);
    assert_trail(&trail, "wait=x next!bad");
    deferreds->release(first);
    assert_failed(second, APR_EGENERAL, "no eggs");
    deferreds->release(second);

    wait.waits_for = third;
    on_result(fourth, &wait);
    on_failure(fourth, &next);
    break_it(third, "no butter");
    assert_trail(&trail, "wait=x next!bad wait=y next!bad");
    deferreds->release(third);
    assert_failed(fourth, APR_EGENERAL, "no butter");
    deferreds->release(fourth);
    assert_unseen(0);
}

static void an_errback_may_wait_too(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), next = MARK(&trail, "next");
    crosstown_deferred_t *other = fresh(), *d = broken("oh no");

    wait.waits_for = other;
    on_failure(d, &wait);
    on_either(d, &next);
    assert_pending(d);
    fire(other, "oh yes");
    assert_trail(&trail, "wait!bad next=oh yes");
    deferreds->release(other);
    deferreds->release(d);
    assert_unseen(0);
}

/* Twisted: test_doubleAsynchronousImplicitChaining */
static void waiting_is_transitive(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t one = MARK(&trail, "1"), two = MARK(&trail, "2");
    mark_t last = MARK(&trail, "last");
    crosstown_deferred_t *a = fresh(), *b = fresh(), *c = fresh();

    one.waits_for = a;
    two.waits_for = b;
    on_result(b, &one);
    on_result(c, &two);
    on_result(c, &last);
    fire(b, "b");
    fire(c, "c");
    assert_trail(&trail, "1=b 2=c");
    fire(a, "a");
    assert_trail(&trail, "1=b 2=c last=a");
    deferreds->release(c);
    deferreds->release(b);
    deferreds->release(a);
}

/* Outer waits for middle, which waits for inner: middle's own links run when
 * inner fires, before outer hears of it. Twisted:
 * test_innerCallbacksPreserved, test_nestedAsynchronousChainedDeferreds,
 * test_continueCallbackNotFirst, test_callbackOrderPreserved */
static void links_of_the_one_in_the_middle_come_first(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t start = MARK(&trail, "start"), first = MARK(&trail, "first");
    mark_t second = MARK(&trail, "second"), final = MARK(&trail, "final");
    crosstown_deferred_t *outer = fired("outer"), *middle = fired("middle");
    crosstown_deferred_t *inner = fresh();

    first.waits_for = inner;
    second.gives = "two oranges";
    start.waits_for = middle;
    on_result(middle, &first);
    on_result(middle, &second);
    on_result(outer, &start);
    on_result(outer, &final);
    assert_trail(&trail, "first=middle start=outer");
    fire(inner, "orange");
    assert_trail(&trail, "first=middle start=outer second=orange "
                         "final=two oranges");
    deferreds->release(inner);
    deferreds->release(middle);
    deferreds->release(outer);
}

/* Twisted: test_nestedAsynchronousChainedDeferredsWithExtraCallbacks */
static void links_of_the_inner_one_change_what_comes(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t start = MARK(&trail, "start"), change = MARK(&trail, "change");
    mark_t final = MARK(&trail, "final");
    crosstown_deferred_t *outer = fired("outer"), *inner = fresh();

    change.gives = "juice";
    start.waits_for = inner;
    on_result(inner, &change);
    on_result(outer, &start);
    on_result(outer, &final);
    fire(inner, "orange");
    assert_trail(&trail, "start=outer change=orange final=juice");
    deferreds->release(inner);
    deferreds->release(outer);
}

/* Twisted: test_resultOfDeferredResultOfDeferredOfFiredDeferredCalled */
static void the_one_in_the_middle_goes_on_afterwards(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t one = MARK(&trail, "1"), two = MARK(&trail, "2");
    mark_t late = MARK(&trail, "late");
    crosstown_deferred_t *a = fresh(), *b = fresh(), *c = fresh();

    one.waits_for = b;
    two.waits_for = c;
    on_result(a, &one);
    on_result(b, &two);
    fire(b, "b");
    fire(a, "a");
    fire(c, "c");
    assert_int_equal(late.calls, 0);
    on_either(b, &late);
    assert_int_equal(late.calls, 1);
    assert_result(a, "c");
    deferreds->release(c);
    deferreds->release(b);
    deferreds->release(a);
}

static void a_chain_may_wait_several_times(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t one = MARK(&trail, "1"), two = MARK(&trail, "2");
    mark_t last = MARK(&trail, "last");
    crosstown_deferred_t *d = fired("d"), *a = fresh(), *b = fresh();

    one.waits_for = a;
    two.waits_for = b;
    on_result(d, &one);
    on_result(d, &two);
    on_result(d, &last);
    fire(b, "b");
    assert_trail(&trail, "1=d");
    fire(a, "a");
    assert_trail(&trail, "1=d 2=a last=b");
    deferreds->release(b);
    deferreds->release(a);
    deferreds->release(d);
}

/* Twisted: test_circularChainWarning, test_circularChainException */
static void nobody_waits_for_itself(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t self = MARK(&trail, "self"), next = MARK(&trail, "next");
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fresh();

    watch_memory(d, &gone);
    self.waits_for = d;
    next.lets_pass = 1;
    on_result(d, &self);
    on_failure(d, &next);
    fire(d, "x");
    assert_int_equal(next.calls, 1);
    assert_failed(d, APR_EDEADLK, NULL);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

static void nor_do_two_for_each_other(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t one = MARK(&trail, "1"), two = MARK(&trail, "2");
    gate_t gone[2] = { GATE_INIT, GATE_INIT };
    crosstown_deferred_t *a = fired("a"), *b = fresh();

    watch_memory(a, &gone[0]);
    watch_memory(b, &gone[1]);
    one.waits_for = b;
    two.waits_for = a;
    on_result(b, &two);
    on_result(a, &one);
    fire(b, "b");
    assert_failed(a, APR_EDEADLK, NULL);
    deferreds->release(a);
    deferreds->release(b);
    unseen_ignore();
    assert_int_equal(gone[0].opened, 1);
    assert_int_equal(gone[1].opened, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(one_that_has_fired_hands_its_result_on),
        with_deferreds(one_that_has_not_fired_is_waited_for),
        with_deferreds(a_failure_is_handed_on_with_its_words),
        with_deferreds(an_errback_may_wait_too),
        with_deferreds(waiting_is_transitive),
        with_deferreds(links_of_the_one_in_the_middle_come_first),
        with_deferreds(links_of_the_inner_one_change_what_comes),
        with_deferreds(the_one_in_the_middle_goes_on_afterwards),
        with_deferreds(a_chain_may_wait_several_times),
        with_deferreds(nobody_waits_for_itself),
        with_deferreds(nor_do_two_for_each_other),
    };

    return run_group("deferred: nesting", tests);
}
