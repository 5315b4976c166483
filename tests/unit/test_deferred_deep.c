/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: long chains and deep nesting on a thread with a small stack: one
 * frame of a few words for each of them would end the program. */
#include "support_deferred.h"

#include <unistd.h>

#include "apr_errno.h"
#include "apr_strings.h"

#include "support_calls.h"

/* A sanitizer's frames are larger, and it takes ten times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MANY 20000
#define SMALL_STACK (512 * 1024)
#else
#define MANY 100000
#define SMALL_STACK (96 * 1024)
#endif

typedef struct deep_t {
    crosstown_deferred_t **all;      /* MANY, the outermost first */
    int calls;
    int next;
    int failed;                      /* what a thread may not assert */
    crosstown_result_t result;
    gate_t gone;
} deep_t;

static void *on_small_stack(void *(*run)(void *), deep_t *deep)
{
    long least = sysconf(_SC_THREAD_STACK_MIN);   /* 128 KB on arm64 */
    size_t size = least > SMALL_STACK ? (size_t)least : SMALL_STACK;
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstacksize(&attr, size), 0);
    assert_int_equal(pthread_create(&thread, &attr, run, deep), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
    return NULL;
}

static deep_t *deep_make(apr_pool_t *p)
{
    deep_t *deep = apr_pcalloc(p, sizeof(*deep));
    const gate_t closed = GATE_INIT;

    deep->gone = closed;
    deep->all = apr_pcalloc(p, MANY * sizeof(*deep->all));
    deep->result.size = sizeof(deep->result);
    return deep;
}

static void expect(deep_t *deep, int is_true)
{
    deep->failed += !is_true;
}

/* What became of the outermost. */
static void look_at(deep_t *deep)
{
    expect(deep, deferreds->wait(deep->all[0], 0, &deep->result)
                 == APR_SUCCESS);
}

static apr_status_t count(crosstown_step_t *step, void *data)
{
    deep_t *deep = data;

    ++deep->calls;
    return step->status;
}

static void *run_long(void *data)
{
    deep_t *deep = data;
    crosstown_deferred_t *d = deferreds->make(NULL, NULL);
    int i;

    deep->all[0] = d;
    for (i = 0; i < MANY; ++i) {
        expect(deep, deferreds->add_both(d, count, deep) == APR_SUCCESS);
    }
    deferreds->fire(d, "x");
    look_at(deep);
    deferreds->release(d);
    return NULL;
}

static void many_links_on_one_chain(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_long, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, MANY);
    assert_int_equal(deep->result.status, APR_SUCCESS);
}

static apr_status_t go_on(crosstown_step_t *step, void *data)
{
    deep_t *deep = data;

    if (++deep->calls < MANY) {
        expect(deep, deferreds->add_both(step->deferred, go_on, deep)
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
    look_at(deep);
    deferreds->release(deep->all[0]);
    return NULL;
}

/* A loop as a chain: each link adds the next, and waits once. */
static void a_chain_that_makes_itself(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_loop, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, MANY);
    assert_int_equal(deep->result.status, APR_SUCCESS);
}

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

    for (i = 0; i < MANY; ++i) {
        deep->all[i] = deferreds->succeeded("outer");
    }
    for (i = MANY - 1; i > 0; --i) {
        nest(deep, i);
    }
    look_at(deep);
    deferreds->release(deep->all[0]);
    return NULL;
}

static void many_that_have_fired_inside_each_other(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_fired, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, MANY - 1);
    assert_string_equal(deep->result.result, "outer");
}

/* From the outside in: each waits for one that has not come yet. */
static void build_waiting(deep_t *deep)
{
    int i;

    for (i = 0; i < MANY; ++i) {
        deep->all[i] = i < MANY - 1 ? deferreds->succeeded("outer")
                                    : deferreds->make(NULL, NULL);
    }
    for (i = MANY - 2; i >= 0; --i) {
        /* Its own count is the last to come. */
        nest(deep, i + 1);
        deferreds->add_both(deep->all[i], count, deep);
    }
}

static void *run_waiting(void *data)
{
    deep_t *deep = data;
    crosstown_deferred_t *innermost;

    build_waiting(deep);
    expect(deep, deep->calls == MANY - 1);
    innermost = deferreds->keep(deep->all[MANY - 1]);
    expect(deep, deferreds->wait(deep->all[0], 0, &deep->result)
                 == APR_TIMEUP);
    deferreds->fire(innermost, apr_pstrdup(deferreds->pool(innermost), "in"));
    deferreds->release(innermost);
    look_at(deep);
    expect(deep, deep->result.result
                 && strcmp(deep->result.result, "in") == 0);
    deferreds->release(deep->all[0]);
    return NULL;
}

/* Twisted: test_boundedStackDepth */
static void many_that_wait_for_each_other(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_waiting, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, 2 * (MANY - 1));
    assert_int_equal(deep->result.status, APR_SUCCESS);
}

