/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: one for several: with what it fires, and when. */
#include "support_deferred.h"

static void release_all(crosstown_deferred_t **several, int count)
{
    while (count > 0) {
        deferreds->release(several[--count]);
    }
}

/* Twisted: testDeferredList */
static void all_of_them_in_the_order_given(void **state)
{
    crosstown_deferred_t *several[3] = { fresh(), fresh(), fresh() };
    crosstown_deferred_t *d = deferreds->gather(several, 3,
                                                CROSSTOWN_GATHER_ALL);
    const crosstown_gathered_t *got;

    assert_pending(d);
    fire(several[2], "3");
    break_it(several[1], "2");
    assert_pending(d);
    fire(several[0], "1");
    got = gathered(d);
    assert_int_equal(got->size, sizeof(*got));
    assert_int_equal(got->count, 3);
    assert_gathered(got, 0, "1");
    assert_int_equal(got->results[1].status, APR_EGENERAL);
    assert_string_equal(got->results[1].message, "2");
    assert_null(got->results[1].result);
    assert_gathered(got, 2, "3");
    assert_null(got->results[2].message);
    release_all(several, 3);
    deferreds->release(d);
    assert_unseen(0);
}

static void all_of_one(void **state)
{
    crosstown_deferred_t *one = fresh();
    crosstown_deferred_t *d = deferreds->gather(&one, 1,
                                                CROSSTOWN_GATHER_ALL);

    fire(one, "1");
    assert_int_equal(gathered(d)->count, 1);
    assert_gathered(gathered(d), 0, "1");
    deferreds->release(one);
    deferreds->release(d);
}

/* Twisted: testEmptyDeferredList, testDeferredListEmpty */
static void none_at_all(void **state)
{
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d;

    d = deferreds->gather(NULL, 0, CROSSTOWN_GATHER_ALL);
    assert_int_equal(gathered(d)->count, 0);
    watch_memory(d, &gone);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
    d = deferreds->gather(NULL, 0, CROSSTOWN_GATHER_EACH);
    assert_int_equal(gathered(d)->count, 0);
    deferreds->release(d);
    d = deferreds->gather(NULL, 0, CROSSTOWN_GATHER_FIRST);
    assert_failed(d, APR_EINVAL, NULL);
    deferreds->release(d);
}

/* Twisted: testDeferredListFireOnOneError */
static void each_fails_with_the_first_failure_at_once(void **state)
{
    crosstown_deferred_t *several[3] = { fresh(), fresh(), fresh() };
    crosstown_deferred_t *d = deferreds->gather(several, 3,
                                                CROSSTOWN_GATHER_EACH);

    fire(several[0], "1");
    assert_pending(d);
    break_it(several[1], "from the second");
    assert_failed(d, APR_EGENERAL, "from the second");
    assert_int_equal(deferreds->fail(several[2], APR_ENOENT, "third"),
                     APR_SUCCESS);
    assert_failed(d, APR_EGENERAL, "from the second");
    release_all(several, 3);
    deferreds->release(d);
}

/* Twisted: test_gatherResults */
static void each_of_them_went_well(void **state)
{
    crosstown_deferred_t *several[2] = { fired("1"), fired("2") };
    crosstown_deferred_t *d = deferreds->gather(several, 2,
                                                CROSSTOWN_GATHER_EACH);

    assert_int_equal(gathered(d)->count, 2);
    assert_gathered(gathered(d), 0, "1");
    assert_gathered(gathered(d), 1, "2");
    deferreds->release(d);
    release_all(several, 2);

    several[0] = fired("1");
    several[1] = broken("two");
    d = deferreds->gather(several, 2, CROSSTOWN_GATHER_EACH);
    assert_failed(d, APR_EGENERAL, "two");
    deferreds->release(d);
    release_all(several, 2);
}

/* Twisted: testDeferredListFireOnOneErrorWithAlreadyFiredDeferreds */
static void each_of_those_that_have_failed_before(void **state)
{
    crosstown_deferred_t *several[2] = { broken("bang"), fresh() };
    crosstown_deferred_t *d = deferreds->gather(several, 2,
                                                CROSSTOWN_GATHER_EACH);

    assert_failed(d, APR_EGENERAL, "bang");
    deferreds->release(d);
    release_all(several, 2);
}

/* Twisted: testDeferredListWithAlreadyFiredDeferreds */
static void all_of_those_that_have_fired_before(void **state)
{
    crosstown_deferred_t *several[2] = { broken("bang"), fired("2") };
    crosstown_deferred_t *d = deferreds->gather(several, 2,
                                                CROSSTOWN_GATHER_ALL);

    assert_int_equal(gathered(d)->results[0].status, APR_EGENERAL);
    assert_string_equal(gathered(d)->results[0].message, "bang");
    assert_gathered(gathered(d), 1, "2");
    release_all(several, 2);
    deferreds->release(d);
    assert_unseen(0);
}

/* Twisted: testDeferredListConsumeErrors, test_gatherResultsWithConsumeErrors
 */
