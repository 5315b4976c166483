/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks of a key: who was told that there is one already relies on it. It may
 * neither be one that is over, nor go with who has put it in vain. */
#include "support_store.h"

#include "inside.h"
#include "support_vfs.h"

#define OF_KEY "SELECT count(*) FROM task WHERE ukey = 'key'"

static int keys_setup(void **state)
{
    vfs_install();
    return keeper_setup(state);
}

static int keys_teardown(void **state)
{
    vfs_install();
    return keeper_teardown(state);
}

static ct_kept_t with_key(const char *payload)
{
    ct_kept_t kept = task_of(payload);

    kept.unique = "key";
    return kept;
}

static apr_int64_t put(keeper_t *keeper, const char *payload, int *duplicate)
{
    ct_kept_t kept = with_key(payload);

    assert_int_equal(ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE),
                     APR_SUCCESS);
    *duplicate = kept.duplicate;
    return kept.id;
}

static void *put_again(void *data)
{
    keeper_t *keeper = data;
    ct_kept_t kept = with_key("again");

    return (void *)(apr_size_t)ct_store_put(keeper->store, &kept, 1,
                                            KEEPER_PATIENCE);
}

static void await_queued(keeper_t *keeper)
{
    apr_time_t until = apr_time_now() + KEEPER_PATIENCE;
    int is_queued = 0;

    while (!is_queued) {
        assert_true(apr_time_now() < until);
        apr_sleep(1000);
        pthread_mutex_lock(&keeper->store->lock);
        is_queued = keeper->store->puts != NULL;
        pthread_mutex_unlock(&keeper->store->lock);
    }
}

static void assert_succeeds(pthread_t thread)
{
    void *rv;

    pthread_join(thread, &rv);
    assert_int_equal((apr_size_t)rv, APR_SUCCESS);
}

/* The end of one and the next one come in one transaction. */
static void test_after_one_that_is_over(void **state)
{
    keeper_t *keeper = *state;
    pthread_t thread;
    sqlite3 *shell;
    apr_int64_t id;
    int duplicate;

    keeper_open(keeper);
    id = put(keeper, "first", &duplicate);
    shell = keeper_lock(keeper);
    ct_store_end(keeper->store, id, CT_ENDING_DONE, 1, 0, NULL);
    pthread_create(&thread, NULL, put_again, keeper);
    await_queued(keeper);
    keeper_unlock(shell);
    assert_succeeds(thread);
    keeper_put(keeper, "another");
    assert_int_equal(keeper_number(keeper, OF_KEY), 1);
}

/* The first one's waiter leaves during the sync; the second one is told that
 * there is one. */
static void test_the_first_was_left_behind(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t kept = with_key("left");
    pthread_t thread;

    keeper_open(keeper);
    keeper_put(keeper, "another");
    vfs_hold_sync();
    assert_int_equal(ct_store_put(keeper->store, &kept, 1, 100000),
                     APR_TIMEUP);
    assert_true(vfs_is_held());
    pthread_create(&thread, NULL, put_again, keeper);
    await_queued(keeper);
    vfs_let_go();
    assert_succeeds(thread);
    keeper_put(keeper, "another");
    assert_int_equal(keeper_number(keeper, OF_KEY), 1);
}

static void test_withdrawn_is_gone(void **state)
{
    keeper_t *keeper = *state;
    int duplicate;

    keeper_open(keeper);
    ct_store_end(keeper->store, put(keeper, "first", &duplicate),
                 CT_ENDING_WITHDRAWN, 0, 0, NULL);
    keeper_await_number(keeper, OF_KEY, 0);
}

static void test_withdrawn_but_another_relies_on_it(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;
    int duplicate;

    keeper_open(keeper);
    id = put(keeper, "first", &duplicate);
    assert_false(duplicate);
    assert_true(put(keeper, "second", &duplicate) == id);
    assert_true(duplicate);
    keeper_let(keeper, 10);
    ct_store_end(keeper->store, id, CT_ENDING_WITHDRAWN, 0, 0, NULL);
    keeper_await_started(keeper, 1);
    assert_true(keeper->tasks[0].id == id);
    /* It runs now: to withdraw it is too late. */
    ct_store_end(keeper->store, id, CT_ENDING_WITHDRAWN, 0, 0, NULL);
    keeper_put(keeper, "another");
    assert_int_equal(keeper_number(keeper, OF_KEY " AND state = 1"), 1);
}

#define with_keys(test) \
    cmocka_unit_test_setup_teardown(test, keys_setup, keys_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keys(test_after_one_that_is_over),
        with_keys(test_the_first_was_left_behind),
        with_keys(test_withdrawn_is_gone),
        with_keys(test_withdrawn_but_another_relies_on_it),
    };

    return run_group("store: keys", tests);
}
