/* SPDX-License-Identifier: Apache-2.0 */
/* rows_sql: all SQL of a task's life in one place, to be read side by side
 * with schema.c. A condition of a partial index has to stand there word for
 * word, else the index is not used. */
#include "rows_sql.h"

#include "rows.h"

#define COLUMNS \
    "id, name, token, attempt, recovered, not_before, created, expires, " \
    "ukey, server, method, uri, args, hostname, client, user, log_id, " \
    "traceparent, unique_id, status, received, type, fields, payload"

#define PUT "INSERT INTO task (" COLUMNS ", state, owner) VALUES"
/* As many as fresh.c binds. */
#define ROW \
    " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?," \
    "  ?, ?, ?, ?)"

/* ?1 now, ?2 owner. What has expired is dead, and not taken. */
#define TAKE(which) \
    "UPDATE task SET state = iif(expires <= ?1, 2, 1)," \
    "  owner = iif(expires <= ?1, NULL, ?2)," \
    "  attempt = attempt + iif(expires <= ?1, 0, 1)," \
    "  died = iif(expires <= ?1, ?1, NULL), begun = 0," \
    "  error = iif(expires <= ?1, 'expired', error)" \
    " WHERE id = (SELECT id FROM task WHERE state = 0 AND " which \
    "   AND not_before <= ?1 ORDER BY not_before LIMIT 1)" \
    " RETURNING state, " COLUMNS

/* ?1 whose owner, ?2 crashes of a child, ?3 now, ?5 since when the server is
 * up, ?6 crashes of a server.
 *
 * Its first death blames nobody: it was one of many. From then on it is run as
 * the only suspect, and blamed if it has begun. Whom nobody blames has not had
 * that attempt. Who is blamed waits for 1, 4, 9, ... s: else an innocent would
 * be the first to begin in the next child, each time, when children die in a
 * row. */
#define SERVER_HAS_DIED \
    "(SELECT started FROM owner WHERE id = ?1) < ?5"
#define IS_POISON \
    "begun AND recovered >= iif(" SERVER_HAS_DIED ", ?6, ?2)"

#define ADOPT(which) \
    "UPDATE task SET owner = NULL," \
    " attempt = max(attempt - NOT begun, 0)," \
    " recovered = recovered + (recovered = 0 OR begun)," \
    " not_before = iif(begun, ?3 + 1000 * recovered * recovered," \
    "   not_before)," \
    " state = iif(" IS_POISON ", 2, 0)," \
    " died = iif(" IS_POISON ", ?3, NULL)," \
    " error = iif(" IS_POISON ", printf(iif(" SERVER_HAS_DIED "," \
    "   'its server has died %d times while it ran'," \
    "   'crashed its child %d times'), recovered), error)," \
    " begun = 0 WHERE " which " RETURNING state"

/* ?1 the name, ?2 who died then or before, ?3 so many. */
#define DEAD_OF_A_NAME \
    " WHERE id IN (SELECT id FROM task WHERE state = 2 AND name = ?1" \
    "  AND died <= ?2 LIMIT ?3)"

