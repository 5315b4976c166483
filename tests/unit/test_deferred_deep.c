/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: long chains, and many that are gathered or fire each other, on a
 * thread with a small stack. */
#include "support_deep.h"

static void *run_long(void *data)
{
    deep_t *deep = data;
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);
    int i;

    deep->all[0] = d;
    for (i = 0; i < DEEP; ++i) {
        deep_expect(deep, deferreds->add_both(d, deep_count, deep)
                          == APR_SUCCESS);
    }
    deferreds->fire(d, "x");
    deep_look(deep);
    deferreds->release(d);
    return NULL;
}

static void many_links_on_one_chain(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_long, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, DEEP);
    assert_int_equal(deep->result.status, APR_SUCCESS);
}

static apr_status_t go_on(crosstown_step_t *step, void *data)
{
    deep_t *deep = data;

    if (++deep->calls < DEEP) {
        deep_expect(deep, deferreds->add_both(step->deferred, go_on, deep)
                          == APR_SUCCESS);
        step->wait_for = deferreds->succeeded("x");
    }
    return step->status;
}

static void *run_loop(void *data)
{
    deep_t *deep = data;

    deep->all[0] = deferreds->succeeded("x");
    deferreds->add_both(deep->all[0], go_on, deep);
    deep_look(deep);
    deferreds->release(deep->all[0]);
    return NULL;
}

/* A loop as a chain: each link adds the next, and waits once. */
static void a_chain_that_makes_itself(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_loop, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, DEEP);
    assert_int_equal(deep->result.status, APR_SUCCESS);
}

static void *run_gathered(void *data)
{
    deep_t *deep = data;
    crosstown_deferred_t *d;
    int i;

    for (i = 0; i < DEEP; ++i) {
        deep->all[i] = deferreds->make(NULL, NULL);
    }
    d = deferreds->gather(deep->all, DEEP, CROSSTOWN_GATHER_EACH);
    deferreds->add_both(d, deep_count, deep);
    for (i = DEEP - 1; i >= 0; --i) {
        deep_expect(deep, deep->calls == 0);
        deferreds->fire(deep->all[i], deep->all[i]);
        deferreds->release(deep->all[i]);
    }
    deep_expect(deep, deferreds->wait(d, 0, &deep->result) == APR_SUCCESS);
    for (i = 0; i < DEEP; ++i) {
        const crosstown_gathered_t *got = deep->result.result;

        deep_expect(deep, got->results[i].result == deep->all[i]);
    }
    deferreds->release(d);
    return NULL;
}

static void many_are_gathered(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_gathered, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, 1);
}

static void *run_nested_gatherings(void *data)
{
    deep_t *deep = data;
    int i;

    deep->all[DEEP - 1] = deferreds->make(NULL, NULL);
    watch_memory(deep->all[DEEP - 1], &deep->gone);
    for (i = DEEP - 2; i >= 0; --i) {
        deep->all[i] = deferreds->gather(&deep->all[i + 1], 1,
                                         CROSSTOWN_GATHER_EACH);
    }
    deferreds->fire(deep->all[DEEP - 1], "x");
    deep_look(deep);
    for (i = DEEP - 1; i > 0; --i) {
        deferreds->release(deep->all[i]);
    }
    deep_expect(deep, deep->gone.opened == 0);
    deferreds->release(deep->all[0]);
    return NULL;
}

/* Each keeps the one inside it: the last reference ends all of them. */
static void many_gatherings_inside_each_other(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_nested_gatherings, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->result.status, APR_SUCCESS);
    assert_int_equal(deep->gone.opened, 1);
}

/* Each link fires the next one, as often as there are any. */
static apr_status_t fire_next(crosstown_step_t *step, void *data)
{
    deep_t *deep = data;

    if (++deep->calls < DEEP) {
        deferreds->fire(deep->all[deep->calls], "x");
    }
    return APR_SUCCESS;
}

static void *run_firing(void *data)
{
    deep_t *deep = data;
    int i;

    for (i = 0; i < DEEP; ++i) {
        deep->all[i] = deferreds->make(NULL, NULL);
        deferreds->add(deep->all[i], fire_next, deep, NULL, NULL);
    }
    deferreds->fire(deep->all[0], "x");
    deep_look(deep);
    for (i = 0; i < DEEP; ++i) {
        deferreds->release(deep->all[i]);
    }
    return NULL;
}

static void many_that_fire_each_other(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_firing, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, DEEP);
    assert_int_equal(deep->result.status, APR_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(many_links_on_one_chain),
        with_deferreds(a_chain_that_makes_itself),
        with_deferreds(many_are_gathered),
        with_deferreds(many_gatherings_inside_each_other),
        with_deferreds(many_that_fire_each_other),
    };

    return run_group("deferred: deep", tests);
}
