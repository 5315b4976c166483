/* SPDX-License-Identifier: Apache-2.0 */
/* recall: words that were read once say the same as when they are read. */
#include "support.h"

#include "apr_strings.h"
#include "apr_thread_proc.h"
#include "statuses.h"

#define WORDS 100                    /* far more than are remembered */
#define ROUNDS 20
#define THREADS 4

static const char *nth(int n, apr_pool_t *p)
{
    return apr_psprintf(p, "%d-%d", 100 + n % 50, 300 + n);
}

static int says_the_same(const char *words, apr_pool_t *p)
{
    ct_statuses_t read, recalled;

    return !ct_statuses_parse(&read, words, p)
           && !ct_statuses_recall(&recalled, words, p)
           && memcmp(&read, &recalled, sizeof(read)) == 0;
}

static void again_and_again(void **state)
{
    int n;

    for (n = 0; n < WORDS * ROUNDS; ++n) {
        assert_true(says_the_same(nth(n % WORDS, *state), *state));
    }
}

static void long_words(void **state)
{
    char words[256];
    apr_size_t length;

    for (length = 3; length + 4 < sizeof(words); length += 4) {
        memcpy(words + length - 3, "404 ", 5);
        assert_true(says_the_same(words, *state));
        assert_true(says_the_same(words, *state));
    }
}

/* The end of what was kept is not the end of what was asked. */
static void words_that_begin_alike(void **state)
{
    assert_true(says_the_same("404", *state));
    assert_true(says_the_same("404 405", *state));
    assert_true(says_the_same("404", *state));
    assert_true(says_the_same("40", *state) == 0);
}

static void wrong_words_stay_wrong(void **state)
{
    ct_statuses_t set;
    int n;

    for (n = 0; n < 3; ++n) {
        assert_non_null(ct_statuses_recall(&set, "6xx", *state));
        assert_non_null(ct_statuses_recall(&set, "", *state));
    }
}

static void *APR_THREAD_FUNC recall_all(apr_thread_t *thread, void *wrong)
{
    apr_pool_t *p = apr_thread_pool_get(thread);
    int n;

    for (n = 0; n < WORDS * ROUNDS; ++n) {
        *(int *)wrong += !says_the_same(nth(n * 7 % WORDS, p), p);
    }
    return NULL;
}

static void by_several_threads(void **state)
{
    apr_thread_t *threads[THREADS];
    int wrong[THREADS] = { 0 };
    apr_status_t rv;
    int i;

    for (i = 0; i < THREADS; ++i) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, recall_all,
                                           &wrong[i], *state), APR_SUCCESS);
    }
    for (i = 0; i < THREADS; ++i) {
        apr_thread_join(&rv, threads[i]);
        assert_int_equal(wrong[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(by_several_threads),   /* first: nothing is kept yet */
        with_pool(again_and_again),
        with_pool(long_words),
        with_pool(words_that_begin_alike),
        with_pool(wrong_words_stay_wrong),
    };

    return run_group("recall", tests);
}
