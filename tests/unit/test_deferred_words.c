/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: a failure always has words, which live as long as somebody may
 * read them, and not longer. */
#include "support_deferred.h"

#include "deferred.h"

static apr_status_t say_it(crosstown_step_t *step, void *words)
{
    step->message = words;
    return APR_ENOENT;
}

static void words_are_copied(void **state)
{
    char words[] = "the cupboard is";
    crosstown_deferred_t *d = fresh(), *e = fired("x");
    crosstown_deferred_t *f = deferreds->failed(APR_ENOENT, words);

    assert_int_equal(deferreds->fail(d, APR_ENOENT, words), APR_SUCCESS);
    deferreds->add(e, say_it, words, NULL, NULL);
    memset(words, 'x', sizeof(words) - 1);
    assert_failed(d, APR_ENOENT, "the cupboard is");
    assert_failed(e, APR_ENOENT, "the cupboard is");
    assert_failed(f, APR_ENOENT, "the cupboard is");
    deferreds->release(d);
    deferreds->release(e);
    deferreds->release(f);
}

static apr_status_t say_nothing(crosstown_step_t *step, void *data)
{
    step->message = NULL;
    return APR_ENOENT;
}

static void without_words_those_of_the_status(void **state)
{
    crosstown_deferred_t *d = fresh(), *e = fired("x");
    crosstown_deferred_t *f = broken("other words");
    char words[80];

    apr_strerror(APR_ENOENT, words, sizeof(words));
    assert_int_equal(deferreds->fail(d, APR_ENOENT, NULL), APR_SUCCESS);
    assert_failed(d, APR_ENOENT, words);
    deferreds->add(e, say_nothing, NULL, NULL, NULL);
    assert_failed(e, APR_ENOENT, words);
    deferreds->add(f, NULL, NULL, say_nothing, NULL);
    assert_failed(f, APR_ENOENT, words);
    deferreds->release(d);
    deferreds->release(e);
    deferreds->release(f);
}

static void a_failure_is_never_a_success(void **state)
{
    crosstown_deferred_t *d = fresh();
    crosstown_deferred_t *e = deferreds->failed(APR_SUCCESS, "odd");

    assert_int_equal(deferreds->fail(d, APR_SUCCESS, "odd"), APR_SUCCESS);
    assert_failed(d, APR_EGENERAL, "odd");
    assert_failed(e, APR_EGENERAL, "odd");
    deferreds->release(e);
    deferreds->release(d);
}

/* The words that wait() has shown live as long as the deferred asked. */
static void words_outlive_the_next_link(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_result_t result;
    crosstown_deferred_t *d = broken("the first words");

    memset(&result, 0, sizeof(result));
    result.size = sizeof(result);
    assert_int_equal(deferreds->wait(d, 0, &result), APR_SUCCESS);
    mark.fails = APR_ENOENT;
    mark.says = "other words";
    on_failure(d, &mark);
    assert_failed(d, APR_ENOENT, "other words");
    assert_string_equal(result.message, "the first words");
    deferreds->release(d);
}

/* One that fails again and again has the last words only, but for those that
 * somebody was shown. */
static void words_that_nobody_was_shown_go_at_once(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *d = broken("first");

    mark.fails = APR_ENOENT;
    mark.says = "second";
    on_failure(d, &mark);
    assert_non_null(d->words);
    assert_null(d->words->older);
    assert_failed(d, APR_ENOENT, "second");
    mark.says = "third";
    on_failure(d, &mark);
    on_failure(d, &mark);
    assert_string_equal(d->words->older->text, "second");
    assert_null(d->words->older->older);
    assert_failed(d, APR_ENOENT, "third");
    deferreds->release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(words_are_copied),
        with_deferreds(without_words_those_of_the_status),
        with_deferreds(a_failure_is_never_a_success),
        with_deferreds(words_outlive_the_next_link),
        with_deferreds(words_that_nobody_was_shown_go_at_once),
    };

    return run_group("deferred: words", tests);
}
