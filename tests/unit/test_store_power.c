/* SPDX-License-Identifier: Apache-2.0 */
/* Power cuts, by replay: whatever the disk has not yet written, what was
 * promised is there, and the file is sound. The same run in which commits are
 * not synced has to lose something: else this test could not find a loss.
 * STORE_CUTS says how many cuts. */
#include "support_store.h"

#include "support_power.h"
#include "support_vfs.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 3
#define EACH      120
#define THREADS   3

typedef struct {
    keeper_t *keeper;
    int first;
} putter_t;

static apr_status_t try_put(keeper_t *keeper, int number, int owned)
{
    ct_kept_t kept = task_of("some payload");
    char token[16];

    kept.owned = owned;
    snprintf(token, sizeof(token), "%d", number);
    kept.token = token;
    return ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE);
}

/* The token is the number that is promised. */
static void put(keeper_t *keeper, int number, int owned)
{
    apr_status_t rv = try_put(keeper, number, owned);

    if (rv != APR_SUCCESS) {
        fprintf(stderr, "put: %d\n", rv);
        abort();
    }
    power_note(&(power_entry_t){ POWER_PROMISED, 0, number, 0, 0 }, NULL);
}

static void *putter_main(void *data)
{
    putter_t *putter = data;
    int i;

    for (i = 0; i < EACH; ++i) {
        put(putter->keeper, putter->first + i, 1);
    }
    return NULL;
}

static int process_number;

static void put_many(keeper_t *keeper)
{
    pthread_t threads[THREADS];
    putter_t putters[THREADS];
    int i;

    for (i = 0; i < THREADS; ++i) {
        putters[i].keeper = keeper;
        putters[i].first = 1 + (process_number * THREADS + i) * EACH;
        pthread_create(&threads[i], NULL, putter_main, &putters[i]);
    }
    for (i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
    }
}

/* Unlike a real process they are not killed: the cut is what ends them. */
static void run(keeper_t *keeper)
{
    pid_t pids[PROCESSES];
    int status;

    for (process_number = 0; process_number < PROCESSES; ++process_number) {
        pids[process_number] = keeper_fork(keeper, put_many);
    }
    for (process_number = 0; process_number < PROCESSES; ++process_number) {
        assert_int_equal(waitpid(pids[process_number], &status, 0),
                         pids[process_number]);
        assert_int_equal(status, 0);
    }
}

typedef struct {
    char *is_promised;
    int count;
} promises_t;

static void note_promise(void *context, long long number)
{
    promises_t *promises = context;

    promises->is_promised[number] = 1;
    ++promises->count;
}

