/* SPDX-License-Identifier: Apache-2.0 */
/* schema: states are 0 waiting, 1 taken, 2 dead; times are milliseconds since
 * 1970. A task's id is owner << 32 | running number: never used twice, since
 * an owner's id is not. They begin anywhere, so that in a file which takes the
 * place of a broken one no task has the id of one that still runs. wanted:
 * another put was told that there is one of its key already; begun: see
 * suspects.c.
 *
 * Two indexes for what is due: recovered tasks are taken one at a time, and
 * must not be in the way of the others. Those that are put and run at once
 * enter none, but for that of the keys: whose they are is told by their ids,
 * and they are not counted. The view and the two statements for dead tasks
 * (conf-examples/tasks/README.md) are an interface; the rest is not. */
#include "schema.h"

/* Raised when this code cannot work with an older file, or older code with a
 * new one. ct_schema_ensure() brings an older file up; look() takes any other
 * number for that of newer code, so it has to learn about those. */
#define VERSION 1
#define VERSION_TEXT "1"
/* "Ctow": whose file it is, for file(1) and for us. */
#define APPLICATION 0x43746f77
#define APPLICATION_TEXT "1131704183"

#define COUNT_INDEX \
    "CREATE INDEX IF NOT EXISTS task_count" \
    "  ON task(state, name, attempt, not_before, created) WHERE state <> 1;"

#define TAKEN_INDEX \
    "CREATE INDEX IF NOT EXISTS task_taken" \
    "  ON task(owner) WHERE owner <> id >> 32;"

/* What the first files had, or had not. */
static const char upgrade[] =
    COUNT_INDEX TAKEN_INDEX "DROP INDEX IF EXISTS task_owner";

static const char tables[] =
    "CREATE TABLE owner ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  pid INT NOT NULL, started INT NOT NULL) STRICT;"
    "INSERT INTO sqlite_sequence VALUES"
    "  ('owner', abs(random() % 1000000000));"
    "CREATE TABLE task ("
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL, token TEXT NOT NULL,"
    "  state INT NOT NULL, owner INT, attempt INT NOT NULL,"
    "  recovered INT NOT NULL DEFAULT 0, not_before INT NOT NULL,"
    "  created INT NOT NULL, expires INT, died INT, ukey TEXT,"
    "  server TEXT, method TEXT, uri TEXT, args TEXT, hostname TEXT,"
    "  client TEXT, user TEXT, log_id TEXT, traceparent TEXT,"
    "  unique_id TEXT, status INT, received INT,"
    "  error TEXT, type TEXT, fields BLOB, payload BLOB NOT NULL,"
    "  wanted INT NOT NULL DEFAULT 0,"
    "  begun INT NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX task_due ON task(not_before)"
    "  WHERE state = 0 AND recovered = 0;"
    "CREATE INDEX task_recovered ON task(not_before)"
    "  WHERE state = 0 AND recovered > 0;"
    TAKEN_INDEX
    "CREATE UNIQUE INDEX task_key ON task(name, ukey)"
    "  WHERE ukey IS NOT NULL;"
    "CREATE INDEX task_dead ON task(name, died) WHERE state = 2;"
    COUNT_INDEX
    "CREATE VIEW tasks AS SELECT"
    "  printf('%d-%d', task.id >> 32, task.id & 4294967295) AS task, name,"
    "  CASE state WHEN 0 THEN iif(attempt, 'retry', 'waiting')"
    "    WHEN 1 THEN 'running' ELSE 'dead' END AS state,"
    "  attempt, datetime(created / 1000, 'unixepoch', 'localtime')"
    "    AS created,"
    "  iif(state = 0, datetime(not_before / 1000, 'unixepoch', 'localtime'),"
    "    NULL) AS due,"
    "  o.pid, status, uri, length(payload) AS bytes, error"
    "  FROM task LEFT JOIN owner o ON o.id = task.owner;"
    "PRAGMA application_id = " APPLICATION_TEXT ";"
    "PRAGMA user_version = " VERSION_TEXT;

/* Another process may do the same at the moment. */
#define PATIENCE apr_time_from_sec(5)

static int look(ct_db_t *db, int *is_empty, const char **wrong)
{
    sqlite3_int64 application;
    sqlite3_int64 version;
    sqlite3_int64 count;
    int rc = ct_db_number(db, "PRAGMA application_id", &application);

    if (rc == SQLITE_OK) {
        rc = ct_db_number(db, "PRAGMA user_version", &version);
    }
    if (rc == SQLITE_OK) {
        rc = ct_db_number(db, "SELECT count(*) FROM sqlite_schema", &count);
    }
    if (rc != SQLITE_OK) {
        return rc;
    }
    *is_empty = count == 0 && application == 0 && version == 0;
    if (!*is_empty && application != APPLICATION) {
        *wrong = "it is the database of another program";
    }
    else if (!*is_empty && version != VERSION) {
        *wrong = "it was made by a newer mod_crosstown_store";
    }
    return *wrong ? SQLITE_MISMATCH : SQLITE_OK;
}

static int make_tables(ct_db_t *db, const char **wrong)
{
    int is_empty = 0;
    int rc;

    /* These are no part of a transaction, and have to come first. */
    rc = ct_db_run(db, "PRAGMA page_size = 4096;"
                       "PRAGMA auto_vacuum = INCREMENTAL;"
                       "PRAGMA journal_mode = WAL");
    if (rc == SQLITE_OK) {
        rc = ct_db_begin(db, PATIENCE);
    }
    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = look(db, &is_empty, wrong);
    if (rc == SQLITE_OK && is_empty) {
        rc = ct_db_run(db, tables);
    }
    if (rc != SQLITE_OK) {
        ct_db_rollback(db);
        return rc;
    }
    return ct_db_commit(db);
}

int ct_schema_ensure(ct_db_t *db, const char **wrong)
{
    int is_empty = 0;
    int rc;

    *wrong = NULL;
    rc = look(db, &is_empty, wrong);
    return rc != SQLITE_OK ? rc
        : is_empty ? make_tables(db, wrong)
        : ct_db_run(db, upgrade);
}
