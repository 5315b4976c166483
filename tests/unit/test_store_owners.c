/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that are killed: what they had comes back, what they had not
 * does not. Whom their death is blamed on is test_store_poison.c's. */
#include "support_store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void put_three_and_wait(keeper_t *keeper)
{
    keeper_put(keeper, "a");
    keeper_put(keeper, "b");
    ct_store_end(keeper->store, keeper_put(keeper, "done"), CT_ENDING_DONE, 1,
                 0, NULL);
    keeper_await_number(keeper, "SELECT count(*) FROM task", 2);
    keeper_ready();
}

static void test_tasks_of_the_killed_come_back(void **state)
{
    keeper_t *keeper = *state;

    keeper_fork_and_kill(keeper, put_three_and_wait);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                                           " WHERE state = 1"), 2);
    keeper_let(keeper, 10);
    keeper_open(keeper);
    keeper_await_started(keeper, 1);
    assert_int_equal(keeper->tasks[0].recovered, 1);
    assert_int_equal(keeper->tasks[0].attempt, 1);
    /* One at a time: either may have been it. */
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                                           " WHERE state = 1"), 1);
    ct_store_end(keeper->store, keeper->tasks[0].id, CT_ENDING_DONE, 1, 0,
                 NULL);
    keeper_await_started(keeper, 2);
    assert_true(keeper->tasks[0].id != keeper->tasks[1].id);
    keeper_await(keeper, CT_STORE_ADOPTED, 1);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM owner"), 1);
}

static void end_two_of_three_while_nobody_can_write(keeper_t *keeper)
{
    apr_int64_t first = keeper_put(keeper, "first");
    apr_int64_t last;

    keeper_put(keeper, "runs");
    last = keeper_put(keeper, "last");
    keeper_lock(keeper);
    ct_store_end(keeper->store, first, CT_ENDING_DONE, 1, 0, NULL);
    ct_store_end(keeper->store, last, CT_ENDING_DONE, 1, 0, NULL);
    keeper_ready();
}

/* Who kills a process finds what was over at that moment over. */
static void test_what_has_ended_does_not_come_back(void **state)
{
    keeper_t *keeper = *state;

    keeper_fork_and_kill(keeper, end_two_of_three_while_nobody_can_write);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"), 3);
    keeper_let(keeper, 10);
    keeper_open(keeper);
    keeper_await_started(keeper, 1);
    assert_string_equal(keeper->tasks[0].payload, "runs");
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"), 1);
}

static void put_and_live(keeper_t *keeper)
{
    keeper_put(keeper, "living");
    for (;;) {
        pause();
    }
}

/* A killed process' task is in nobody's way. */
static void test_suspects_hold_nobody_up(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t kept = task_of("innocent");

    keeper_fork_and_kill(keeper, put_three_and_wait);
    keeper_let(keeper, 10);
    keeper_open(keeper);
    keeper_await_started(keeper, 1);
    kept.owned = 0;
    assert_int_equal(ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE),
                     APR_SUCCESS);
    keeper_await_started(keeper, 2);
    assert_string_equal(keeper->tasks[1].payload, "innocent");
    assert_int_equal(keeper->tasks[1].recovered, 0);
}

/* Whose process lives, keeps his. */
static void test_the_living_keep_theirs(void **state)
{
    keeper_t *keeper = *state;
    pid_t living = keeper_fork(keeper, put_and_live);

    keeper_await_number(keeper, "SELECT count(*) FROM task", 1);
    keeper_fork_and_kill(keeper, keeper_put_one_and_wait);
    keeper_let(keeper, 10);
    keeper_open(keeper);
    keeper_await_started(keeper, 1);
    assert_string_equal(keeper->tasks[0].payload, "a");
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE CAST(payload AS TEXT) = 'living'"
                     " AND state = 1 AND recovered = 0"), 1);
    kill(living, SIGKILL);
    waitpid(living, NULL, 0);
    ct_store_end(keeper->store, keeper->tasks[0].id, CT_ENDING_DONE, 1, 0,
                 NULL);
    keeper_await_started(keeper, 2);
    assert_string_equal(keeper->tasks[1].payload, "living");
}

