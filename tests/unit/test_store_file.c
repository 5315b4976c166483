/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are missing, broken, or somebody else's. */
#include "support_store.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TASKS "SELECT count(*) FROM task"

static const char *prepare(keeper_t *keeper, const char **aside)
{
    return ct_store_prepare(keeper->pool, keeper->path, (uid_t)-1, (gid_t)-1,
                            aside);
}

static void overwrite(keeper_t *keeper, long offset, long length)
{
    FILE *file = fopen(keeper->path, "r+b");

    fseek(file, offset, SEEK_SET);
    while (length-- > 0) {
        fputc(0xa5, file);
    }
    fclose(file);
}

static int mode_of(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 0777;
}

static void test_files_are_private(void **state)
{
    keeper_t *keeper = *state;

    keeper_open(keeper);
    keeper_put(keeper, "a");
    assert_int_equal(mode_of(keeper->path), 0600);
    assert_int_equal(mode_of(apr_pstrcat(keeper->pool, keeper->path, "-wal",
                                         NULL)), 0600);
    assert_int_equal(mode_of(apr_pstrcat(keeper->pool, keeper->path,
                                         ".owners", NULL)), 0600);
}

static void test_ready_for_many_and_small(void **state)
{
    keeper_t *keeper = *state;

    keeper_open(keeper);
    keeper_put(keeper, "a");
    assert_int_equal(keeper_number(keeper, "PRAGMA user_version"), 1);
    assert_int_equal(keeper_number(keeper, "SELECT journal_mode = 'wal'"
                                   " FROM pragma_journal_mode"), 1);
    assert_int_equal(keeper_number(keeper, "PRAGMA auto_vacuum"), 2);
    assert_int_equal(keeper_number(keeper, "PRAGMA page_size"), 4096);
}

/* ---- broken ---- */

static void assert_begun_anew(keeper_t *keeper, const char *aside)
{
    assert_non_null(aside);
    assert_int_equal(access(aside, F_OK), 0);
    keeper_put(keeper, "new");
    assert_int_equal(keeper_number(keeper, TASKS), 1);
    keeper_assert_sound(keeper);
}

static void test_broken_head(void **state)
{
    keeper_t *keeper = *state;
    const char *aside;

    overwrite(keeper, 0, 100);
    assert_null(prepare(keeper, &aside));
    keeper_open(keeper);
    assert_begun_anew(keeper, aside);
}

static void test_broken_head_found_by_a_child(void **state)
{
    keeper_t *keeper = *state;
    const char *words;

    overwrite(keeper, 0, 100);
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_ASIDE, 1);
    words = strstr(keeper->words[CT_STORE_ASIDE], "it is ") + 6;
    while (keeper_try(keeper, "first") != APR_SUCCESS) {
        apr_sleep(5000);
    }
    ct_store_end(keeper->store, 1, CT_ENDING_DONE, 1, 0, NULL);
    assert_int_equal(access(apr_pstrmemdup(keeper->pool, words,
                                           strcspn(words, " ")), F_OK), 0);
    assert_int_equal(keeper_number(keeper, TASKS), 1);
    keeper_assert_sound(keeper);
}

static void put_and_wait(keeper_t *keeper)
{
    int i;

    for (i = 0; i < 100; ++i) {
        must(keeper_put(keeper, "some payload of some length") > 0);
    }
    keeper_ready();
}

/* In the middle of it: only who reads all of it can see that. */
static void test_broken_page_after_an_unclean_end(void **state)
{
    keeper_t *keeper = *state;
    const char *aside;

    keeper_fork_and_kill(keeper, put_and_wait);
    keeper_run(keeper, "PRAGMA wal_checkpoint(TRUNCATE)");
    overwrite(keeper, 3 * 4096, 4 * 4096);
    assert_null(prepare(keeper, &aside));
    keeper_open(keeper);
    assert_begun_anew(keeper, aside);
}

static void test_sound_after_an_unclean_end(void **state)
{
    keeper_t *keeper = *state;
    const char *aside;

    keeper_fork_and_kill(keeper, put_and_wait);
    assert_null(prepare(keeper, &aside));
    assert_null(aside);
    assert_int_equal(keeper_number(keeper, TASKS), 100);
}

/* What is said of tasks of the old file means none of the new one. */
static void test_other_numbers_in_a_new_file(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t before;
    apr_int64_t behind;

    keeper_open(keeper);
    before = keeper_put(keeper, "a");
    assert_int_equal(rename(keeper->path, apr_pstrcat(
        keeper->pool, keeper->path, ".away", NULL)), 0);
    behind = keeper_put(keeper, "b");
    assert_true(behind >> 32 != before >> 32);
    ct_store_end(keeper->store, before, CT_ENDING_DONE, 1, 0, NULL);
    keeper_put(keeper, "c");
    assert_int_equal(keeper_number(keeper, TASKS), 2);
}

/* ---- somebody else's ---- */

static void test_newer_version(void **state)
{
    keeper_t *keeper = *state;
    const char *aside;

    keeper_run(keeper, "PRAGMA user_version = 2");
    assert_non_null(strstr(prepare(keeper, &aside), "newer"));
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_DOWN, 1);
    assert_int_equal(keeper_try(keeper, "a"), APR_EGENERAL);
    assert_int_equal(keeper_number(keeper, "PRAGMA user_version"), 2);
    keeper_run(keeper, "PRAGMA user_version = 1");
    keeper_await(keeper, CT_STORE_UP, 1);
    keeper_put(keeper, "a");
}

static void test_database_of_another(void **state)
{
    keeper_t *keeper = *state;
    const char *aside;

    unlink(keeper->path);
    keeper_run(keeper, "CREATE TABLE x (y)");
    assert_non_null(strstr(prepare(keeper, &aside), "another program"));
    assert_null(aside);
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_DOWN, 1);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM x"), 0);
}

static void test_no_directory(void **state)
{
    keeper_t *keeper = *state;
    char away[80];

    snprintf(away, sizeof(away), "%s.away", keeper->directory);
    assert_int_equal(rename(keeper->directory, away), 0);
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_DOWN, 1);
    assert_int_equal(keeper_try(keeper, "a"), APR_EGENERAL);
    assert_int_equal(rename(away, keeper->directory), 0);
    keeper_await(keeper, CT_STORE_UP, 1);
    keeper_put(keeper, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_files_are_private),
        with_keeper(test_ready_for_many_and_small),
        with_keeper(test_broken_head),
        with_keeper(test_broken_head_found_by_a_child),
        with_keeper(test_broken_page_after_an_unclean_end),
        with_keeper(test_sound_after_an_unclean_end),
        with_keeper(test_other_numbers_in_a_new_file),
        with_keeper(test_newer_version),
        with_keeper(test_database_of_another),
        with_keeper(test_no_directory),
    };

    return run_group("store: files", tests);
}
