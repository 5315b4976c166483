/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator says of dead tasks: all of a name are tried again or
 * deleted, however many there are, and no others. */
#include "support_store.h"

#define DEAD "SELECT count(*) FROM task WHERE state = 2 AND name = "

/* As a task that has failed for the last time, a second ago. */
static void make_dead(keeper_t *keeper, const char *name, int count)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
             " FROM n WHERE i < %d) INSERT INTO task (id, name, token, state,"
             " attempt, not_before, created, died, error, payload)"
             " SELECT (SELECT coalesce(max(id), 0) FROM task) + i,"
             " '%s', 'x', 2, 3, 7, 7, 1000 * unixepoch() - 1000, 'failed',"
             " x'70' FROM n", count, name);
    keeper_run(keeper, sql);
}

static void test_again(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t count;

    keeper_open(keeper);
    make_dead(keeper, "t", 3);
    make_dead(keeper, "other", 2);
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_AGAIN, "t",
                                   KEEPER_PATIENCE, &count), APR_SUCCESS);
    assert_int_equal(count, 3);
    assert_int_equal(keeper_number(keeper, DEAD "'other'"), 2);
    keeper_let(keeper, 10);
    keeper_await_started(keeper, 3);
    assert_int_equal(keeper->tasks[0].attempt, 1);
    assert_string_equal(keeper->tasks[0].name, "t");
}

static void test_delete(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t count;

    keeper_open(keeper);
    make_dead(keeper, "t", 3);
    make_dead(keeper, "other", 2);
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_DELETE, "t",
                                   KEEPER_PATIENCE, &count), APR_SUCCESS);
    assert_int_equal(count, 3);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"), 2);
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_DELETE, "t",
                                   KEEPER_PATIENCE, &count), APR_SUCCESS);
    assert_int_equal(count, 0);
}

/* More than one step. */
static void test_many(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t count;

    keeper_open(keeper);
    make_dead(keeper, "t", 1250);
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_AGAIN, "t",
                                   KEEPER_PATIENCE, &count), APR_SUCCESS);
    assert_int_equal(count, 1250);
    assert_int_equal(keeper_number(keeper, DEAD "'t'"), 0);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                                   " WHERE state = 0 AND attempt = 0"), 1250);
}

/* What is dead only from now on is not meant. */
static void test_later_ones(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t count;

    keeper_open(keeper);
    make_dead(keeper, "t", 2);
    keeper_run(keeper, "UPDATE task SET died = 1000 * (unixepoch() + 3600)"
                       " WHERE id = (SELECT max(id) FROM task)");
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_DELETE, "t",
                                   KEEPER_PATIENCE, &count), APR_SUCCESS);
    assert_int_equal(count, 1);
}

/* Nobody waits longer than he wants to, and what nobody waits for any more is
 * not done behind his back. */
static void test_no_time(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t count;
    sqlite3 *shell;

    keeper_open(keeper);
    make_dead(keeper, "t", 3);
    shell = keeper_lock(keeper);
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_DELETE, "t", 1000,
                                   &count), APR_TIMEUP);
    assert_int_equal(count, 0);
    keeper_unlock(shell);
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_DELETE, "other",
                                   KEEPER_PATIENCE, &count), APR_SUCCESS);
    assert_int_equal(keeper_number(keeper, DEAD "'t'"), 3);
}

/* Nor is anybody kept waiting for a file that cannot be opened. */
static void test_it_cannot_be_opened(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t count;
    char away[80];

    snprintf(away, sizeof(away), "%s.away", keeper->directory);
    assert_int_equal(rename(keeper->directory, away), 0);
    keeper_open(keeper);
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_DELETE, "t",
                                   SUPPORT_HOUR, &count), APR_EGENERAL);
    assert_int_equal(count, 0);
    assert_int_equal(rename(away, keeper->directory), 0);
    keeper_await(keeper, CT_STORE_UP, 1);
    assert_int_equal(ct_store_dead(keeper->store, CT_STORE_DELETE, "t",
                                   SUPPORT_HOUR, &count), APR_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_again),
        with_keeper(test_delete),
        with_keeper(test_many),
        with_keeper(test_later_ones),
        with_keeper(test_no_time),
        with_keeper(test_it_cannot_be_opened),
    };

    return run_group("store: dead", tests);
}