static void a_failure_ends_with_the_gathering(crosstown_gather_e how)
{
    trail_t trail = TRAIL_INIT;
    mark_t before = MARK(&trail, "before"), after = MARK(&trail, "after");
    crosstown_deferred_t *one = fresh();
    crosstown_deferred_t *d;

    before.lets_pass = 1;
    on_failure(one, &before);
    d = deferreds->gather(&one, 1, how);
    on_either(one, &after);
    break_it(one, "bang");
    assert_trail(&trail, "before!bad after=-");
    if (how == CROSSTOWN_GATHER_ALL) {
        assert_int_equal(gathered(d)->results[0].status, APR_EGENERAL);
        assert_string_equal(gathered(d)->results[0].message, "bang");
    }
    else {
        assert_failed(d, APR_EGENERAL, "bang");
    }
    deferreds->release(one);
    deferreds->release(d);
    assert_unseen(0);
}

static void a_failure_is_taken_out_of_the_chain(void **state)
{
    a_failure_ends_with_the_gathering(CROSSTOWN_GATHER_ALL);
    a_failure_ends_with_the_gathering(CROSSTOWN_GATHER_EACH);
    a_failure_ends_with_the_gathering(CROSSTOWN_GATHER_FIRST);
}

static void a_result_is_left_in_the_chain(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t after = MARK(&trail, "after");
    crosstown_deferred_t *one = fresh();
    crosstown_deferred_t *d = deferreds->gather(&one, 1,
                                                CROSSTOWN_GATHER_EACH);

    on_either(one, &after);
    fire(one, "1");
    assert_trail(&trail, "after=1");
    assert_result(one, "1");
    deferreds->release(one);
    deferreds->release(d);
}

static void the_first_that_goes_well(void **state)
{
    crosstown_deferred_t *several[3] = { fresh(), fresh(), fresh() };
    crosstown_deferred_t *d = deferreds->gather(several, 3,
                                                CROSSTOWN_GATHER_FIRST);
    const crosstown_gathered_t *got;

    break_it(several[2], "three");
    assert_pending(d);
    fire(several[1], "2");
    got = gathered(d);
    assert_int_equal(got->count, 3);
    assert_int_equal(got->index, 1);
    assert_int_equal(got->results[0].status, APR_INCOMPLETE);
    assert_gathered(got, 1, "2");
    assert_int_equal(got->results[2].status, APR_EGENERAL);
    assert_string_equal(got->results[2].message, "three");
    /* What comes too late changes nothing. */
    fire(several[0], "1");
    assert_int_equal(gathered(d)->index, 1);
    assert_result(several[0], "1");
    release_all(several, 3);
    deferreds->release(d);
}

static void no_first_if_none_goes_well(void **state)
{
    crosstown_deferred_t *several[2] = { fresh(), fresh() };
    crosstown_deferred_t *d = deferreds->gather(several, 2,
                                                CROSSTOWN_GATHER_FIRST);

    break_it(several[1], "one");
    assert_pending(d);
    assert_int_equal(deferreds->fail(several[0], APR_ENOENT, "the last"),
                     APR_SUCCESS);
    assert_failed(d, APR_ENOENT, "the last");
    release_all(several, 2);
    deferreds->release(d);
}

static void the_first_of_those_that_have_fired(void **state)
{
    crosstown_deferred_t *several[3] = { fresh(), fired("2"), fired("3") };
    crosstown_deferred_t *d = deferreds->gather(several, 3,
                                                CROSSTOWN_GATHER_FIRST);

    assert_int_equal(gathered(d)->index, 1);
    assert_gathered(gathered(d), 1, "2");
    release_all(several, 3);
    deferreds->release(d);
}

static void the_same_one_twice(void **state)
{
    crosstown_deferred_t *one = fresh(), *other = fresh();
    crosstown_deferred_t *several[4] = { one, other, one, one };
    crosstown_deferred_t *d = deferreds->gather(several, 4,
                                                CROSSTOWN_GATHER_ALL);

    fire(one, "1");
    assert_pending(d);
    fire(other, "2");
    assert_int_equal(gathered(d)->count, 4);
    assert_gathered(gathered(d), 0, "1");
    assert_gathered(gathered(d), 1, "2");
    assert_gathered(gathered(d), 2, "1");
    assert_gathered(gathered(d), 3, "1");
    deferreds->release(one);
    deferreds->release(other);
    deferreds->release(d);
}

static void gatherings_may_be_gathered(void **state)
{
    crosstown_deferred_t *inner = fresh();
    crosstown_deferred_t *middle = deferreds->gather(&inner, 1,
                                                     CROSSTOWN_GATHER_EACH);
    crosstown_deferred_t *d = deferreds->gather(&middle, 1,
                                                CROSSTOWN_GATHER_EACH);
    const crosstown_gathered_t *got;

    fire(inner, "1");
    got = gathered(d)->results[0].result;
    assert_gathered(got, 0, "1");
    deferreds->release(inner);
    deferreds->release(middle);
    deferreds->release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(all_of_them_in_the_order_given),
        with_deferreds(all_of_one),
        with_deferreds(none_at_all),
        with_deferreds(each_fails_with_the_first_failure_at_once),
        with_deferreds(each_of_them_went_well),
        with_deferreds(each_of_those_that_have_failed_before),
        with_deferreds(all_of_those_that_have_fired_before),
        with_deferreds(a_failure_is_taken_out_of_the_chain),
        with_deferreds(a_result_is_left_in_the_chain),
        with_deferreds(the_first_that_goes_well),
        with_deferreds(no_first_if_none_goes_well),
        with_deferreds(the_first_of_those_that_have_fired),
        with_deferreds(the_same_one_twice),
        with_deferreds(gatherings_may_be_gathered),
    };

    return run_group("deferred: gather", tests);
}