static void *run_fired_in_order(void *data)
{
    deep_t *deep = data;
    int i;

    for (i = 0; i < MANY; ++i) {
        deep->all[i] = deferreds->make(NULL, NULL);
        if (i < MANY - 1) {
            deferreds->add(deep->all[i], wait_for_next, deep, NULL, NULL);
            deferreds->add_both(deep->all[i], count, deep);
        }
    }
    for (i = 0; i < MANY - 1; ++i) {
        deep->next = i + 1;
        deferreds->fire(deep->all[i], "outer");
    }
    deferreds->fail(deep->all[MANY - 1], APR_ENOENT, "in the innermost");
    look_at(deep);
    expect(deep, deep->result.message
                 && strcmp(deep->result.message, "in the innermost") == 0);
    deferreds->release(deep->all[0]);
    return NULL;
}

static void many_that_fire_from_the_outside_in(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_fired_in_order, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, 2 * (MANY - 1));
    assert_int_equal(deep->result.status, APR_ENOENT);
}

static void *run_cancelled(void *data)
{
    deep_t *deep = data;

    build_waiting(deep);
    deferreds->cancel(deep->all[0]);
    look_at(deep);
    deferreds->release(deep->all[0]);
    return NULL;
}

static void many_that_wait_are_cancelled(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_cancelled, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, 2 * (MANY - 1));
    assert_int_equal(deep->result.status, CROSSTOWN_ECANCELED);
}

static void *run_forgotten(void *data)
{
    deep_t *deep = data;

    build_waiting(deep);
    watch_memory(deep->all[MANY - 1], &deep->gone);
    deferreds->cancel(deep->all[0]);
    deferreds->release(deep->all[0]);
    return NULL;
}

/* Nobody is left who could fire the innermost; who knows that cancels. */
static void many_that_wait_are_let_go(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_forgotten, deep);
    assert_int_equal(deep->calls, 2 * (MANY - 1));
    assert_unseen(1);
    assert_int_equal(deep->gone.opened, 1);
}

static void *run_gathered(void *data)
{
    deep_t *deep = data;
    crosstown_deferred_t *d;
    int i;

    for (i = 0; i < MANY; ++i) {
        deep->all[i] = deferreds->make(NULL, NULL);
    }
    d = deferreds->gather(deep->all, MANY, CROSSTOWN_GATHER_EACH);
    deferreds->add_both(d, count, deep);
    for (i = MANY - 1; i >= 0; --i) {
        expect(deep, deep->calls == 0);
        deferreds->fire(deep->all[i], deep->all[i]);
        deferreds->release(deep->all[i]);
    }
    expect(deep, deferreds->wait(d, 0, &deep->result) == APR_SUCCESS);
    for (i = 0; i < MANY; ++i) {
        const crosstown_gathered_t *gathered = deep->result.result;

        expect(deep, gathered->results[i].result == deep->all[i]);
    }
    deferreds->release(d);
    return NULL;
}

static void many_are_gathered(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_gathered, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, 1);
}

static void *run_nested_gatherings(void *data)
{
    deep_t *deep = data;
    int i;

    deep->all[MANY - 1] = deferreds->make(NULL, NULL);
    watch_memory(deep->all[MANY - 1], &deep->gone);
    for (i = MANY - 2; i >= 0; --i) {
        deep->all[i] = deferreds->gather(&deep->all[i + 1], 1,
                                         CROSSTOWN_GATHER_EACH);
    }
    deferreds->fire(deep->all[MANY - 1], "x");
    look_at(deep);
    for (i = MANY - 1; i > 0; --i) {
        deferreds->release(deep->all[i]);
    }
    expect(deep, deep->gone.opened == 0);
    deferreds->release(deep->all[0]);
    return NULL;
}

/* Each keeps the one inside it: the last reference ends all of them. */
static void many_gatherings_inside_each_other(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_nested_gatherings, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->result.status, APR_SUCCESS);
    assert_int_equal(deep->gone.opened, 1);
}

/* Each link fires the next one, as often as there are any. */
static apr_status_t fire_next(crosstown_step_t *step, void *data)
{
    deep_t *deep = data;

    if (++deep->calls < MANY) {
        deferreds->fire(deep->all[deep->calls], "x");
    }
    return APR_SUCCESS;
}

static void *run_firing(void *data)
{
    deep_t *deep = data;
    int i;

    for (i = 0; i < MANY; ++i) {
        deep->all[i] = deferreds->make(NULL, NULL);
        deferreds->add(deep->all[i], fire_next, deep, NULL, NULL);
    }
    deferreds->fire(deep->all[0], "x");
    look_at(deep);
    for (i = 0; i < MANY; ++i) {
        deferreds->release(deep->all[i]);
    }
    return NULL;
}

static void many_that_fire_each_other(void **state)
{
    deep_t *deep = deep_make(*state);

    on_small_stack(run_firing, deep);
    assert_int_equal(deep->failed, 0);
    assert_int_equal(deep->calls, MANY);
    assert_int_equal(deep->result.status, APR_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(many_links_on_one_chain),
        with_deferreds(a_chain_that_makes_itself),
        with_deferreds(many_that_have_fired_inside_each_other),
        with_deferreds(many_that_wait_for_each_other),
        with_deferreds(many_that_fire_from_the_outside_in),
        with_deferreds(many_that_wait_are_cancelled),
        with_deferreds(many_that_wait_are_let_go),
        with_deferreds(many_are_gathered),
        with_deferreds(many_gatherings_inside_each_other),
        with_deferreds(many_that_fire_each_other),
    };

    return run_group("deferred: deep", tests);
}
