/* SPDX-License-Identifier: Apache-2.0 */
/* What is put is there, once, until it is over; no wait is endless. */
#include "support_store.h"

#define TASKS "SELECT count(*) FROM task"

static void test_what_was_put_is_there(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t kept = task_of("hello");

    keeper_open(keeper);
    kept.origin[CT_ORIGIN_URI] = "/order";
    kept.origin[CT_ORIGIN_UNIQUE_ID] = "u";
    kept.status = 202;
    kept.expires = kept.created + 5000000;
    kept.fields = "a=1\0b=2\0";
    kept.fields_length = 9;
    assert_int_equal(ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE),
                     APR_SUCCESS);
    assert_int_equal(keeper_number(keeper,
        "SELECT count(*) FROM task WHERE name = 't' AND state = 1"
        " AND owner = (SELECT id FROM owner) AND id >> 32 = owner"
        " AND attempt = 0 AND uri = '/order' AND unique_id = 'u'"
        " AND method IS NULL AND status = 202 AND type = 'text/plain'"
        " AND expires = created + 5000 AND length(fields) = 9"
        " AND CAST(payload AS TEXT) = 'hello' AND length(token) = 32"), 1);
    assert_int_equal(keeper_number(keeper,
        "SELECT count(*) FROM tasks WHERE state = 'running' AND bytes = 5"
        " AND pid > 0 AND due IS NULL AND status = 202"), 1);
    ct_store_end(keeper->store, kept.id, CT_ENDING_DONE, 1, 0, NULL);
    keeper_await_number(keeper, TASKS, 0);
}

static void test_several_at_once_all_or_none(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t three[3] = { task_of("a"), task_of("b"), task_of("") };

    keeper_open(keeper);
    assert_int_equal(ct_store_put(keeper->store, three, 3, KEEPER_PATIENCE),
                     APR_SUCCESS);
    assert_true(three[0].id != three[1].id && three[1].id != three[2].id);
    assert_int_equal(keeper_number(keeper, TASKS), 3);
    assert_int_equal(keeper_number(keeper, "SELECT length(payload) FROM task"
                                           " ORDER BY id DESC LIMIT 1"), 0);
}

/* More than go by one statement, and each of them another one. */
static void test_each_of_many_is_what_it_was(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t many[7];
    char payload[7] = "0123456";
    int i;

    keeper_open(keeper);
    for (i = 0; i < 7; ++i) {
        many[i] = task_of("");
        many[i].payload = &payload[i];
        many[i].length = 1;
    }
    many[1].expires = many[1].created + 5000000;
    many[2].owned = 0;
    many[2].not_before = apr_time_from_sec(4000000000);
    many[3].unique = "key";
    many[4].origin[CT_ORIGIN_USER] = "joe";
    many[5].fields = "a=1\0";
    many[5].fields_length = 5;
    assert_int_equal(ct_store_put(keeper->store, many, 7, KEEPER_PATIENCE),
                     APR_SUCCESS);
    for (i = 0; i < 7; ++i) {
        assert_int_equal(keeper_number(keeper, apr_psprintf(keeper->pool,
            "SELECT count(*) FROM task WHERE id = %" APR_INT64_T_FMT
            " AND CAST(payload AS TEXT) = '%d'"
            " AND (expires IS NOT NULL) = %d AND state = %d"
            " AND (owner IS NULL) = %d AND (ukey IS NOT NULL) = %d"
            " AND (user IS 'joe') = %d AND (fields IS NOT NULL) = %d",
            many[i].id, i, i == 1, i != 2, i == 2, i == 3, i == 4, i == 5)),
            1);
    }
    /* In the order in which they came. */
    assert_int_equal(many[6].id - many[0].id, 6);
    for (i = 6; i >= 0; --i) {
        if (i != 2 && i != 4) {
            ct_store_end(keeper->store, many[i].id, CT_ENDING_DONE, 1, 0,
                         NULL);
        }
    }
    keeper_await_number(keeper, TASKS, 2);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task WHERE"
                     " CAST(payload AS TEXT) IN ('2', '4')"), 2);
}

