/* SPDX-License-Identifier: Apache-2.0 */
/* How many tasks of each name wait, and are dead: exact at rest, in steps, and
 * no more often than it may be. */
#include "support_store.h"

#include <unistd.h>

/* Rows as they are in the file; times in milliseconds from now. */
static void add_rows(keeper_t *keeper, int count, const char *name, int state,
                     int attempt, int due)
{
    apr_int64_t now = apr_time_now() / 1000;
    char sql[600];

    apr_snprintf(sql, sizeof(sql),
        "INSERT INTO task (name, token, state, attempt, not_before, created,"
        "  payload)"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        "   WHERE i < %d) SELECT '%s', 'x', %d, %d, %" APR_INT64_T_FMT ", %"
        APR_INT64_T_FMT ", x'' FROM n", count, name, state, attempt,
        now + due, now - 60000);
    keeper_run(keeper, sql);
}

/* Those of a count that began after this was called. */
static void count(keeper_t *keeper, ct_store_numbers_t *numbers)
{
    apr_time_t began = apr_time_now();
    apr_time_t end = began + KEEPER_PATIENCE;

    do {
        ct_store_count(keeper->store, KEEPER_PATIENCE);
        ct_store_gauges_read(&keeper->settings.shared->gauges, numbers);
    } while (numbers->counted - numbers->counting < began
             && apr_time_now() < end);
    assert_true(numbers->counted - numbers->counting >= began);
}

static const ct_store_name_t *find(const ct_store_numbers_t *numbers,
                                   const char *name)
{
    int i;

    for (i = 0; i < numbers->name_count; ++i) {
        if (!strcmp(numbers->names[i].name, name)) {
            return &numbers->names[i];
        }
    }
    fail_msg("no %s", name);
    return NULL;
}

static void check(const ct_store_name_t *name, int waiting, int delayed,
                  int retrying, int dead)
{
    assert_int_equal(name->waiting, waiting);
    assert_int_equal(name->delayed, delayed);
    assert_int_equal(name->retrying, retrying);
    assert_int_equal(name->dead, dead);
}

static void test_empty(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;

    keeper_open(keeper);
    count(keeper, &numbers);
    assert_int_equal(numbers.name_count, 0);
}

static void test_each_state(void **state)
{
    keeper_t *keeper = *state;
    apr_time_t now = apr_time_now();
    ct_store_numbers_t numbers;
    const ct_store_name_t *name;

    add_rows(keeper, 3, "a", 0, 0, -5000);
    add_rows(keeper, 2, "a", 0, 0, 3600000);
    add_rows(keeper, 1, "a", 0, 2, 3600000);
    add_rows(keeper, 4, "a", 0, 1, -9000);
    add_rows(keeper, 6, "a", 2, 3, 0);
    add_rows(keeper, 1, "b", 0, 0, 3600000);
    add_rows(keeper, 1, "dead", 2, 1, 0);
    keeper_open(keeper);
    keeper_put(keeper, "in hand: not counted");
    count(keeper, &numbers);
    assert_int_equal(numbers.name_count, 3);
    name = find(&numbers, "a");
    check(name, 3, 2, 5, 6);
    /* To the millisecond; the rows may have been made some time later. */
    assert_true(name->due >= now - 9001000);
    assert_true(name->oldest >= now - 60001000);
    assert_true(name->due - name->oldest > apr_time_from_sec(50));
    assert_true(name->oldest_dead >= now - 60001000);
    name = find(&numbers, "b");
    check(name, 0, 1, 0, 0);
    assert_true(name->due == 0 && name->oldest_dead == 0);
    name = find(&numbers, "dead");
    check(name, 0, 0, 0, 1);
    assert_true(name->due == 0 && name->oldest == 0 && name->oldest_dead > 0);
}

/* The statement for dead tasks makes them due since 1970. */
static void test_told_to_be_tried_again(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;

    add_rows(keeper, 1, "a", 2, 3, 0);
    keeper_run(keeper, "UPDATE task SET state = 0, attempt = 0,"
                       " not_before = 0 WHERE state = 2");
    keeper_open(keeper);
    count(keeper, &numbers);
    check(find(&numbers, "a"), 1, 0, 0, 0);
    assert_true(find(&numbers, "a")->due > apr_time_now()
                                           - apr_time_from_sec(3600));
}

/* Many that differ in nothing but their number, over many steps. */
static void test_in_steps(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;

    add_rows(keeper, 12345, "a", 0, 0, 3600000);
    add_rows(keeper, 1000, "b", 0, 3, 3600000);
    add_rows(keeper, 2000, "c", 2, 3, 0);
    keeper_open(keeper);
    count(keeper, &numbers);
    check(find(&numbers, "a"), 0, 12345, 0, 0);
    check(find(&numbers, "b"), 0, 0, 1000, 0);
    check(find(&numbers, "c"), 0, 0, 0, 2000);
}