const char *const ct_rows_sql[CT_ROW_STATEMENTS] = {
    [CT_ROW_PUT] =
        PUT ROW " ON CONFLICT (name, ukey) WHERE ukey IS NOT NULL DO NOTHING",
    [CT_ROW_PUT_FOUR] = PUT ROW "," ROW "," ROW "," ROW,
    [CT_ROW_SAME_KEY] =
        "UPDATE task SET wanted = 1 WHERE name = ? AND ukey = ? RETURNING id",
    [CT_ROW_DONE] =
        "DELETE FROM task WHERE id BETWEEN ? AND ?",
    [CT_ROW_WITHDRAW] = "DELETE FROM task WHERE id = ? AND wanted = 0",
    /* Unless it was taken, and runs. */
    [CT_ROW_LEAVE] =
        "UPDATE task SET state = 0, owner = NULL"
        " WHERE id = ?1 AND owner = ?2 AND attempt = 0",
    [CT_ROW_BEGIN] =
        "UPDATE task SET begun = 1 WHERE id = ?1 AND owner = ?2",
    [CT_ROW_RETRY] =
        "UPDATE task SET state = 0, owner = NULL, recovered = 0, attempt = ?2,"
        " not_before = ?3, error = ?4 WHERE id = ?1",
    [CT_ROW_RELEASE] =
        "UPDATE task SET state = 0, owner = NULL, attempt = ?2,"
        " not_before = ?3 WHERE id = ?1",
    [CT_ROW_DEAD] =
        "UPDATE task SET state = 2, owner = NULL, attempt = ?2, error = ?3,"
        " died = ?4 WHERE id = ?1",
    [CT_ROW_TAKE] = TAKE("recovered = 0"),
    [CT_ROW_TAKE_RECOVERED] = TAKE("recovered > 0"),
    [CT_ROW_NEXT] =
        "SELECT (SELECT min(not_before) FROM task"
        "  WHERE state = 0 AND recovered = 0),"
        " (SELECT min(not_before) FROM task"
        "  WHERE state = 0 AND recovered > 0)",
    [CT_ROW_ENDED] =
        "DELETE FROM task WHERE id = ?1 AND owner = ?2",
    [CT_ROW_ADOPT_TAKEN] =
        ADOPT("id IN (SELECT id FROM task WHERE owner = ?1"
              "  AND owner <> id >> 32 LIMIT ?4)"),
    [CT_ROW_ADOPT_OWN] = ADOPT("id BETWEEN ?4 AND ?7 AND owner = ?1"),
    [CT_ROW_OWN] =
        "SELECT id, owner IS ?1 FROM task WHERE id BETWEEN ?1 << 32 AND ?2"
        " ORDER BY id DESC LIMIT ?3",
    [CT_ROW_OWNERS] = "SELECT id FROM owner WHERE id <> ?",
    [CT_ROW_COME] =
        "INSERT INTO owner (pid, started) VALUES (?, ?) RETURNING id",
    [CT_ROW_GO] = "DELETE FROM owner WHERE id = ?",
    [CT_ROW_HOLDS] =
        "SELECT EXISTS (SELECT 1 FROM task WHERE owner = ?1"
        "  AND owner <> id >> 32)"
        " OR EXISTS (SELECT 1 FROM task WHERE owner = ?1"
        "  AND id BETWEEN ?1 << 32 AND ?1 << 32 | 4294967295)",
    [CT_ROW_FORGET_OLD] =
        "DELETE FROM task WHERE id IN (SELECT id FROM task"
        " WHERE state = 2 AND died < ?1 LIMIT ?2)",
    [CT_ROW_FORGET_MANY] =
        "DELETE FROM task WHERE id IN (SELECT id FROM"
        " (SELECT id, row_number() OVER"
        "   (PARTITION BY name ORDER BY died DESC) AS nth"
        "  FROM task WHERE state = 2) WHERE nth > ?1 LIMIT ?2)",
    [CT_ROW_DEAD_AGAIN] =
        "UPDATE task SET state = 0, attempt = 0, not_before = 0,"
        " expires = NULL" DEAD_OF_A_NAME,
    [CT_ROW_DEAD_DELETE] =
        "DELETE FROM task" DEAD_OF_A_NAME,
    [CT_ROW_PAGES] = "PRAGMA page_count",
    [CT_ROW_FREE_PAGES] = "PRAGMA freelist_count",
    /* See count.c. */
    [CT_ROW_COUNT] =
        "SELECT state, name, attempt, not_before, created, id"
        " FROM task INDEXED BY task_count WHERE state <> 1"
        " AND (state, name, attempt, not_before, created, id)"
        "   > (?, ?, ?, ?, ?, ?)"
        " ORDER BY state, name, attempt, not_before, created, id LIMIT ?",
};
