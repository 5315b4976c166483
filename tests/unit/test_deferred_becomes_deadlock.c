/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: waiting that can end when it begins, and later cannot any more. */
#include "support_waiter.h"

#include "support_calls.h"

#define DEEP 100

/* One that waits for another as soon as it is told to. */
typedef struct outer_t {
    crosstown_deferred_t *d;
    mark_t wait;
} outer_t;

static void outer_make(outer_t *outer)
{
    const mark_t wait = MARK(NULL, "wait");

    outer->d = fresh();
    outer->wait = wait;
    on_result(outer->d, &outer->wait);
}

static void outer_waits_for(outer_t *outer, crosstown_deferred_t *inner)
{
    outer->wait.waits_for = inner;
    fire(outer->d, "x");
}

static crosstown_deferred_t *called(mark_t *mark)
{
    crosstown_deferred_t *d = deferreds->call(NULL, mark_link, mark, NULL);

    assert_non_null(d);
    return d;
}

/* A thread of the pool is asleep. */
static void let_pool_wait(waiter_t *waiter, crosstown_deferred_t *d)
{
    waiter_start_in_pool(waiter, d);
    assert_true(waiter_reached(d));
}

static void the_pool_waits_for_what_comes_to_wait_for_the_pool(void **state)
{
    mark_t mark = MARK(NULL, "a");
    waiter_t waiter;
    crosstown_deferred_t *work;
    outer_t outer;

    outer_make(&outer);
    let_pool_wait(&waiter, outer.d);
    work = called(&mark);
    outer_waits_for(&outer, work);
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_EDEADLK);
    workers_run_one();
    assert_int_equal(wait_for_end(outer.d, NULL), APR_SUCCESS);
    deferreds->release(work);
    deferreds->release(outer.d);
}

/* Others that wait for the same are not disturbed by that, nor is the pool by
 * what does not need it. */
static void others_wait_on(void **state)
{
    mark_t mark = MARK(NULL, "a");
    waiter_t waiters[2];
    crosstown_deferred_t *work, *harmless = fresh();
    outer_t outer[2];

    outer_make(&outer[0]);
    outer_make(&outer[1]);
    let_pool_wait(&waiters[0], outer[0].d);
    waiter_start(&waiters[1], outer[1].d);
    assert_true(waiter_reached(outer[1].d));
    work = called(&mark);
    mark.gives = "worked";
    outer_waits_for(&outer[1], work);
    outer_waits_for(&outer[0], harmless);
    workers_run_one();
    fire(harmless, "harmless");
    waiter_join(&waiters[0]);
    waiter_join(&waiters[1]);
    assert_int_equal(waiters[0].rv, APR_SUCCESS);
    assert_string_equal(waiters[0].result.result, "harmless");
    assert_int_equal(waiters[1].rv, APR_SUCCESS);
    assert_string_equal(waiters[1].result.result, "worked");
    deferreds->release(work);
    deferreds->release(harmless);
    deferreds->release(outer[0].d);
    deferreds->release(outer[1].d);
}

static void a_member_of_a_gathering_comes_to_it(void **state)
{
    mark_t mark = MARK(NULL, "a");
    waiter_t waiter;
    crosstown_deferred_t *work, *inner, *gathering;
    crosstown_deferred_t *several[2];
    outer_t outer;

    outer_make(&outer);
    several[0] = several[1] = outer.d;
    inner = deferreds->gather(several, 2, CROSSTOWN_GATHER_ALL);
    several[0] = several[1] = inner;
    gathering = deferreds->gather(several, 2, CROSSTOWN_GATHER_ALL);
    let_pool_wait(&waiter, gathering);
    work = called(&mark);
    outer_waits_for(&outer, work);
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_EDEADLK);
    workers_run_one();
    assert_int_equal(wait_for_end(gathering, NULL), APR_SUCCESS);
    deferreds->release(work);
    deferreds->release(inner);
    deferreds->release(gathering);
    deferreds->release(outer.d);
}

