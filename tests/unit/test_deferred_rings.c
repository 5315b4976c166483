/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: rings of deferreds that wait for each other, however long, and
 * whoever closes them. */
#include "support_deferred.h"

#include "support_calls.h"

#define LONG_RING 100

/* One of a ring: its link waits for the next one. */
typedef struct part_t {
    crosstown_deferred_t *d;
    crosstown_deferred_t *next;
    apr_status_t failed;             /* with that, its next link was told */
    pthread_barrier_t *all_are_there;
    pthread_t thread;
} part_t;

static apr_status_t wait_for_next(crosstown_step_t *step, void *data)
{
    part_t *part = data;

    step->wait_for = deferreds->keep(part->next);
    return APR_SUCCESS;
}

static apr_status_t note_failure(crosstown_step_t *step, void *data)
{
    part_t *part = data;

    part->failed = step->status;
    return step->status;
}

static void part_waits(part_t *part, crosstown_deferred_t *next)
{
    part->next = next;
    part->failed = APR_SUCCESS;
    assert_int_equal(deferreds->add(part->d, wait_for_next, part, NULL, NULL),
                     APR_SUCCESS);
    assert_int_equal(deferreds->add(part->d, NULL, NULL, note_failure, part),
                     APR_SUCCESS);
}

static void ring_make(part_t *parts, int count)
{
    int i;

    for (i = 0; i < count; ++i) {
        parts[i].d = fresh();
    }
    for (i = 0; i < count; ++i) {
        part_waits(&parts[i], parts[(i + 1) % count].d);
    }
}

/* The failure of the one that would have waited for itself goes round. */
static void assert_broken(part_t *parts, int count)
{
    int i;

    for (i = 0; i < count; ++i) {
        (void)wait_for_end(parts[i].d, NULL);
        assert_int_equal(parts[i].failed, APR_EDEADLK);
    }
}

static void ring_release(part_t *parts, int count)
{
    int i;

    for (i = 0; i < count; ++i) {
        deferreds->release(parts[i].d);
    }
}

static void a_long_one_is_found(void **state)
{
    part_t parts[LONG_RING];
    int i;

    ring_make(parts, LONG_RING);
    for (i = 0; i < LONG_RING; ++i) {
        fire(parts[i].d, "x");
    }
    assert_broken(parts, LONG_RING);
    ring_release(parts, LONG_RING);
}

/* Fired in this order each link but the last waits for one that has a ring's
 * part behind it already. */
static void a_long_one_is_found_from_the_other_end(void **state)
{
    part_t parts[LONG_RING];
    int i;

    ring_make(parts, LONG_RING);
    for (i = LONG_RING - 1; i >= 0; --i) {
        fire(parts[i].d, "x");
    }
    assert_broken(parts, LONG_RING);
    ring_release(parts, LONG_RING);
}

static apr_status_t recover(crosstown_step_t *step, void *data)
{
    ++*(int *)data;
    step->result = "recovered";
    return APR_SUCCESS;
}

/* Who closes it fails; the others get what becomes of that. */
static void one_may_recover_for_all(void **state)
{
    part_t parts[3];
    int recovered = 0;
    int i;

    ring_make(parts, 3);
    assert_int_equal(deferreds->add(parts[2].d, NULL, NULL, recover,
                                    &recovered), APR_SUCCESS);
    for (i = 0; i < 3; ++i) {
        fire(parts[i].d, "x");
    }
    assert_int_equal(recovered, 1);
    assert_int_equal(parts[2].failed, APR_EDEADLK);
    assert_int_equal(parts[1].failed, APR_SUCCESS);
    /* Who waits for another takes its result over: the last has it. */
    assert_result(parts[0].d, "recovered");
    ring_release(parts, 3);
}

/* One outside waits for a ring, and is not a part of it. It came first: the
 * failure is taken over by it. */
static void who_waits_for_a_ring_gets_its_failure(void **state)
{
    part_t parts[3];
    part_t outside[2] = { { .d = fresh() }, { .d = fresh() } };
    int i;

    ring_make(parts, 3);
    part_waits(&outside[0], outside[1].d);
    part_waits(&outside[1], parts[1].d);
    fire(outside[0].d, "x");
    fire(outside[1].d, "x");
    for (i = 0; i < 3; ++i) {
        fire(parts[i].d, "x");
    }
    assert_broken(outside, 2);
    assert_broken(parts + 1, 2);
    assert_result(parts[0].d, NULL);
    ring_release(parts, 3);
    ring_release(outside, 2);
}

/* Who closes it stands behind other links of the one it would wait for, and
 * behind others that wait for that. */
static void who_stands_behind_others_is_taken_out(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    part_t parts[2], others[6];
    int i;

    ring_make(parts, 2);
    for (i = 0; i < 6; ++i) {
        others[i].d = fresh();
        part_waits(&others[i], parts[0].d);
        fire(others[i].d, "x");
        on_result(parts[0].d, &mark);
    }
    fire(parts[0].d, "x");
    assert_trail(&trail, "");
    fire(parts[1].d, "x");
    assert_int_equal(parts[1].failed, APR_EDEADLK);
    assert_int_equal(parts[0].failed, APR_EDEADLK);
    assert_int_equal(others[0].failed, APR_EDEADLK);
    for (i = 0; i < 6; ++i) {
        assert_int_equal(wait_for_end(others[i].d, NULL),
                         i == 0 ? APR_EDEADLK : APR_SUCCESS);
        deferreds->release(others[i].d);
    }
    assert_int_equal(mark.calls, 6);
    ring_release(parts, 2);
}

static void *close_ring(void *data)
{
    part_t *part = data;

    pthread_barrier_wait(part->all_are_there);
    deferreds->fire(part->d, "x");
    return NULL;
}

#define MOST_THREADS 6

static void closed_at_once(int threads, int rounds)
{
    pthread_barrier_t barrier;
    part_t parts[MOST_THREADS];

    assert_int_equal(pthread_barrier_init(&barrier, NULL, threads), 0);
    for (; rounds > 0; --rounds) {
        int i;

        ring_make(parts, threads);
        for (i = 0; i < threads; ++i) {
            parts[i].all_are_there = &barrier;
            parts[i].thread = own_thread(close_ring, &parts[i]);
        }
        for (i = 0; i < threads; ++i) {
            pthread_join(parts[i].thread, NULL);
        }
        assert_broken(parts, threads);
        ring_release(parts, threads);
    }
    pthread_barrier_destroy(&barrier);
}

static void two_threads_close_one_at_once(void **state)
{
    closed_at_once(2, 3000);
}

static void six_threads_close_one_at_once(void **state)
{
    closed_at_once(MOST_THREADS, 1000);
}

/* It is closed when the links run, not when it fires. */
static void a_pause_in_a_ring_changes_nothing(void **state)
{
    part_t parts[2];

    ring_make(parts, 2);
    deferreds->pause(parts[1].d);
    fire(parts[0].d, "x");
    fire(parts[1].d, "x");
    assert_pending(parts[0].d);
    deferreds->resume(parts[1].d);
    assert_broken(parts, 2);
    ring_release(parts, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(a_long_one_is_found),
        with_deferreds(a_long_one_is_found_from_the_other_end),
        with_deferreds(one_may_recover_for_all),
        with_deferreds(who_waits_for_a_ring_gets_its_failure),
        with_deferreds(a_pause_in_a_ring_changes_nothing),
        with_deferreds(who_stands_behind_others_is_taken_out),
        with_deferreds(two_threads_close_one_at_once),
        with_deferreds(six_threads_close_one_at_once),
    };

    return run_group("deferred: rings", tests);
}
