/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: a gathering that is given up. */
#include "support_deferred.h"

static crosstown_result_t look_at(crosstown_deferred_t *d)
{
    crosstown_result_t result;

    memset(&result, 0, sizeof(result));
    result.size = sizeof(result);
    assert_int_equal(deferreds->wait(d, 0, &result), APR_SUCCESS);
    return result;
}

/* The failure has gone into the gathering, NULL is left. */
#define assert_given_up(d) assert_result(d, NULL)

/* A gathering of two; the first as the canceller has it. */
typedef struct pair_t {
    canceller_t canceller;
    crosstown_deferred_t *several[2];
    crosstown_deferred_t *d;
} pair_t;

static void pair_make(pair_t *pair, const char *first_fires,
                      crosstown_gather_e how)
{
    memset(pair, 0, sizeof(*pair));
    pair->canceller.fires = first_fires;
    pair->several[0] = cancellable(&pair->canceller);
    pair->several[1] = fresh();
    pair->d = deferreds->gather(pair->several, 2, how);
}

static void pair_release(pair_t *pair)
{
    deferreds->release(pair->several[0]);
    deferreds->release(pair->several[1]);
    deferreds->release(pair->d);
}

/* Twisted: test_cancelDeferredList */
static void all_are_cancelled(void **state)
{
    const crosstown_gathered_t *got;
    pair_t pair;

    pair_make(&pair, NULL, CROSSTOWN_GATHER_ALL);
    deferreds->cancel(pair.d);
    assert_int_equal(pair.canceller.calls, 1);
    assert_given_up(pair.several[0]);
    assert_given_up(pair.several[1]);
    got = look_at(pair.d).result;
    assert_non_null(got);
    assert_int_equal(got->results[0].status, CROSSTOWN_ECANCELED);
    assert_int_equal(got->results[1].status, CROSSTOWN_ECANCELED);
    pair_release(&pair);
}

/* Twisted: test_cancelDeferredListCallback */
static void one_of_all_fires_when_cancelled(void **state)
{
    const crosstown_gathered_t *got;
    pair_t pair;

    pair_make(&pair, "in a hurry", CROSSTOWN_GATHER_ALL);
    deferreds->cancel(pair.d);
    assert_given_up(pair.several[1]);
    got = look_at(pair.d).result;
    assert_non_null(got);
    assert_int_equal(got->results[0].status, APR_SUCCESS);
    assert_string_equal(got->results[0].result, "in a hurry");
    assert_int_equal(got->results[1].status, CROSSTOWN_ECANCELED);
    pair_release(&pair);
}

/* Twisted: test_cancelDeferredListWithFireOnOneCallback */
static void the_first_is_cancelled_with_all(void **state)
{
    pair_t pair;

    pair_make(&pair, NULL, CROSSTOWN_GATHER_FIRST);
    deferreds->cancel(pair.d);
    assert_given_up(pair.several[0]);
    assert_given_up(pair.several[1]);
    assert_failed(pair.d, CROSSTOWN_ECANCELED, NULL);
    pair_release(&pair);
}

/* Twisted: test_cancelDeferredListWithFireOnOneCallbackAndDeferredCallback */
static void the_first_may_come_by_being_cancelled(void **state)
{
    const crosstown_gathered_t *got;
    pair_t pair;

    pair_make(&pair, "in a hurry", CROSSTOWN_GATHER_FIRST);
    deferreds->cancel(pair.d);
    assert_given_up(pair.several[1]);
    got = look_at(pair.d).result;
    assert_non_null(got);
    assert_int_equal(got->index, 0);
    assert_string_equal(got->results[0].result, "in a hurry");
    pair_release(&pair);
}

/* Twisted: test_cancelDeferredListWithFireOnOneErrback,
 * test_cancelGatherResults */
static void each_is_cancelled(void **state)
{
    pair_t pair;

    pair_make(&pair, NULL, CROSSTOWN_GATHER_EACH);
    deferreds->cancel(pair.d);
    assert_int_equal(pair.canceller.calls, 1);
    assert_given_up(pair.several[0]);
    assert_given_up(pair.several[1]);
    assert_failed(pair.d, CROSSTOWN_ECANCELED, NULL);
    pair_release(&pair);
}