/* Those that are over do not matter. */
static void a_gathering_may_be_left_with_others(void **state)
{
    mark_t mark = MARK(NULL, "a");
    crosstown_deferred_t *several[2] = { called(&mark), fresh() };
    crosstown_deferred_t *gathering = deferreds->gather(several, 2,
                                                        CROSSTOWN_GATHER_ALL);
    waiter_t waiter;

    workers_run_one();
    let_pool_wait(&waiter, gathering);
    fire(several[1], "x");
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_SUCCESS);
    deferreds->release(several[0]);
    deferreds->release(several[1]);
    deferreds->release(gathering);
}

typedef struct link_wait_t {
    waiter_t waiter;
    crosstown_deferred_t *d;
} link_wait_t;

static apr_status_t wait_in_link(crosstown_step_t *step, void *data)
{
    waiter_wait(data);
    return APR_SUCCESS;
}

static void *fire_with_a_waiting_link(void *data)
{
    link_wait_t *wait = data;

    deferreds->fire(wait->d, "x");
    return NULL;
}

/* The thread is inside a link of what the other comes to wait for. */
static void a_link_waits_for_what_comes_to_wait_for_it(void **state)
{
    link_wait_t wait = { WAITER(NULL, WAITER_PATIENCE), fresh() };
    pthread_t thread;
    outer_t outer;

    outer_make(&outer);
    wait.waiter.d = outer.d;
    assert_int_equal(deferreds->add(wait.d, wait_in_link, &wait.waiter, NULL,
                                    NULL), APR_SUCCESS);
    thread = own_thread(fire_with_a_waiting_link, &wait);
    assert_true(waiter_reached(outer.d));
    outer_waits_for(&outer, wait.d);
    pthread_join(thread, NULL);
    assert_int_equal(wait.waiter.rv, APR_EDEADLK);
    assert_int_equal(wait_for_end(outer.d, NULL), APR_SUCCESS);
    deferreds->release(wait.d);
    deferreds->release(outer.d);
}

/* However far away the pool is. */
static void a_hundred_levels_deep(void **state)
{
    mark_t mark = MARK(NULL, "a");
    waiter_t waiter;
    crosstown_deferred_t *work = called(&mark);
    outer_t outer[DEEP];
    int i;

    for (i = 0; i < DEEP; ++i) {
        outer_make(&outer[i]);
        outer_waits_for(&outer[i], i == 0 ? work : outer[i - 1].d);
    }
    waiter_start_in_pool(&waiter, outer[DEEP - 1].d);
    waiter_join(&waiter);
    assert_int_equal(waiter.rv, APR_EDEADLK);
    workers_run_one();
    for (i = 0; i < DEEP; ++i) {
        assert_int_equal(wait_for_end(outer[i].d, NULL), APR_SUCCESS);
        deferreds->release(outer[i].d);
    }
    deferreds->release(work);
}

#define POOL_THREADS 8

/* All threads of the pool wait for what only time can end. */
static void a_full_pool_waits_for_timeouts(void **state)
{
    waiter_t waiters[POOL_THREADS];
    int i;

    for (i = 0; i < POOL_THREADS; ++i) {
        crosstown_deferred_t *d = fresh();

        let_pool_wait(&waiters[i], d);
        assert_int_equal(deferreds->timeout(d, 2000), APR_SUCCESS);
    }
    for (i = 0; i < POOL_THREADS; ++i) {
        waiter_join(&waiters[i]);
        assert_int_equal(waiters[i].rv, APR_SUCCESS);
        assert_int_equal(waiters[i].result.status, APR_TIMEUP);
        deferreds->release(waiters[i].d);
    }
    assert_int_equal(workers_held(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(the_pool_waits_for_what_comes_to_wait_for_the_pool),
        with_deferreds(others_wait_on),
        with_deferreds(a_member_of_a_gathering_comes_to_it),
        with_deferreds(a_gathering_may_be_left_with_others),
        with_deferreds(a_link_waits_for_what_comes_to_wait_for_it),
        with_deferreds(a_hundred_levels_deep),
        with_deferreds(a_full_pool_waits_for_timeouts),
    };

    return run_group("deferred: becomes a deadlock", tests);
}
