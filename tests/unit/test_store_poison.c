/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the death of a process is blamed on: a task that had begun, which then
 * waits, and ends when that happens again and again; nobody else. */
#include "support_store.h"

#include "rows.h"

static void take_one_and_die(keeper_t *keeper)
{
    keeper_await_started(keeper, 1);
    ct_store_begin(keeper->store, keeper->tasks[0].id, KEEPER_PATIENCE);
    keeper_ready();
}

/* Who is blamed waits; nobody here wants to. */
static void adopt_from_the_dead(keeper_t *keeper)
{
    int times = keeper_told(keeper, CT_STORE_ADOPTED);

    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_ADOPTED, times + 1);
    keeper_close(keeper);
    keeper_run(keeper, "UPDATE task SET not_before = 0");
}

static void take_one_and_wait(keeper_t *keeper)
{
    keeper_await_started(keeper, 1);
    keeper_ready();
}

/* It was taken and had no thread yet when others took its process along. */
static void test_who_has_not_begun_is_not_blamed(void **state)
{
    keeper_t *keeper = *state;
    int i;

    keeper_fork_and_kill(keeper, keeper_put_one_and_wait);
    keeper_let(keeper, 10);
    for (i = 0; i < 5; ++i) {
        keeper_fork_and_kill(keeper, take_one_and_wait);
    }
    keeper_fork_and_kill(keeper, take_one_and_die);
    adopt_from_the_dead(keeper);
    keeper_open(keeper);
    keeper_await_started(keeper, 1);
    assert_int_equal(keeper_told(keeper, CT_STORE_POISON), 0);
    assert_int_equal(keeper->tasks[0].recovered, 2);
    assert_int_equal(keeper->tasks[0].attempt, 2);
}

/* A further attempt that was taken, and maybe not begun: nobody is blamed. */
static void test_no_attempt_without_blame(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;

    keeper_open(keeper);
    id = keeper_put(keeper, "again");
    ct_store_end(keeper->store, id, CT_ENDING_RETRY, 7, 0, "no");
    keeper_close(keeper);
    keeper_let(keeper, 10);
    keeper_fork_and_kill(keeper, take_one_and_wait);
    keeper_open(keeper);
    keeper_await_started(keeper, 1);
    assert_int_equal(keeper->tasks[0].recovered, 1);
    assert_int_equal(keeper->tasks[0].attempt, 8);
}

/* Children that die in a row may do so for any reason: who was blamed is not
 * the first to begin in the next one, and the second time waits for longer. */
static void test_who_is_blamed_waits(void **state)
{
    static const char waits[] =
        "SELECT not_before FROM task WHERE state = 0 AND recovered > 1";
    keeper_t *keeper = *state;
    apr_time_t died;

    keeper_fork_and_kill(keeper, keeper_put_one_and_wait);
    keeper_let(keeper, 10);
    keeper_fork_and_kill(keeper, take_one_and_die);
    died = apr_time_now();
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_ADOPTED, 1);
    keeper_close(keeper);
    assert_true(keeper_number(keeper, waits) >= died / 1000 + 1000);
    keeper_fork_and_kill(keeper, take_one_and_die);
    assert_true(apr_time_now() - died >= APR_USEC_PER_SEC);
    died = apr_time_now();
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_ADOPTED, 2);
    keeper_close(keeper);
    assert_true(keeper_number(keeper, waits) >= died / 1000 + 4000);
}

static void test_poison_ends(void **state)
{
    keeper_t *keeper = *state;
    int i;

    keeper_fork_and_kill(keeper, keeper_put_one_and_wait);
    keeper_let(keeper, 10);
    for (i = 1; i < CT_ROWS_CRASHES; ++i) {
        keeper_fork_and_kill(keeper, take_one_and_die);
        adopt_from_the_dead(keeper);
    }
    keeper_fork_and_kill(keeper, take_one_and_die);
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_POISON, 1);
    assert_int_equal(keeper_told(keeper, CT_STORE_ADOPTED),
                     CT_ROWS_CRASHES - 1);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE state = 2 AND attempt = 3 AND owner IS NULL"
                     " AND died > 0"
                     " AND error = 'crashed its child 3 times'"), 1);
    assert_int_equal(keeper->started, 0);
}

/* Power fails, or all is killed: that is hardly a task's fault. */
static void test_a_dead_server_is_hardly_blamed_on_a_task(void **state)
{
    keeper_t *keeper = *state;
    int i;

    keeper_fork_and_kill(keeper, keeper_put_one_and_wait);
    keeper_let(keeper, 10);
    for (i = 1; i < CT_ROWS_SERVER_CRASHES; ++i) {
        keeper->settings.shared->since = apr_time_now();
        keeper_fork_and_kill(keeper, take_one_and_die);
        assert_int_equal(keeper_number(keeper, "SELECT state FROM task"), 1);
        keeper->settings.shared->since = apr_time_now();
        adopt_from_the_dead(keeper);
    }
    keeper_fork_and_kill(keeper, take_one_and_die);
    keeper->settings.shared->since = apr_time_now();
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_POISON, 1);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE state = 2 AND error = 'its server has died 10"
                     " times while it ran'"), 1);
}

/* Who came back and failed in order is no suspect any more. */
static void test_a_failure_is_no_crash(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;

    keeper_fork_and_kill(keeper, keeper_put_one_and_wait);
    keeper_let(keeper, 10);
    keeper_open(keeper);
    keeper_await_started(keeper, 1);
    id = keeper->tasks[0].id;
    ct_store_end(keeper->store, id, CT_ENDING_RETRY, 1, 0, "no");
    keeper_await_started(keeper, 2);
    assert_true(keeper->tasks[1].id == id);
    assert_int_equal(keeper->tasks[1].recovered, 0);
    assert_int_equal(keeper->tasks[1].attempt, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_no_attempt_without_blame),
        with_keeper(test_who_is_blamed_waits),
        with_keeper(test_poison_ends),
        with_keeper(test_who_has_not_begun_is_not_blamed),
        with_keeper(test_a_dead_server_is_hardly_blamed_on_a_task),
        with_keeper(test_a_failure_is_no_crash),
    };

    return run_group("store: poison", tests);
}