/* @return how many are missing */
static int count_missing(const char *path, const promises_t *promises)
{
    sqlite3_stmt *statement;
    sqlite3 *shell;
    char *found = calloc(1, PROCESSES * THREADS * EACH + 1);
    int missing = 0;
    int i;

    assert_int_equal(sqlite3_open(path, &shell), SQLITE_OK);
    if (sqlite3_prepare_v2(shell, "SELECT token FROM task", -1, &statement,
                           NULL) == SQLITE_OK) {
        while (sqlite3_step(statement) == SQLITE_ROW) {
            found[sqlite3_column_int(statement, 0)] = 1;
        }
        sqlite3_finalize(statement);
        assert_int_equal(sqlite3_prepare_v2(shell, "PRAGMA integrity_check",
                                            -1, &statement, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(statement, 0),
                            "ok");
        sqlite3_finalize(statement);
    }
    sqlite3_close(shell);
    for (i = 0; i <= PROCESSES * THREADS * EACH; ++i) {
        missing += promises->is_promised[i] && !found[i];
    }
    free(found);
    return missing;
}

/* @return how many are missing */
static int cut(keeper_t *keeper, const power_log_t *log, int at, int lost,
               unsigned seed, int *checked)
{
    promises_t promises = { calloc(1, PROCESSES * THREADS * EACH + 1), 0 };
    char image[128];
    int missing;

    snprintf(image, sizeof(image), "%s/image.db", keeper->directory);
    power_cut(log, at, lost, seed, image, note_promise, &promises);
    missing = count_missing(image, &promises);
    *checked += promises.count;
    free(promises.is_promised);
    return missing;
}

/* @return in how many cuts something was missing */
static int cut_often(keeper_t *keeper, const power_log_t *log, int cuts,
                     int *checked)
{
    int with_loss = 0;
    int i;

    for (i = 0; i < cuts; ++i) {
        unsigned seed = (unsigned)i * 2654435761U + 17;
        int at = log->entries / 10
                 + (int)((seed >> 8) % (unsigned)(log->entries * 9 / 10));

        with_loss += cut(keeper, log, at, (i % 3) * 2, seed, checked) > 0;
    }
    return with_loss;
}

static int cuts_wanted(int least)
{
    const char *words = getenv("STORE_CUTS");

    return words ? atoi(words) : least;
}

static char log_path[64];

static int power_setup(void **state)
{
    snprintf(log_path, sizeof(log_path), "/tmp/store-log.XXXXXX");
    close(mkstemp(log_path));
    vfs_install();
    vfs_log_to(log_path);
    return keeper_setup(state);
}

static int power_teardown(void **state)
{
    vfs_install();
    unlink(log_path);
    return keeper_teardown(state);
}

static void test_what_is_promised_survives_a_power_cut(void **state)
{
    keeper_t *keeper = *state;
    int cuts = cuts_wanted(30);
    power_log_t log;
    int checked = 0;

    run(keeper);
    vfs_log_to(NULL);
    log = power_read(log_path);
    assert_int_equal(cut_often(keeper, &log, cuts, &checked), 0);
    assert_true(checked > cuts * PROCESSES * THREADS);
    power_forget_extra(&log);
    assert_true(cut_often(keeper, &log, cuts, &checked) > cuts / 5);
    free(log.bytes);
}

/* @return entries of the log by now */
static int entries_by_now(void)
{
    power_log_t log = power_read(log_path);

    free(log.bytes);
    return log.entries;
}

/* They wait: nobody has them when the store is closed. */
static void put_some(keeper_t *keeper, int first, int count)
{
    int i;

    for (i = first; i < first + count; ++i) {
        put(keeper, i, 0);
    }
}

/* What is written next is the only copy of its pages in the log. */
static void put_some_and_empty_the_log(keeper_t *keeper)
{
    keeper_open(keeper);
    put_some(keeper, 1, 20);
    keeper_close(keeper);
}

/* The power may be cut at any moment. */
static void put_more_and_cut_everywhere(keeper_t *keeper, int from)
{
    power_log_t log;
    unsigned seed;
    int checked = 0;
    int at;

    put_some(keeper, 101, 5);
    keeper_close(keeper);
    vfs_log_to(NULL);
    log = power_read(log_path);
    for (at = from; at <= log.entries; ++at) {
        for (seed = 1; seed <= 4; ++seed) {
            assert_int_equal(cut(keeper, &log, at, 2, seed * 2654435761U,
                                 &checked), 0);
        }
    }
    assert_true(checked > 20 * (log.entries - from));
    free(log.bytes);
}

/* What it has failed with is lost, whatever is synced later; so it must be
 * written again before anything of it comes into the database. */
static void test_a_failed_sync_and_a_power_cut(void **state)
{
    keeper_t *keeper = *state;
    int from;

    put_some_and_empty_the_log(keeper);
    keeper_open(keeper);
    keeper_await_number(keeper, "SELECT count(*) FROM owner", 1);
    from = entries_by_now();
    vfs_fail(VFS_SYNC, 0, 1, SQLITE_IOERR_FSYNC);
    assert_int_equal(try_put(keeper, 0, 0), APR_EGENERAL);
    keeper_await(keeper, CT_STORE_FIT, 1);
    put_more_and_cut_everywhere(keeper, from);
}

/* The first thing written into an empty log is its head, without which nobody
 * reads what is behind it. */
static void test_a_failed_sync_of_a_new_log_and_a_power_cut(void **state)
{
    keeper_t *keeper = *state;
    int from;

    put_some_and_empty_the_log(keeper);
    from = entries_by_now();
    vfs_fail(VFS_SYNC, 0, 1, SQLITE_IOERR_FSYNC);
    keeper_open(keeper);
    keeper_await(keeper, CT_STORE_FIT, 1);
    put_more_and_cut_everywhere(keeper, from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_what_is_promised_survives_a_power_cut, power_setup,
            power_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_failed_sync_and_a_power_cut, power_setup, power_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_failed_sync_of_a_new_log_and_a_power_cut, power_setup,
            power_teardown),
    };

    return run_group("store: power cuts", tests);
}
