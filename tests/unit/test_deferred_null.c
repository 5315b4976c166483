/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: where NULL is legal nothing happens, elsewhere it is refused. */
#include "support_deferred.h"

static void a_deferred_may_be_null(void **state)
{
    apr_pool_t *pool = *state;
    crosstown_result_t result = CROSSTOWN_RESULT_INIT;
    char id[CROSSTOWN_STASH_ID_SIZE];
    mark_t mark = MARK(NULL, "a");

    assert_null(deferreds->keep(NULL));
    assert_null(deferreds->own(NULL, pool));
    assert_null(deferreds->pool(NULL));
    assert_null(deferreds->reply(NULL, 200, NULL, NULL));
    deferreds->release(NULL);
    deferreds->cancel(NULL);
    deferreds->pause(NULL);
    deferreds->resume(NULL);
    assert_int_equal(deferreds->add(NULL, mark_link, &mark, NULL, NULL),
                     APR_ENOMEM);
    assert_int_equal(deferreds->add_both(NULL, mark_link, &mark), APR_ENOMEM);
    assert_int_equal(deferreds->add_links(NULL, NULL, NULL), APR_ENOMEM);
    assert_int_equal(deferreds->fire(NULL, "x"), APR_EINVAL);
    assert_int_equal(deferreds->fail(NULL, APR_EGENERAL, "x"), APR_EINVAL);
    assert_int_equal(deferreds->timeout(NULL, SUPPORT_HOUR), APR_EINVAL);
    assert_int_equal(deferreds->wait(NULL, 0, &result), APR_EINVAL);
    assert_int_equal(deferreds->stash(NULL, id), APR_EINVAL);
    assert_int_equal(mark.calls, 0);
}

static void a_table_of_links_may_not(void **state)
{
    crosstown_deferred_t *d = fresh();

    assert_int_equal(deferreds->add_links(d, NULL, NULL), APR_EINVAL);
    fire(d, "x");
    assert_result(d, "x");
    deferreds->release(d);
}

static void links_may_be(void **state)
{
    crosstown_deferred_t *d = fired("x");

    assert_int_equal(deferreds->add(d, NULL, NULL, NULL, NULL), APR_SUCCESS);
    assert_int_equal(deferreds->add_both(d, NULL, NULL), APR_SUCCESS);
    assert_result(d, "x");
    deferreds->release(d);
}

static void a_function_may_not(void **state)
{
    crosstown_deferred_t *d = deferreds->attempt(NULL, "x", NULL);

    assert_failed(d, APR_EINVAL, NULL);
    deferreds->release(d);
    d = deferreds->call(NULL, NULL, NULL, NULL);
    assert_failed(d, APR_EINVAL, NULL);
    deferreds->release(d);
}

static void several_may_not(void **state)
{
    static const crosstown_gather_e how[] = {
        CROSSTOWN_GATHER_ALL, CROSSTOWN_GATHER_EACH, CROSSTOWN_GATHER_FIRST
    };
    int i;

    for (i = 0; i < 3; ++i) {
        crosstown_deferred_t *d = deferreds->gather(NULL, 3, how[i]);

        assert_failed(d, APR_EINVAL, NULL);
        deferreds->release(d);
    }
}

static void one_of_several_counts_as_without_memory(void **state)
{
    crosstown_deferred_t *several[2] = { NULL, fired("x") };
    crosstown_deferred_t *d = deferreds->gather(several, 2,
                                                CROSSTOWN_GATHER_ALL);
    const crosstown_gathered_t *gathered = what_fired(d);

    assert_int_equal(gathered->results[0].status, APR_ENOMEM);
    assert_non_null(gathered->results[0].message);
    assert_string_equal(gathered->results[1].result, "x");
    deferreds->release(d);
    d = deferreds->gather(several, 2, CROSSTOWN_GATHER_EACH);
    assert_failed(d, APR_ENOMEM, NULL);
    deferreds->release(d);
    deferreds->release(several[1]);
}

static void ids_and_places_for_them(void **state)
{
    crosstown_deferred_t *d = fired("x"), *taken = d;
    char id[CROSSTOWN_STASH_ID_SIZE];

    assert_int_equal(deferreds->stash(d, NULL), APR_EINVAL);
    assert_int_equal(deferreds->retrieve(NULL, &taken), APR_NOTFOUND);
    assert_null(taken);
    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    assert_int_equal(deferreds->retrieve(id, NULL), APR_EINVAL);
    assert_int_equal(deferreds->retrieve(id, &taken), APR_SUCCESS);
    assert_ptr_equal(taken, d);
    deferreds->release(taken);
    deferreds->release(d);
}

/* By their newer names. */
static void results_and_words_may_be(void **state)
{
    crosstown_deferred_t *well = deferreds->make_fired(NULL);
    crosstown_deferred_t *badly = deferreds->make_failed(APR_ENOENT, NULL);

    assert_result(well, NULL);
    assert_failed(badly, APR_ENOENT, NULL);
    deferreds->release(well);
    deferreds->release(badly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(a_deferred_may_be_null),
        with_deferreds(a_table_of_links_may_not),
        with_deferreds(links_may_be),
        with_deferreds(a_function_may_not),
        with_deferreds(several_may_not),
        with_deferreds(one_of_several_counts_as_without_memory),
        with_deferreds(ids_and_places_for_them),
        with_deferreds(results_and_words_may_be),
    };

    return run_group("deferred: NULL", tests);
}