static void test_many_names(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;
    char name[32];
    int i;

    for (i = 0; i < CT_STORE_NAMES + 5; ++i) {
        apr_snprintf(name, sizeof(name), "name%03d", i);
        add_rows(keeper, 2, name, 0, 0, 3600000);
    }
    add_rows(keeper, 3, "name000", 2, 0, 0);
    keeper_open(keeper);
    count(keeper, &numbers);
    assert_int_equal(numbers.name_count, CT_STORE_NAMES + 1);
    check(find(&numbers, "name000"), 0, 2, 0, 3);
    check(find(&numbers, "name063"), 0, 2, 0, 0);
    check(find(&numbers, "other"), 0, 10, 0, 0);
}

/* A shell may write what we never do. */
static void test_a_name_that_is_too_long(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;
    char name[101];

    memset(name, 'n', 100);
    name[100] = '\0';
    add_rows(keeper, 2500, name, 0, 0, 3600000);
    keeper_open(keeper);
    count(keeper, &numbers);
    name[CT_STORE_NAME_LENGTH - 1] = '\0';
    check(find(&numbers, name), 0, 2500, 0, 0);
}

static void test_not_too_often(void **state)
{
    keeper_t *keeper = *state;
    ct_store_gauges_t *gauges = &keeper->settings.shared->gauges;
    ct_store_numbers_t first;
    ct_store_numbers_t second;

    keeper_open(keeper);
    count(keeper, &first);
    ct_store_gauges_open(gauges);
    gauges->next_count = apr_time_now() + apr_time_from_sec(30);
    ct_store_gauges_close(gauges);
    ct_store_count(keeper->store, KEEPER_PATIENCE);
    ct_store_gauges_read(gauges, &second);
    assert_true(second.counted == first.counted);
    /* Nobody says so: the clock was put back. */
    ct_store_gauges_open(gauges);
    gauges->next_count = apr_time_now() + apr_time_from_sec(86400);
    ct_store_gauges_close(gauges);
    ct_store_count(keeper->store, KEEPER_PATIENCE);
    ct_store_gauges_read(gauges, &second);
    assert_true(second.counted > first.counted);
}

/* Who is asked and cannot say lets nobody wait. */
static void test_closing(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;

    add_rows(keeper, 100000, "a", 0, 0, 3600000);
    keeper_open(keeper);
    ct_store_count(keeper->store, 1);
    keeper_close(keeper);
    /* What was given up is begun anew, not a minute later. */
    assert_true(keeper->settings.shared->gauges.next_count
                < apr_time_now() + apr_time_from_sec(30));
    keeper_open(keeper);
    count(keeper, &numbers);
    check(find(&numbers, "a"), 0, 100000, 0, 0);
}

static void test_an_older_file(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;
    const char *aside;

    keeper_run(keeper, "DROP INDEX task_count; DROP INDEX task_taken;"
               " CREATE INDEX task_owner ON task(owner)"
               "  WHERE owner IS NOT NULL");
    add_rows(keeper, 7, "a", 0, 0, 3600000);
    assert_null(ct_store_prepare(keeper->pool, keeper->path, (uid_t)-1,
                                 (gid_t)-1, &aside));
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM"
                     " sqlite_schema WHERE name IN"
                     " ('task_count', 'task_taken')"), 2);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM"
                     " sqlite_schema WHERE name = 'task_owner'"), 0);
    keeper_open(keeper);
    count(keeper, &numbers);
    check(find(&numbers, "a"), 0, 7, 0, 0);
}

static void test_how_it_is_doing(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;

    keeper->settings.max = 1 << 20;
    keeper_open(keeper);
    keeper_put(keeper, "p");
    count(keeper, &numbers);
    assert_true(numbers.looked > 0 && numbers.used > 0 && numbers.log > 0);
    assert_true(numbers.room > 0 && numbers.room < 1 << 20);
    assert_true(numbers.sync > 0 && numbers.worst_sync >= numbers.sync);
    assert_true(numbers.unfit_since == 0 && numbers.down_since == 0
                && numbers.full_since == 0);
    add_rows(keeper, 1, "big", 0, 0, 3600000);
    keeper_run(keeper, "UPDATE task SET payload = zeroblob(2000000)"
                       " WHERE name = 'big'");
    keeper_await(keeper, CT_STORE_FULL, 1);
    ct_store_gauges_read(&keeper->settings.shared->gauges, &numbers);
    assert_true(numbers.full_since > 0 && numbers.room == 0);
}

/* Whoever holds the lock when it dies holds it no longer. */
static void hold_and_wait(keeper_t *keeper)
{
    ct_store_gauges_open(&keeper->settings.shared->gauges);
    keeper_ready();
    pause();
}

static void test_killed_while_it_writes_numbers(void **state)
{
    keeper_t *keeper = *state;
    ct_store_numbers_t numbers;

    keeper_fork_and_kill(keeper, hold_and_wait);
    keeper_open(keeper);
    count(keeper, &numbers);
    assert_int_equal(numbers.name_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_empty),
        with_keeper(test_each_state),
        with_keeper(test_told_to_be_tried_again),
        with_keeper(test_in_steps),
        with_keeper(test_many_names),
        with_keeper(test_a_name_that_is_too_long),
        with_keeper(test_not_too_often),
        with_keeper(test_closing),
        with_keeper(test_an_older_file),
        with_keeper(test_how_it_is_doing),
        with_keeper(test_killed_while_it_writes_numbers),
    };

    return run_group("store: count", tests);
}
