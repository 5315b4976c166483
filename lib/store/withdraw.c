/* SPDX-License-Identifier: Apache-2.0 */
/* withdraw: who has put a task and could not wait for the disk, or whose
 * response was refused behind the commit, wants it away again. But others may
 * have been told meanwhile that there is one of their key already: then it is
 * left to whoever takes it. */
#include "rows.h"

static int run(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);

    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int ct_rows_withdraw(ct_rows_t *rows, apr_int64_t id)
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_WITHDRAW];
    int rc;

    sqlite3_bind_int64(statement, 1, id);
    rc = run(statement);
    if (rc != SQLITE_OK || sqlite3_changes(rows->db->handle) > 0) {
        return rc;
    }
    statement = rows->statements[CT_ROW_LEAVE];
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, rows->owner);
    return run(statement);
}
