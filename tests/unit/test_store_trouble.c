/* SPDX-License-Identifier: Apache-2.0 */
/* Disks that are full, that fail, and that fail to sync: who waits is told,
 * nothing that was said is lost, and it goes on when the trouble is over. */
#include "support_store.h"

#include "support_vfs.h"

#include <stdatomic.h>
#include <sys/statvfs.h>

#define TASKS "SELECT count(*) FROM task"

/* In the place of the C library's: what is free, in blocks of 4 KB; -1: as
 * much as anybody wants. */
static atomic_int blocks_free = -1;

int statvfs(const char *path, struct statvfs *system)
{
    memset(system, 0, sizeof(*system));
    system->f_frsize = 4096;
    system->f_blocks = 1000000;
    system->f_bavail = atomic_load(&blocks_free) < 0
                       ? 900000 : (fsblkcnt_t)atomic_load(&blocks_free);
    return 0;
}

static int trouble_setup(void **state)
{
    atomic_store(&blocks_free, -1);
    vfs_install();
    return keeper_setup(state);
}

static int trouble_teardown(void **state)
{
    vfs_install();
    return keeper_teardown(state);
}

/* Until it goes again: what the answer was meanwhile. */
static void put_again(keeper_t *keeper, const char *payload,
                      apr_status_t expected)
{
    apr_time_t until = apr_time_now() + KEEPER_PATIENCE;
    apr_status_t rv;

    while ((rv = keeper_try(keeper, payload)) != APR_SUCCESS) {
        assert_int_equal(rv, expected);
        assert_true(apr_time_now() < until);
        apr_sleep(5000);
    }
}

static void test_full_disk(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;

    keeper_open(keeper);
    id = keeper_put(keeper, "a");
    vfs_fail(VFS_WRITE, 0, -1, SQLITE_FULL);
    assert_int_equal(keeper_try(keeper, "b"), APR_ENOSPC);
    keeper_await(keeper, CT_STORE_FULL, 1);
    ct_store_end(keeper->store, id, CT_ENDING_DONE, 1, 0, NULL);
    assert_int_equal(keeper_try(keeper, "b"), APR_ENOSPC);
    vfs_fail(VFS_WRITE, 0, 0, 0);
    keeper_await_number(keeper, TASKS, 0);
    keeper_await(keeper, CT_STORE_ROOM, 1);
    put_again(keeper, "c", APR_ENOSPC);
    assert_int_equal(keeper_number(keeper, TASKS), 1);
    keeper_assert_sound(keeper);
}

static void test_one_failed_write(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;
    int i;

    keeper_open(keeper);
    id = keeper_put(keeper, "a");
    for (i = 0; i < 6; ++i) {
        vfs_fail(VFS_WRITE, i, 1, SQLITE_IOERR_WRITE);
        keeper_try(keeper, "b");
        vfs_fail(VFS_WRITE, 0, 0, 0);
        put_again(keeper, "c", APR_EGENERAL);
    }
    ct_store_end(keeper->store, id, CT_ENDING_DONE, 1, 0, NULL);
    keeper_await_number(keeper, "SELECT count(*) FROM task"
                                " WHERE CAST(payload AS TEXT) = 'a'", 0);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE CAST(payload AS TEXT) = 'c'"), 6);
    keeper_await(keeper, CT_STORE_FAILED, 1);
    keeper_assert_sound(keeper);
}

/* ---- syncs ---- */

static void test_failed_sync(void **state)
{
    keeper_t *keeper = *state;

    keeper_open(keeper);
    keeper_put(keeper, "a");
    vfs_fail(VFS_SYNC, 0, -1, SQLITE_IOERR_FSYNC);
    assert_int_equal(keeper_try(keeper, "b"), APR_EGENERAL);
    keeper_await(keeper, CT_STORE_UNFIT, 1);
    assert_int_equal(keeper_try(keeper, "b"), APR_EGENERAL);
    assert_int_equal(keeper->settings.shared->unfit & 1, 1);
    assert_int_equal(keeper_told(keeper, CT_STORE_FIT), 0);
    vfs_fail(VFS_SYNC, 0, 0, 0);
    keeper_await(keeper, CT_STORE_FIT, 1);
    put_again(keeper, "c", APR_EGENERAL);
    keeper_await_number(keeper, TASKS, 2);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE CAST(payload AS TEXT) = 'b'"), 0);
    assert_int_equal(keeper_told(keeper, CT_STORE_UNFIT), 1);
    keeper_assert_sound(keeper);
}

