/* SPDX-License-Identifier: Apache-2.0 */
/* db: SQLite with a write-ahead log. With synchronous=FULL a commit syncs the
 * log while it holds the write lock, and all processes together get one batch
 * per sync. With NORMAL it only appends to the log, and whoever needs it on
 * the disk syncs the log afterwards, without the lock: the syncs of several
 * processes overlap, and one covers what the others wrote before it. SQLite
 * itself syncs the log before it is copied into the file and the file
 * afterwards, so a log that begins anew between the two does no harm. */
#include "db.h"

#include "apr_general.h"

#include <time.h>

/* Between two looks at a lock, microseconds. SQLite's own waits grow to 100
 * ms, and whoever waits long enough starves. */
#define NAP_LEAST 200
#define NAP_MORE  200

/* To wait for another one that makes the tables, reads the log anew after a
 * crash, or is the last to close it. */
#define OPENING apr_time_from_sec(5)

/* Frames of the log, of 4 KB each. A passive checkpoint waits for nobody; a
 * restart has the next writer begin the log anew. */
#define PASSIVE_AT 1000
#define RESTART_AT 4000

/* While somebody else has the lock. */
static int wait_for_lock(void *data, int times)
{
    const ct_db_t *db = data;
    apr_time_t now = apr_time_now();
    struct timespec nap = { 0, 0 };

    if (now >= db->give_up) {
        return 0;
    }
    nap.tv_nsec = (long)(NAP_LEAST + now % NAP_MORE) * 1000;
    nanosleep(&nap, NULL);
    return 1;
}

/* Called inside a commit. */
static int note_frames(void *data, sqlite3 *handle, const char *name,
                       int frames)
{
    ct_db_t *db = data;

    db->frames = frames;
    if (frames < db->emptied) {
        db->emptied = 0;
    }
    return SQLITE_OK;
}

static int prepare(ct_db_t *db, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                              statement, NULL);
}

/* @return as a call that has no rows */
static int step(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);

    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int ct_db_open(ct_db_t *db, const char *path)
{
    int rc;

    db->begin = db->commit = NULL;
    db->give_up = apr_time_now() + OPENING;
    db->frames = 0;
    db->emptied = 0;
    rc = sqlite3_open_v2(path, &db->handle,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
                         | SQLITE_OPEN_PRIVATECACHE, NULL);
    if (rc != SQLITE_OK) {
        return rc;
    }
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_handler(db->handle, wait_for_lock, db);
    rc = ct_db_run(db, "PRAGMA synchronous = NORMAL;"
                       "PRAGMA journal_size_limit = 67108864;"
                       "PRAGMA cache_size = -2000;"
                       "PRAGMA temp_store = MEMORY;"
                       "PRAGMA cell_size_check = ON;"
                       "PRAGMA secure_delete = FAST");
    /* In the place of the one that empties the log inside a commit. */
    sqlite3_wal_hook(db->handle, note_frames, db);
    if (rc == SQLITE_OK) {
        rc = prepare(db, "BEGIN IMMEDIATE", &db->begin);
    }
    return rc == SQLITE_OK ? prepare(db, "COMMIT", &db->commit) : rc;
}

void ct_db_close(ct_db_t *db)
{
    sqlite3_finalize(db->begin);
    sqlite3_finalize(db->commit);
    db->begin = db->commit = NULL;
    sqlite3_close(db->handle);
    db->handle = NULL;
}

int ct_db_run(ct_db_t *db, const char *sql)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
}

int ct_db_number(ct_db_t *db, const char *sql, sqlite3_int64 *number)
{
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);

    *number = 0;
    if (rc != SQLITE_OK) {
        return rc;
    }
    if (sqlite3_step(statement) == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
    }
    return sqlite3_finalize(statement);
}

int ct_db_begin(ct_db_t *db, apr_interval_time_t patience)
{
    int rc;

    db->give_up = apr_time_now() + patience;
    rc = step(db->begin);
    db->give_up = 0;
    return rc;
}

int ct_db_commit(ct_db_t *db)
{
    int rc = step(db->commit);

    if (rc != SQLITE_OK) {
        ct_db_rollback(db);
    }
    return rc;
}

/* Some failures have ended it already. */
void ct_db_rollback(ct_db_t *db)
{
    if (db->handle && !sqlite3_get_autocommit(db->handle)) {
        ct_db_run(db, "ROLLBACK");
    }
}

/* Not by a descriptor of our own: to close it would let SQLite's locks go. */
static int find_log(ct_db_t *db, sqlite3_file **log)
{
    int rc;

    *log = NULL;
    rc = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                              log);
    return rc != SQLITE_OK ? rc
        : *log && (*log)->pMethods ? SQLITE_OK : SQLITE_IOERR;
}

static int sync_log(sqlite3_file *log)
{
    return log->pMethods->xSync(log,
                                SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

int ct_db_sync(ct_db_t *db)
{
    sqlite3_file *log;
    int rc = find_log(db, &log);

    return rc == SQLITE_OK ? sync_log(log) : rc;
}

/* Over itself: what the system has in memory and takes for written is to be
 * written again. */
static int write_again(sqlite3_file *log)
{
    char piece[16 * 1024];
    sqlite3_int64 size = 0;
    sqlite3_int64 at = 0;
    int rc = log->pMethods->xFileSize(log, &size);

    while (rc == SQLITE_OK && at < size) {
        int count = size - at < (int)sizeof(piece) ? (int)(size - at)
                                                   : (int)sizeof(piece);

        rc = log->pMethods->xRead(log, piece, count, at);
        if (rc == SQLITE_OK) {
            rc = log->pMethods->xWrite(log, piece, count, at);
        }
        at += count;
    }
    return rc;
}

/* With the lock: nobody adds to it meanwhile. */
int ct_db_save_log(ct_db_t *db, apr_interval_time_t patience)
{
    sqlite3_file *log;
    int rc = ct_db_begin(db, patience);

    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = find_log(db, &log);
    if (rc == SQLITE_OK) {
        rc = write_again(log);
    }
    if (rc == SQLITE_OK) {
        rc = sync_log(log);
    }
    ct_db_rollback(db);
    return rc;
}

void ct_db_leave_log(ct_db_t *db)
{
    if (db->handle) {
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                          NULL);
    }
}

/* With somebody who reads for long a restart fails at once, since nothing is
 * waited for here, and is tried again when the log has grown further. */
int ct_db_tend_log(ct_db_t *db)
{
    int rc;

    if (db->frames < db->emptied + PASSIVE_AT) {
        return SQLITE_OK;
    }
    db->emptied = db->frames;
    rc = sqlite3_wal_checkpoint_v2(db->handle, NULL,
                                   db->frames < RESTART_AT
                                   ? SQLITE_CHECKPOINT_PASSIVE
                                   : SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    return (rc & 0xff) == SQLITE_BUSY ? SQLITE_OK : rc;
}

int ct_db_empty_log(ct_db_t *db)
{
    return sqlite3_wal_checkpoint_v2(db->handle, NULL,
                                     SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

int ct_db_has_moved(ct_db_t *db)
{
    int moved = 0;

    return db->handle
           && sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED,
                                   &moved) == SQLITE_OK && moved;
}

const char *ct_db_words(const ct_db_t *db)
{
    return db->handle ? sqlite3_errmsg(db->handle) : "out of memory";
}
