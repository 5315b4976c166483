/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: many that wait for each other, each for the next one inside it, on
 * a thread with a small stack. */
#include "support_deep.h"

/* The link of each one hands on the next one, for good. */
static apr_status_t wait_for_next(crosstown_step_t *step, void *data)
{
    deep_t *deep = data;

    ++deep->calls;
    step->wait_for = deep->all[deep->next];
    return APR_SUCCESS;
}

/* Each is given away to the one outside it. */
static void nest(deep_t *deep, int inner)
{
    deep->next = inner;
    deferreds->add(deep->all[inner - 1], wait_for_next, deep, NULL, NULL);
}

static void *run_fired(void *data)
{
    deep_t *deep = data;
    int i;

    for (i = 0; i < DEEP; ++i) {
        deep->all[i] = deferreds->succeeded("outer");
    }
    for (i = DEEP - 1; i > 0; --i) {
        nest(deep, i);
    }
    deep_look(deep);
    deferreds->release(deep->all[0]);
    return NULL;
}

static void many_that_have_fired_inside_each_other(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_fired, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, DEEP - 1);
    assert_string_equal(deep->result.result, "outer");
}

/* From the outside in: each waits for one that has not come yet. */
static void build_waiting(deep_t *deep)
{
    int i;

    for (i = 0; i < DEEP; ++i) {
        deep->all[i] = i < DEEP - 1 ? deferreds->succeeded("outer")
                                    : deferreds->make(NULL, NULL);
    }
    for (i = DEEP - 2; i >= 0; --i) {
        /* Its own count is the last to come. */
        nest(deep, i + 1);
        deferreds->add_both(deep->all[i], deep_count, deep);
    }
}

static void *run_waiting(void *data)
{
    deep_t *deep = data;
    crosstown_deferred_t *innermost;

    build_waiting(deep);
    deep_expect(deep, deep->calls == DEEP - 1);
    innermost = deferreds->keep(deep->all[DEEP - 1]);
    deep_expect(deep, deferreds->wait(deep->all[0], 0, &deep->result)
                      == APR_TIMEUP);
    deferreds->fire(innermost, apr_pstrdup(deferreds->pool(innermost), "in"));
    deferreds->release(innermost);
    deep_look(deep);
    deep_expect(deep, deep->result.result
                      && strcmp(deep->result.result, "in") == 0);
    deferreds->release(deep->all[0]);
    return NULL;
}

/* Twisted: test_boundedStackDepth */
static void many_that_wait_for_each_other(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_waiting, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, 2 * (DEEP - 1));
    assert_int_equal(deep->result.status, APR_SUCCESS);
}

static void *run_fired_in_order(void *data)
{
    deep_t *deep = data;
    int i;

    for (i = 0; i < DEEP; ++i) {
        deep->all[i] = deferreds->make(NULL, NULL);
        if (i < DEEP - 1) {
            deferreds->add(deep->all[i], wait_for_next, deep, NULL, NULL);
            deferreds->add_both(deep->all[i], deep_count, deep);
        }
    }
    for (i = 0; i < DEEP - 1; ++i) {
        deep->next = i + 1;
        deferreds->fire(deep->all[i], "outer");
    }
    deferreds->fail(deep->all[DEEP - 1], APR_ENOENT, "in the innermost");
    deep_look(deep);
    deep_expect(deep, deep->result.message
                      && strcmp(deep->result.message,
                                 "in the innermost") == 0);
    deferreds->release(deep->all[0]);
    return NULL;
}

static void many_that_fire_from_the_outside_in(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_fired_in_order, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, 2 * (DEEP - 1));
    assert_int_equal(deep->result.status, APR_ENOENT);
}

static void *run_cancelled(void *data)
{
    deep_t *deep = data;

    build_waiting(deep);
    deferreds->cancel(deep->all[0]);
    deep_look(deep);
    deferreds->release(deep->all[0]);
    return NULL;
}

static void many_that_wait_are_cancelled(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_cancelled, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, 2 * (DEEP - 1));
    assert_int_equal(deep->result.status, CROSSTOWN_ECANCELED);
}

static void *run_forgotten(void *data)
{
    deep_t *deep = data;

    build_waiting(deep);
    watch_memory(deep->all[DEEP - 1], &deep->gone);
    deferreds->cancel(deep->all[0]);
    deferreds->release(deep->all[0]);
    return NULL;
}

/* Nobody is left who could fire the innermost; who knows that cancels. */
static void many_that_wait_are_let_go(void **state)
{
    deep_t *deep = deep_make(*state);

    deep_run(run_forgotten, deep);
    assert_int_equal(deep->calls, 2 * (DEEP - 1));
    assert_unseen(1);
    assert_int_equal(deep->gone.opened, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(many_that_have_fired_inside_each_other),
        with_deferreds(many_that_wait_for_each_other),
        with_deferreds(many_that_fire_from_the_outside_in),
        with_deferreds(many_that_wait_are_cancelled),
        with_deferreds(many_that_wait_are_let_go),
    };

    return run_group("deferred: deep nesting", tests);
}