/* Twisted: test_cancelDeferredListWithFireOnOneErrbackAllDeferredsCallback,
 * test_cancelGatherResultsWithAllDeferredsCallback */
static void each_fires_when_cancelled(void **state)
{
    canceller_t cancellers[2] = { { 0, "1", NULL, NULL },
                                  { 0, "2", NULL, NULL } };
    crosstown_deferred_t *several[2] = { cancellable(&cancellers[0]),
                                         cancellable(&cancellers[1]) };
    crosstown_deferred_t *d = deferreds->gather(several, 2,
                                                CROSSTOWN_GATHER_EACH);
    const crosstown_gathered_t *got;

    deferreds->cancel(d);
    got = look_at(d).result;
    assert_non_null(got);
    assert_string_equal(got->results[0].result, "1");
    assert_string_equal(got->results[1].result, "2");
    deferreds->release(several[0]);
    deferreds->release(several[1]);
    deferreds->release(d);
}

/* Twisted: test_cancelDeferredListWithOriginalDeferreds */
static void only_what_was_gathered_is_cancelled(void **state)
{
    crosstown_deferred_t *several[2] = { fresh(), fresh() };
    crosstown_deferred_t *one = several[0], *two = several[1];
    crosstown_deferred_t *three = fresh();
    crosstown_deferred_t *d = deferreds->gather(several, 2,
                                                CROSSTOWN_GATHER_ALL);

    several[1] = three;
    deferreds->cancel(d);
    assert_given_up(one);
    assert_given_up(two);
    assert_pending(three);
    deferreds->release(one);
    deferreds->release(two);
    deferreds->release(three);
    deferreds->release(d);
}

/* Twisted: test_cancelFiredOnOneCallbackDeferredList */
static void cancelled_after_the_first_nothing_happens(void **state)
{
    pair_t pair;

    pair_make(&pair, NULL, CROSSTOWN_GATHER_FIRST);
    fire(pair.several[0], "1");
    deferreds->cancel(pair.d);
    assert_int_equal(pair.canceller.calls, 0);
    assert_pending(pair.several[1]);
    pair_release(&pair);
}

/* Twisted: test_cancelFiredOnOneErrbackDeferredList */
static void cancelled_after_a_failure_nothing_happens(void **state)
{
    pair_t pair;

    pair_make(&pair, NULL, CROSSTOWN_GATHER_EACH);
    break_it(pair.several[0], "test");
    deferreds->cancel(pair.d);
    assert_pending(pair.several[1]);
    assert_failed(pair.d, APR_EGENERAL, "test");
    pair_release(&pair);
}

/* Cancelling the first one lets go of the others while they are walked. */
static void cancelled_by_its_last_reference(void **state)
{
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *several[2] = { fresh(), fresh() };
    crosstown_deferred_t *d = deferreds->gather(several, 2,
                                                CROSSTOWN_GATHER_EACH);

    watch_memory(several[1], &gone);
    deferreds->release(several[1]);
    assert_int_equal(gone.opened, 0);
    deferreds->cancel(d);
    assert_given_up(several[0]);
    assert_failed(d, CROSSTOWN_ECANCELED, NULL);
    deferreds->release(several[0]);
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
    assert_unseen(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(all_are_cancelled),
        with_deferreds(one_of_all_fires_when_cancelled),
        with_deferreds(the_first_is_cancelled_with_all),
        with_deferreds(the_first_may_come_by_being_cancelled),
        with_deferreds(each_is_cancelled),
        with_deferreds(each_fires_when_cancelled),
        with_deferreds(only_what_was_gathered_is_cancelled),
        with_deferreds(cancelled_after_the_first_nothing_happens),
        with_deferreds(cancelled_after_a_failure_nothing_happens),
        with_deferreds(cancelled_by_its_last_reference),
    };

    return run_group("deferred: gather, cancelled", tests);
}