/* ---- many ---- */

#define MANY 1700

static void put_many_and_wait(keeper_t *keeper)
{
    ct_kept_t kept[100];
    int i;

    for (i = 0; i < 100; ++i) {
        kept[i] = task_of("p");
    }
    for (i = 0; i < MANY; i += 100) {
        must(ct_store_put(keeper->store, kept, 100, KEEPER_PATIENCE)
             == APR_SUCCESS);
    }
    keeper_ready();
}

static void test_many_come_back_in_steps(void **state)
{
    keeper_t *keeper = *state;

    keeper_fork_and_kill(keeper, put_many_and_wait);
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_ADOPTED, 1);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE state = 0 AND owner IS NULL AND recovered = 1"),
                     MANY);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM owner"), 1);
}

/* More than are looked at in a step. */
#define WAITING 12000

static void put_two_round_many_that_wait(keeper_t *keeper)
{
    ct_kept_t kept[100];
    int i;

    for (i = 0; i < 100; ++i) {
        kept[i] = task_of("waits");
        kept[i].owned = 0;
        kept[i].not_before = apr_time_from_sec(4000000000);
    }
    keeper_put(keeper, "first");
    for (i = 0; i < WAITING; i += 100) {
        must(ct_store_put(keeper->store, kept, 100, KEEPER_PATIENCE)
             == APR_SUCCESS);
    }
    keeper_put(keeper, "last");
    keeper_ready();
}

static void test_some_among_many_come_back(void **state)
{
    keeper_t *keeper = *state;

    keeper_fork_and_kill(keeper, put_two_round_many_that_wait);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                                           " WHERE state = 1"), 2);
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_ADOPTED, 1);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE state = 0 AND owner IS NULL AND recovered = 1"),
                     2);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE state = 0 AND recovered = 0"), WAITING);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM owner"), 1);
}

/* Several that come at once share what they find. */
static void take_all(keeper_t *keeper)
{
    int i;

    for (i = 0; i < 40; ++i) {
        apr_time_t until = apr_time_now() + KEEPER_PATIENCE;
        int started = 0;

        while (started <= i && apr_time_now() < until) {
            pthread_mutex_lock(&keeper->lock);
            started = keeper->started;
            pthread_mutex_unlock(&keeper->lock);
            if (keeper_number(keeper, "SELECT count(*) FROM task") == 0) {
                return;
            }
            apr_sleep(1000);
        }
        ct_store_end(keeper->store, keeper->tasks[i].id, CT_ENDING_DONE, 1, 0,
                     NULL);
    }
}

static void put_some_and_wait(keeper_t *keeper)
{
    int i;

    for (i = 0; i < 40; ++i) {
        keeper_put(keeper, "p");
    }
    keeper_ready();
}

static void test_several_adopt_at_once(void **state)
{
    keeper_t *keeper = *state;
    pid_t pids[4];
    int status;
    int i;

    keeper_fork_and_kill(keeper, put_some_and_wait);
    keeper_let(keeper, 1000);
    for (i = 0; i < 4; ++i) {
        pids[i] = keeper_fork(keeper, take_all);
    }
    for (i = 0; i < 4; ++i) {
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"), 0);
    keeper_assert_sound(keeper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_tasks_of_the_killed_come_back),
        with_keeper(test_what_has_ended_does_not_come_back),
        with_keeper(test_suspects_hold_nobody_up),
        with_keeper(test_the_living_keep_theirs),
        with_keeper(test_many_come_back_in_steps),
        with_keeper(test_some_among_many_come_back),
        with_keeper(test_several_adopt_at_once),
    };

    return run_group("store: owners", tests);
}
