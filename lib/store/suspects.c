/* SPDX-License-Identifier: Apache-2.0 */
/* suspects: a process that dies blames the recovered task that ran in it. Who
 * has been taken may still have to wait for a thread, behind tasks that are as
 * able to kill the process; that is marked when it really begins. A fresh task
 * has no mark: its first death blames nobody.
 *
 * When the whole server has died (no power, all killed) that was hardly the
 * task, but may have been: it may have eaten all memory. */
#include "rows.h"

/* Rows at once, by who only reads. */
#define LOOKED_AT 5000

static int run_on(ct_rows_t *rows, ct_row_statement_e which, apr_int64_t id,
                  apr_int64_t owner)
{
    sqlite3_stmt *statement = rows->statements[which];

    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, owner);
    return ct_rows_run(statement);
}

int ct_rows_begin(ct_rows_t *rows, apr_int64_t id)
{
    return run_on(rows, CT_ROW_BEGIN, id, rows->owner);
}

int ct_rows_ended(ct_rows_t *rows, apr_int64_t owner, apr_int64_t id)
{
    return run_on(rows, CT_ROW_ENDED, id, owner);
}

/* In no index, see schema.c: those that still wait are between them. */
int ct_rows_own(ct_rows_t *rows, apr_int64_t owner, apr_int64_t *top,
                apr_int64_t *id)
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_OWN];
    int count = 0;
    int rc;

    *id = 0;
    sqlite3_bind_int64(statement, 1, owner);
    sqlite3_bind_int64(statement, 2, *top);
    sqlite3_bind_int(statement, 3, LOOKED_AT);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        *top = sqlite3_column_int64(statement, 0) - 1;
        if (sqlite3_column_int(statement, 1)) {
            *id = *top + 1;
            break;
        }
        ++count;
    }
    sqlite3_reset(statement);
    if (rc == SQLITE_DONE && count < LOOKED_AT) {
        *top = 0;
    }
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

int ct_rows_adopt(ct_rows_t *rows, apr_int64_t owner, apr_int64_t id,
                  apr_time_t now, apr_time_t since, int *count, int *poison)
{
    sqlite3_stmt *statement =
        rows->statements[id ? CT_ROW_ADOPT_OWN : CT_ROW_ADOPT_TAKEN];
    int rc;

    *count = 0;
    *poison = 0;
    sqlite3_bind_int64(statement, 1, owner);
    sqlite3_bind_int(statement, 2, CT_ROWS_CRASHES);
    sqlite3_bind_int64(statement, 3, now / 1000);
    sqlite3_bind_int64(statement, 4,
                       id ? id - CT_ROWS_STEP + 1 : CT_ROWS_STEP);
    sqlite3_bind_int64(statement, 5, since / 1000);
    sqlite3_bind_int(statement, 6, CT_ROWS_SERVER_CRASHES);
    if (id) {
        sqlite3_bind_int64(statement, 7, id);
    }
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        *count += 1;
        *poison += sqlite3_column_int(statement, 0) == 2;
    }
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}