static void test_ways_to_end(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t retried;
    apr_int64_t released;
    apr_int64_t dead;

    keeper_open(keeper);
    retried = keeper_put(keeper, "retried");
    released = keeper_put(keeper, "released");
    dead = keeper_put(keeper, "dead");
    ct_store_end(keeper->store, retried, CT_ENDING_RETRY, 3,
                 apr_time_from_sec(4000000000), "it said no");
    ct_store_end(keeper->store, released, CT_ENDING_RELEASE, 0,
                 apr_time_from_sec(4000000000), NULL);
    ct_store_end(keeper->store, dead, CT_ENDING_DEAD, 25, 0, "hopeless");
    keeper_await_number(keeper, "SELECT count(*) FROM task WHERE state = 0"
                        " AND attempt = 3 AND owner IS NULL"
                        " AND not_before = 4000000000000"
                        " AND error = 'it said no'", 1);
    keeper_await_number(keeper, "SELECT count(*) FROM task WHERE state = 0"
                        " AND attempt = 0 AND owner IS NULL"
                        " AND error IS NULL", 1);
    keeper_await_number(keeper, "SELECT count(*) FROM task WHERE state = 2"
                        " AND attempt = 25 AND owner IS NULL AND died > 0"
                        " AND error = 'hopeless'", 1);
}

static void test_long_words_are_cut(void **state)
{
    keeper_t *keeper = *state;
    char words[3000];

    memset(words, 'x', sizeof(words));
    words[sizeof(words) - 1] = '\0';
    keeper_open(keeper);
    ct_store_end(keeper->store, keeper_put(keeper, "a"), CT_ENDING_DEAD, 1, 0,
                 words);
    keeper_await_number(keeper, "SELECT length(error) FROM task", 1024);
}

static void test_one_of_a_key(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t first = task_of("first");
    ct_kept_t two[2] = { task_of("second"), task_of("other") };

    keeper_open(keeper);
    first.unique = two[0].unique = "k";
    assert_int_equal(ct_store_put(keeper->store, &first, 1, KEEPER_PATIENCE),
                     APR_SUCCESS);
    assert_int_equal(ct_store_put(keeper->store, two, 2, KEEPER_PATIENCE),
                     APR_SUCCESS);
    assert_false(first.duplicate);
    assert_true(two[0].duplicate);
    assert_true(two[0].id == first.id);
    assert_false(two[1].duplicate);
    assert_int_equal(keeper_number(keeper, TASKS), 2);
    /* A dead one keeps its key; one that is done does not. */
    ct_store_end(keeper->store, first.id, CT_ENDING_DONE, 1, 0, NULL);
    keeper_await_number(keeper, TASKS, 1);
    assert_int_equal(ct_store_put(keeper->store, two, 1, KEEPER_PATIENCE),
                     APR_SUCCESS);
    assert_false(two[0].duplicate);
}

/* ---- no wait is endless ---- */

static void test_wait_ends_while_others_write(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t kept = task_of("late");
    sqlite3 *shell;

    keeper_open(keeper);
    keeper_put(keeper, "first");
    shell = keeper_lock(keeper);
    assert_int_equal(ct_store_put(keeper->store, &kept, 1, 200000),
                     APR_TIMEUP);
    keeper_unlock(shell);
    keeper_put(keeper, "second");
    assert_int_equal(keeper_number(keeper, TASKS), 2);
}

static void test_nonsense_is_refused(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t kept = task_of("x");

    keeper_open(keeper);
    assert_int_equal(ct_store_put(keeper->store, &kept, 0, KEEPER_PATIENCE),
                     APR_EINVAL);
    kept.length = (apr_size_t)1 << 30;
    assert_int_equal(ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE),
                     APR_EINVAL);
}

/* ---- the end of a process ---- */

static void test_close_leaves_nothing_behind(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;

    keeper_open(keeper);
    id = keeper_put(keeper, "left");
    ct_store_end(keeper->store, id, CT_ENDING_RELEASE, 0, 0, NULL);
    keeper_close(keeper);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                                   " WHERE state = 0 AND owner IS NULL"), 1);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM owner"), 0);
    /* The next process takes it at once. */
    keeper_let(keeper, 10);
    keeper_open(keeper);
    keeper_await_started(keeper, 1);
    assert_int_equal(keeper->tasks[0].attempt, 1);
    assert_int_equal(keeper->tasks[0].recovered, 0);
    assert_string_equal(keeper->tasks[0].payload, "left");
    ct_store_end(keeper->store, id, CT_ENDING_DONE, 1, 0, NULL);
}

static void test_what_runs_still_stays_ours(void **state)
{
    keeper_t *keeper = *state;

    keeper_open(keeper);
    keeper_put(keeper, "runs");
    keeper_close(keeper);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                                           " WHERE state = 1"), 1);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM owner"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_what_was_put_is_there),
        with_keeper(test_several_at_once_all_or_none),
        with_keeper(test_each_of_many_is_what_it_was),
        with_keeper(test_ways_to_end),
        with_keeper(test_long_words_are_cut),
        with_keeper(test_one_of_a_key),
        with_keeper(test_wait_ends_while_others_write),
        with_keeper(test_nonsense_is_refused),
        with_keeper(test_close_leaves_nothing_behind),
        with_keeper(test_what_runs_still_stays_ours),
    };

    return run_group("store: put", tests);
}
