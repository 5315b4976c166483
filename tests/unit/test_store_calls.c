/* SPDX-License-Identifier: Apache-2.0 */
/* Every call of SQLite fails once, the first, the second, and so on, with one
 * error or another: nobody waits for ever, what was promised is there, what
 * was said is written in the end, and it goes on. */
#include "support_store.h"

#include <dlfcn.h>
#include <stdatomic.h>

static atomic_int countdown;         /* 1: the next call fails */
static atomic_int error;

static int fails(void)
{
    return atomic_load(&countdown) > 0
           && atomic_fetch_sub(&countdown, 1) == 1;
}

/* In the place of SQLite's. */
#define THE_REAL(type, name) \
    static type *real_##name; \
    static void find_##name(void) __attribute__((constructor)); \
    static void find_##name(void) \
    { \
        real_##name = (type *)dlsym(RTLD_NEXT, #name); \
    }

typedef int (step_t)(sqlite3_stmt *statement);
THE_REAL(step_t, sqlite3_step)

int sqlite3_step(sqlite3_stmt *statement)
{
    return fails() ? atomic_load(&error) : real_sqlite3_step(statement);
}

typedef int (exec_t)(sqlite3 *db, const char *sql,
                     int (*callback)(void *, int, char **, char **),
                     void *data, char **message);
THE_REAL(exec_t, sqlite3_exec)

int sqlite3_exec(sqlite3 *db, const char *sql,
                 int (*callback)(void *, int, char **, char **), void *data,
                 char **message)
{
    return fails() ? atomic_load(&error)
                   : real_sqlite3_exec(db, sql, callback, data, message);
}

typedef int (prepare_v3_t)(sqlite3 *db, const char *sql, int length,
                           unsigned int flags, sqlite3_stmt **statement,
                           const char **tail);
THE_REAL(prepare_v3_t, sqlite3_prepare_v3)

int sqlite3_prepare_v3(sqlite3 *db, const char *sql, int length,
                       unsigned int flags, sqlite3_stmt **statement,
                       const char **tail)
{
    if (fails()) {
        *statement = NULL;
        return atomic_load(&error);
    }
    return real_sqlite3_prepare_v3(db, sql, length, flags, statement, tail);
}

typedef int (prepare_v2_t)(sqlite3 *db, const char *sql, int length,
                           sqlite3_stmt **statement, const char **tail);
THE_REAL(prepare_v2_t, sqlite3_prepare_v2)

int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int length,
                       sqlite3_stmt **statement, const char **tail)
{
    if (fails()) {
        *statement = NULL;
        return atomic_load(&error);
    }
    return real_sqlite3_prepare_v2(db, sql, length, statement, tail);
}

typedef int (open_t)(const char *path, sqlite3 **db, int flags,
                     const char *vfs);
THE_REAL(open_t, sqlite3_open_v2)

int sqlite3_open_v2(const char *path, sqlite3 **db, int flags,
                    const char *vfs)
{
    if (fails()) {
        *db = NULL;
        return atomic_load(&error);
    }
    return real_sqlite3_open_v2(path, db, flags, vfs);
}

typedef int (control_t)(sqlite3 *db, const char *name, int what, void *data);
THE_REAL(control_t, sqlite3_file_control)

int sqlite3_file_control(sqlite3 *db, const char *name, int what, void *data)
{
    return fails() ? atomic_load(&error)
                   : real_sqlite3_file_control(db, name, what, data);
}

typedef int (checkpoint_t)(sqlite3 *db, const char *name, int mode, int *size,
                           int *done);
THE_REAL(checkpoint_t, sqlite3_wal_checkpoint_v2)

int sqlite3_wal_checkpoint_v2(sqlite3 *db, const char *name, int mode,
                              int *size, int *done)
{
    return fails() ? atomic_load(&error)
                   : real_sqlite3_wal_checkpoint_v2(db, name, mode, size,
                                                    done);
}

/* ---- the test ---- */

static apr_int64_t put_until_it_goes(keeper_t *keeper, const char *payload,
                                     int owned, const char *unique)
{
    apr_time_t until = apr_time_now() + KEEPER_PATIENCE;
    ct_kept_t kept = task_of(payload);
    apr_status_t rv;

    kept.owned = owned;
    kept.unique = unique;
    while ((rv = ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE))
           != APR_SUCCESS) {
        if ((rv != APR_EGENERAL && rv != APR_ENOSPC)
            || apr_time_now() > until) {
            fail_msg("put: %d", rv);
        }
        apr_sleep(2000);
    }
    return kept.id;
}

/* A life in short. @return did a call fail? */
static int live(keeper_t *keeper, int nth)
{
    static const int errors[] = { SQLITE_IOERR_WRITE, SQLITE_NOMEM,
                                  SQLITE_IOERR_FSYNC };
    apr_int64_t done;
    apr_int64_t dead;

    keeper->started = 0;
    keeper_let(keeper, 100);
    atomic_store(&error, errors[nth % 3]);
    atomic_store(&countdown, nth);
    keeper_open(keeper);
    done = put_until_it_goes(keeper, "done", 1, NULL);
    dead = put_until_it_goes(keeper, "dead", 1, "key");
    ct_store_end(keeper->store, done, CT_ENDING_DONE, 1, 0, NULL);
    assert_true(put_until_it_goes(keeper, "again", 1, "key") == dead);
    put_until_it_goes(keeper, "taken", 0, NULL);
    keeper_await_started(keeper, 1);
    ct_store_end(keeper->store, keeper->tasks[0].id, CT_ENDING_RETRY, 1, 0,
                 "no");
    keeper_await_started(keeper, 2);
    ct_store_end(keeper->store, keeper->tasks[1].id, CT_ENDING_DONE, 2, 0,
                 NULL);
    ct_store_end(keeper->store, dead, CT_ENDING_DEAD, 1, 0, NULL);
    put_until_it_goes(keeper, "promised", 1, NULL);
    keeper_close(keeper);
    return atomic_exchange(&countdown, 0) <= 0;
}

static void test_every_call_fails_once(void **state)
{
    keeper_t *keeper = *state;
    int nth = 0;
    int has_failed;

    do {
        has_failed = live(keeper, ++nth);
        assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
            " WHERE CAST(payload AS TEXT) IN ('done', 'taken')"), 0);
        assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
            " WHERE CAST(payload AS TEXT) = 'dead' AND state = 2"), 1);
        assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
            " WHERE CAST(payload AS TEXT) = 'promised' AND state = 1"), 1);
        keeper_assert_sound(keeper);
        keeper_run(keeper, "DELETE FROM task; DELETE FROM owner");
    } while (has_failed);
    assert_in_range(nth, 50, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_every_call_fails_once),
    };

    return run_group("store: calls", tests);
}
