/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: a failure that nobody has seen is told once. */
#include "support_deferred.h"

/* Twisted: test_errorLog */
static void it_is_told_when_the_last_reference_goes(void **state)
{
    crosstown_deferred_t *d = fresh();

    break_it(d, "no flour");
    assert_unseen(0);
    deferreds->keep(d);
    deferreds->release(d);
    assert_unseen(0);
    deferreds->release(d);
    assert_unseen(1);
    assert_unseen_was(APR_EGENERAL, "no flour");
}

static void every_kind_of_failure_is_told(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d;

    deferreds->release(deferreds->failed(APR_ENOENT, "made failed"));
    assert_unseen(1);
    assert_unseen_was(APR_ENOENT, "made failed");

    mark.fails = APR_EACCES;
    mark.says = "by a link";
    d = fired("x");
    on_result(d, &mark);
    deferreds->release(d);
    assert_unseen(2);
    assert_unseen_was(APR_EACCES, "by a link");

    deferreds->release(deferreds->attempt(mark_link, NULL, &mark));
    assert_unseen(3);
    assert_unseen_was(APR_EACCES, "by a link");

    d = broken("first");
    on_failure(d, &mark);
    deferreds->release(d);
    assert_unseen(4);
    assert_unseen_was(APR_EACCES, "by a link");
}

static void a_failure_without_words_is_told_with_some(void **state)
{
    char words[80];

    apr_strerror(APR_ENOENT, words, sizeof(words));
    deferreds->release(deferreds->failed(APR_ENOENT, NULL));
    assert_unseen(1);
    assert_unseen_was(APR_ENOENT, words);
}

static void what_an_errback_has_mended_is_not_told(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = broken("x");

    on_failure(d, &mark);
    deferreds->release(d);
    d = fresh();
    on_either(d, &mark);
    break_it(d, "y");
    deferreds->release(d);
    assert_int_equal(mark.calls, 2);
    assert_unseen(0);
}

static void what_was_waited_for_is_not_told(void **state)
{
    crosstown_deferred_t *d = broken("x");

    assert_failed(d, APR_EGENERAL, "x");
    deferreds->release(d);
    assert_unseen(0);
}

/* A callback that it passes by has not seen it. */
static void a_callback_does_not_see_it(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = broken("x");

    on_result(d, &mark);
    assert_trail(&trail, "");
    deferreds->release(d);
    assert_unseen(1);
}

/* The same failure, handed on, has been seen by the errback it passed; what
 * a later callback makes of a mended one is a new one. */
static void a_new_failure_is_not_an_old_one(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mends = MARK(&trail, "mends"), breaks = MARK(&trail, "breaks");
    crosstown_deferred_t *d = broken("old");

    breaks.fails = APR_ENOENT;
    breaks.says = "new";
    on_failure(d, &mends);
    on_result(d, &breaks);
    deferreds->release(d);
    assert_unseen(1);
    assert_unseen_was(APR_ENOENT, "new");
}

/* Waited for, then failed again by a link added later. */
static void seen_before_is_not_seen_now(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = broken("old");

    assert_failed(d, APR_EGENERAL, "old");
    mark.fails = APR_ENOENT;
    mark.says = "new";
    on_failure(d, &mark);
    deferreds->release(d);
    assert_unseen(1);
    assert_unseen_was(APR_ENOENT, "new");
}

/* The one that waited has it now, and is the only one to be told of. */
static void a_failure_that_was_handed_on_is_told_once(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait");
    crosstown_deferred_t *inner = broken("x"), *outer = fired("y");
    crosstown_deferred_t *late = fresh();

    wait.waits_for = inner;
    on_result(outer, &wait);
    deferreds->release(inner);
    assert_unseen(0);
    deferreds->release(outer);
    assert_unseen(1);
    assert_unseen_was(APR_EGENERAL, "x");

    wait.waits_for = late;
    outer = fired("y");
    on_result(outer, &wait);
    deferreds->release(outer);
    break_it(late, "z");
    deferreds->release(late);
    assert_unseen(2);
    assert_unseen_was(APR_EGENERAL, "z");
}

static void what_never_fired_is_not_told(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = fresh();

    on_either(d, &mark);
    deferreds->release(d);
    assert_trail(&trail, "");
    deferreds->release(fired("x"));
    assert_unseen(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(it_is_told_when_the_last_reference_goes),
        with_deferreds(every_kind_of_failure_is_told),
        with_deferreds(a_failure_without_words_is_told_with_some),
        with_deferreds(what_an_errback_has_mended_is_not_told),
        with_deferreds(what_was_waited_for_is_not_told),
        with_deferreds(a_callback_does_not_see_it),
        with_deferreds(a_new_failure_is_not_an_old_one),
        with_deferreds(seen_before_is_not_seen_now),
        with_deferreds(a_failure_that_was_handed_on_is_told_once),
        with_deferreds(what_never_fired_is_not_told),
    };

    return run_group("deferred: unseen failures", tests);
}
