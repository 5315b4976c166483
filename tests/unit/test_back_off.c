/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that finds nothing to take while others take tasks faster than a
 * thread is woken: it backs off, and nobody is called to be in their way. Two
 * workers, of which one is inside "a"; the other becomes idle after "b". */
#include "support.h"

#include "workers.h"
#include "support_calls.h"
#include "support_rounds.h"

#define NOW apr_time_from_sec(1000)

typedef struct scene_t {
    journal_t *journal;
    ct_dispatcher_t *d;
    gate_t leave[2];                     /* for "a" and "b" */
    deed_t deeds[5];
    int made;                            /* threads, with these two */
    int rounds;
} scene_t;

static apr_time_t clock_that_stands_still(void)
{
    return NOW;
}

/* As if others had taken so many in so many microseconds, since whoever runs
 * has looked. */
static void others_took(ct_dispatcher_t *d, apr_uint32_t tasks,
                        apr_interval_time_t time)
{
    apr_uint32_t i;

    ct_workers_lock(d);
    for (i = 0; i < d->slots; ++i) {
        d->workers[i].seen = d->arrivals.taken;
        d->workers[i].since = NOW - time;
    }
    d->arrivals.taken += tasks;
    ct_workers_unlock(d);
}

static void prepare(scene_t *scene, apr_pool_t *p, int threads)
{
    static const scene_t none = {
        NULL, NULL, { GATE_INIT, GATE_INIT },
        { DEED("a"), DEED("b"), DEED("c"), DEED("d"), DEED("e") }, 0, 0
    };
    int before = threads_made();

    *scene = none;
    scene->journal = journal_make(p);
    scene->d = dispatcher_of(scene->journal, 2, (apr_uint32_t)threads);
    scene->d->settings.now = clock_that_stands_still;
    scene->deeds[0].leave = &scene->leave[0];
    scene->deeds[1].leave = &scene->leave[1];
    assert_int_equal(push_plan(scene->d, p, scene->journal, scene->deeds,
                               "pp"), APR_SUCCESS);
    assert_true(journal_reached(scene->journal, NOTED_START, 2));
    scene->made = threads_made();
    assert_int_equal(scene->made - before, 2);
    scene->rounds = rounds_made();
}

/* Open the gate; then one backs off, and is held at it. */
static void let_back_off(gate_t *leave, gate_t *reached, gate_t *go)
{
    rounds_hold(reached, go);
    gate_open(leave);
    assert_true(gate_reached(reached, 1));
}

static void push_one(scene_t *scene, apr_pool_t *p, int which)
{
    assert_int_equal(push_plan(scene->d, p, scene->journal,
                               &scene->deeds[which], "p"), APR_SUCCESS);
}

static void over(scene_t *scene, int tasks)
{
    gate_open(&scene->leave[0]);
    assert_true(journal_reached(scene->journal, NOTED_END, tasks));
    finish(scene->d);
}

/* What comes is not told to a third; the one that backs off takes it when the
 * others have ceased to. */
static void who_backs_off_is_relied_on(void **state)
{
    gate_t reached = GATE_INIT, go = GATE_INIT;
    scene_t scene;

    prepare(&scene, *state, 3);
    others_took(scene.d, 10, 100);
    let_back_off(&scene.leave[1], &reached, &go);
    assert_int_equal(searching_now(scene.d), 1);
    push_one(&scene, *state, 2);
    assert_int_equal(searching_now(scene.d), 1);
    gate_open(&go);
    assert_true(journal_reached(scene.journal, NOTED_END, 2));
    assert_ended(scene.journal, "c", CROSSTOWN_RAN);
    assert_int_equal(threads_made(), scene.made);
    over(&scene, 3);
}

static void it_takes_nothing_while_others_do(void **state)
{
    gate_t reached[2] = { GATE_INIT, GATE_INIT };
    gate_t go[2] = { GATE_INIT, GATE_INIT };
    scene_t scene;

    prepare(&scene, *state, 2);
    others_took(scene.d, 10, 100);
    let_back_off(&scene.leave[1], &reached[0], &go[0]);
    push_one(&scene, *state, 2);
    others_took(scene.d, 5, 50);
    let_back_off(&go[0], &reached[1], &go[1]);
    assert_int_equal(journal_count(scene.journal, NOTED_START, "c"), 0);
    others_took(scene.d, 4, 50);
    gate_open(&go[1]);
    assert_true(journal_reached(scene.journal, NOTED_END, 2));
    assert_ended(scene.journal, "c", CROSSTOWN_RAN);
    over(&scene, 3);
}

/* Else nobody would be awake. */
static void one_backs_off_and_no_other(void **state)
{
    gate_t reached = GATE_INIT, go = GATE_INIT;
    scene_t scene;

    prepare(&scene, *state, 2);
    others_took(scene.d, 10, 100);
    let_back_off(&scene.leave[1], &reached, &go);
    assert_int_equal(rounds_made(), scene.rounds);
    others_took(scene.d, 10, 100);
    gate_open(&scene.leave[0]);
    assert_true(workers_reached(scene.d, 2, 1));
    assert_true(rounds_made() > scene.rounds);
    assert_int_equal(searching_now(scene.d), 1);
    others_took(scene.d, 0, 100);
    gate_open(&go);
    assert_true(workers_reached(scene.d, 2, 2));
    over(&scene, 2);
}

static void nobody_backs_off_if_others_take_their_time(void **state)
{
    scene_t scene;

    prepare(&scene, *state, 2);
    others_took(scene.d, 9, 100);
    (void)longest_nap();
    gate_open(&scene.leave[1]);
    assert_true(workers_reached(scene.d, 2, 1));
    assert_int_equal(longest_nap(), 0);
    assert_true(rounds_made() > scene.rounds);
    over(&scene, 2);
}

/* Its own tasks do not count. */
static void nobody_backs_off_from_himself(void **state)
{
    scene_t scene;
    int i;

    prepare(&scene, *state, 2);
    others_took(scene.d, 0, 0);
    (void)longest_nap();
    gate_open(&scene.leave[1]);
    for (i = 2; i < 5; ++i) {
        assert_true(workers_reached(scene.d, 2, 1));
        push_one(&scene, *state, i);
        assert_true(journal_reached(scene.journal, NOTED_END, i));
    }
    assert_true(workers_reached(scene.d, 2, 1));
    assert_int_equal(longest_nap(), 0);
    over(&scene, 5);
}

static void a_drain_ends_it(void **state)
{
    gate_t reached = GATE_INIT, go = GATE_INIT;
    ct_drained_t drained;
    scene_t scene;

    prepare(&scene, *state, 2);
    others_took(scene.d, 10, 100);
    let_back_off(&scene.leave[1], &reached, &go);
    ct_dispatcher_drain(scene.d, 0, &drained);
    assert_int_equal(drained.left_running, 1);
    others_took(scene.d, 10, 100);
    gate_open(&go);
    gate_open(&scene.leave[0]);
    ct_dispatcher_destroy(scene.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(who_backs_off_is_relied_on),
        with_pool(it_takes_nothing_while_others_do),
        with_pool(one_backs_off_and_no_other),
        with_pool(nobody_backs_off_if_others_take_their_time),
        with_pool(nobody_backs_off_from_himself),
        with_pool(a_drain_ends_it),
    };

    return run_group("back_off", tests);
}