/* A sync that goes well later proves nothing: not before the log is empty. */
static void test_unfit_until_the_log_is_empty(void **state)
{
    keeper_t *keeper = *state;
    apr_time_t until = apr_time_now() + KEEPER_PATIENCE;
    sqlite3 *reader;
    int syncs;

    keeper_open(keeper);
    keeper_put(keeper, "a");
    assert_int_equal(sqlite3_open(keeper->path, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM task",
                                  NULL, NULL, NULL), SQLITE_OK);
    vfs_fail(VFS_SYNC, 0, 1, SQLITE_IOERR_FSYNC);
    syncs = vfs_calls(VFS_SYNC);
    assert_int_equal(keeper_try(keeper, "b"), APR_EGENERAL);
    keeper_await(keeper, CT_STORE_UNFIT, 1);
    while (vfs_calls(VFS_SYNC) < syncs + 2) {
        assert_true(apr_time_now() < until);
        apr_sleep(5000);
    }
    assert_int_equal(keeper_told(keeper, CT_STORE_FIT), 0);
    assert_int_equal(keeper_try(keeper, "b"), APR_EGENERAL);
    sqlite3_close(reader);
    keeper_await(keeper, CT_STORE_FIT, 1);
    put_again(keeper, "c", APR_EGENERAL);
}

/* Another process' sync fails while ours is under way. */
static void *try_b(void *keeper)
{
    return (void *)(apr_size_t)keeper_try(keeper, "b");
}

static void test_another_process_sync_failed(void **state)
{
    keeper_t *keeper = *state;
    pthread_t thread;
    void *rv;

    keeper_open(keeper);
    keeper_put(keeper, "a");
    vfs_hold_sync();
    pthread_create(&thread, NULL, try_b, keeper);
    assert_true(vfs_is_held());
    atomic_store(&keeper->settings.shared->unfit, 1);
    vfs_let_go();
    pthread_join(thread, &rv);
    assert_int_equal((apr_size_t)rv, APR_EGENERAL);
    keeper_await(keeper, CT_STORE_FIT, 1);
    keeper_await_number(keeper, TASKS, 1);
}

/* Who cannot wait leaves; what he has left is not there afterwards. */
static void test_left_in_a_late_sync(void **state)
{
    keeper_t *keeper = *state;
    ct_kept_t kept = task_of("left");

    keeper_open(keeper);
    keeper_put(keeper, "a");
    vfs_hold_sync();
    assert_int_equal(ct_store_put(keeper->store, &kept, 1, 100000),
                     APR_TIMEUP);
    assert_true(vfs_is_held());
    assert_int_equal(keeper_number(keeper, TASKS), 2);
    vfs_let_go();
    keeper_await_number(keeper, TASKS, 1);
    keeper_put(keeper, "b");
    assert_int_equal(keeper_number(keeper, TASKS), 2);
}

static void test_what_is_only_said_needs_no_sync(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;
    int syncs;

    keeper_open(keeper);
    id = keeper_put(keeper, "a");
    syncs = vfs_calls(VFS_SYNC);
    ct_store_end(keeper->store, id, CT_ENDING_DONE, 1, 0, NULL);
    keeper_await_number(keeper, TASKS, 0);
    assert_int_equal(vfs_calls(VFS_SYNC), syncs);
}

/* ---- room ---- */

static void test_little_room_on_the_disk(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;

    keeper_open(keeper);
    id = keeper_put(keeper, "a");
    /* A 50th of it is not ours. */
    atomic_store(&blocks_free, 20000);
    keeper_await(keeper, CT_STORE_FULL, 1);
    assert_int_equal(keeper_try(keeper, "b"), APR_ENOSPC);
    ct_store_end(keeper->store, id, CT_ENDING_DONE, 1, 0, NULL);
    keeper_await_number(keeper, TASKS, 0);
    atomic_store(&blocks_free, 30000);
    keeper_await(keeper, CT_STORE_ROOM, 1);
    keeper_put(keeper, "b");
}

static void test_no_more_than_max(void **state)
{
    keeper_t *keeper = *state;
    static char payload[10000];
    apr_int64_t ids[100];
    apr_status_t rv = APR_SUCCESS;
    ct_kept_t kept;
    int count = 0;

    memset(payload, 'x', sizeof(payload) - 1);
    keeper->settings.max = 300000;
    keeper_open(keeper);
    keeper_put(keeper, "a");
    while (count < 100) {
        kept = task_of(payload);
        rv = ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE);
        if (rv != APR_SUCCESS) {
            break;
        }
        ids[count++] = kept.id;
    }
    assert_int_equal(rv, APR_ENOSPC);
    assert_in_range(count, 5, 40);
    keeper_await(keeper, CT_STORE_FULL, 1);
    while (count > 0) {
        ct_store_end(keeper->store, ids[--count], CT_ENDING_DONE, 1, 0, NULL);
    }
    keeper_await(keeper, CT_STORE_ROOM, 1);
    keeper_put(keeper, "b");
}

#define with_trouble(test) \
    cmocka_unit_test_setup_teardown(test, trouble_setup, trouble_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_trouble(test_full_disk),
        with_trouble(test_one_failed_write),
        with_trouble(test_failed_sync),
        with_trouble(test_unfit_until_the_log_is_empty),
        with_trouble(test_another_process_sync_failed),
        with_trouble(test_left_in_a_late_sync),
        with_trouble(test_what_is_only_said_needs_no_sync),
        with_trouble(test_little_room_on_the_disk),
        with_trouble(test_no_more_than_max),
    };

    return run_group("store: trouble", tests);
}
