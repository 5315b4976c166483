/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: an attempt: a function that is called at once, and what became of
 * it as a deferred. */
#include "support_deferred.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(an_attempt_that_goes_well_has_fired),
        with_deferreds(an_attempt_that_goes_wrong_has_failed),
        with_deferreds(an_attempt_may_wait),
    };

    return run_group("deferred: attempt", tests);
}
