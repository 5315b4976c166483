/* SPDX-License-Identifier: Apache-2.0 */
/* rows: the statements are prepared once. Each is read to its end and reset at
 * once: one that is left open would keep the log from being emptied. */
#include "rows.h"

#include "rows_sql.h"
#include "schema.h"

#include "apr_strings.h"

#define DEAD_KEPT apr_time_from_sec(30 * 86400)
#define DEAD_OF_A_NAME 10000

int ct_rows_open(ct_rows_t *rows, ct_db_t *db)
{
    int rc = SQLITE_OK;
    int i;

    rows->db = db;
    rows->owner = 0;
    rows->last = 0;
    for (i = 0; i < CT_ROW_STATEMENTS; ++i) {
        rows->statements[i] = NULL;
    }
    for (i = 0; i < CT_ROW_STATEMENTS && rc == SQLITE_OK; ++i) {
        rc = sqlite3_prepare_v3(db->handle, ct_rows_sql[i], -1,
                                SQLITE_PREPARE_PERSISTENT,
                                &rows->statements[i], NULL);
    }
    return rc;
}

void ct_rows_close(ct_rows_t *rows)
{
    int i;

    for (i = 0; i < CT_ROW_STATEMENTS; ++i) {
        sqlite3_finalize(rows->statements[i]);
        rows->statements[i] = NULL;
    }
}

/* Another row? Not to be asked again after a no: that would run it anew. */
static int next(sqlite3_stmt *statement, int *rc)
{
    *rc = sqlite3_step(statement);
    return *rc == SQLITE_ROW;
}

/* What it was bound to need not live on. */
static int end(sqlite3_stmt *statement, int rc)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int ct_rows_run(sqlite3_stmt *statement)
{
    int rc;

    while (next(statement, &rc)) {
    }
    return end(statement, rc);
}

/* The one number of its one row; 0: there is none. */
int ct_rows_number(sqlite3_stmt *statement, apr_int64_t *number)
{
    int rc;

    *number = 0;
    while (next(statement, &rc)) {
        *number = sqlite3_column_int64(statement, 0);
    }
    return end(statement, rc);
}

void ct_rows_bind_text(sqlite3_stmt *statement, int i, const char *text)
{
    sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC);
}

sqlite3_int64 ct_rows_ms(apr_time_t time)
{
    return time / 1000;
}

int ct_rows_end(ct_rows_t *rows, const ct_row_ending_t *ending, apr_time_t now)
{
    static const ct_row_statement_e which[] = {
        [CT_ENDING_RETRY] = CT_ROW_RETRY,
        [CT_ENDING_RELEASE] = CT_ROW_RELEASE,
        [CT_ENDING_DEAD] = CT_ROW_DEAD,
    };
    sqlite3_stmt *statement = rows->statements[which[ending->how]];

    sqlite3_bind_int64(statement, 1, ending->id);
    sqlite3_bind_int(statement, 2, ending->attempt);
    if (ending->how == CT_ENDING_DEAD) {
        ct_rows_bind_text(statement, 3, ending->error);
        sqlite3_bind_int64(statement, 4, ct_rows_ms(now));
    }
    else {
        sqlite3_bind_int64(statement, 3, ct_rows_ms(ending->not_before));
    }
    if (ending->how == CT_ENDING_RETRY) {
        ct_rows_bind_text(statement, 4, ending->error);
    }
    return ct_rows_run(statement);
}

static const char *text_of(sqlite3_stmt *from, int i, apr_pool_t *p)
{
    return apr_pstrdup(p, (const char *)sqlite3_column_text(from, i));
}

static const void *bytes_of(sqlite3_stmt *from, int i, apr_pool_t *p,
                            apr_size_t *length)
{
    const void *bytes = sqlite3_column_blob(from, i);

    *length = (apr_size_t)sqlite3_column_bytes(from, i);
    return bytes ? apr_pmemdup(p, bytes, *length) : NULL;
}

/* COLUMNS, behind the state. */
static void read_record(sqlite3_stmt *from, apr_pool_t *p, ct_kept_t *record)
{
    int i = 0;
    int origin;

    record->owned = 1;
    record->duplicate = 0;
    record->id = sqlite3_column_int64(from, ++i);
    record->name = text_of(from, ++i, p);
    record->token = text_of(from, ++i, p);
    record->attempt = sqlite3_column_int(from, ++i);
    record->recovered = sqlite3_column_int(from, ++i);
    record->not_before = sqlite3_column_int64(from, ++i) * 1000;
    record->created = sqlite3_column_int64(from, ++i) * 1000;
    record->expires = sqlite3_column_int64(from, ++i) * 1000;
    record->unique = text_of(from, ++i, p);
    for (origin = 0; origin < CT_ORIGINS; ++origin) {
        record->origin[origin] = text_of(from, ++i, p);
    }
    record->status = sqlite3_column_int(from, ++i);
    record->received = sqlite3_column_int64(from, ++i) * 1000;
    record->type = text_of(from, ++i, p);
    record->fields = bytes_of(from, ++i, p, &record->fields_length);
    record->payload = bytes_of(from, ++i, p, &record->length);
}

int ct_rows_take(ct_rows_t *rows, apr_time_t now, int recovered, apr_pool_t *p,
                 ct_kept_t *record)
{
    sqlite3_stmt *statement =
        rows->statements[recovered ? CT_ROW_TAKE_RECOVERED : CT_ROW_TAKE];
    int tries = CT_ROWS_STEP;
    int is_expired;
    int rc;

    record->id = 0;
    do {
        is_expired = 0;
        sqlite3_bind_int64(statement, 1, ct_rows_ms(now));
        sqlite3_bind_int64(statement, 2, rows->owner);
        while (next(statement, &rc)) {
            is_expired = sqlite3_column_int(statement, 0) != 1;
            if (!is_expired) {
                read_record(statement, p, record);
            }
        }
        rc = end(statement, rc);
    } while (rc == SQLITE_OK && is_expired && --tries > 0);
    return rc;
}

/* 0: there is none. A person may have written 0 for at once. */
static apr_time_t time_of(sqlite3_stmt *from, int i)
{
    sqlite3_int64 ms = sqlite3_column_int64(from, i);

    return sqlite3_column_type(from, i) == SQLITE_NULL ? 0
        : ms > 0 ? ms * 1000 : 1;
}

int ct_rows_next_due(ct_rows_t *rows, apr_time_t *due, apr_time_t *recovered)
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_NEXT];
    int rc;

    *due = *recovered = 0;
    while (next(statement, &rc)) {
        *due = time_of(statement, 0);
        *recovered = time_of(statement, 1);
    }
    return end(statement, rc);
}

int ct_rows_owners(ct_rows_t *rows,
                   void (*each)(void *context, apr_int64_t id), void *context)
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_OWNERS];
    int rc;

    sqlite3_bind_int64(statement, 1, rows->owner);
    while (next(statement, &rc)) {
        each(context, sqlite3_column_int64(statement, 0));
    }
    return end(statement, rc);
}

int ct_rows_come(ct_rows_t *rows, apr_int64_t pid, apr_time_t now,
                 apr_int64_t *id)
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_COME];

    sqlite3_bind_int64(statement, 1, pid);
    sqlite3_bind_int64(statement, 2, ct_rows_ms(now));
    return ct_rows_number(statement, id);
}

int ct_rows_go(ct_rows_t *rows, apr_int64_t id)
{
    sqlite3_bind_int64(rows->statements[CT_ROW_GO], 1, id);
    return ct_rows_run(rows->statements[CT_ROW_GO]);
}

int ct_rows_holds(ct_rows_t *rows, int *holds)
{
    apr_int64_t number;
    int rc;

    sqlite3_bind_int64(rows->statements[CT_ROW_HOLDS], 1, rows->owner);
    rc = ct_rows_number(rows->statements[CT_ROW_HOLDS], &number);
    *holds = number != 0;
    return rc;
}

int ct_rows_forget(ct_rows_t *rows, apr_time_t now, int *count)
{
    sqlite3_stmt *old = rows->statements[CT_ROW_FORGET_OLD];
    sqlite3_stmt *many = rows->statements[CT_ROW_FORGET_MANY];
    int rc;

    sqlite3_bind_int64(old, 1, ct_rows_ms(now - DEAD_KEPT));
    sqlite3_bind_int(old, 2, CT_ROWS_STEP);
    rc = ct_rows_run(old);
    *count = rc == SQLITE_OK ? sqlite3_changes(rows->db->handle) : 0;
    if (rc == SQLITE_OK && *count == 0) {
        sqlite3_bind_int(many, 1, DEAD_OF_A_NAME);
        sqlite3_bind_int(many, 2, CT_ROWS_STEP);
        rc = ct_rows_run(many);
        *count = rc == SQLITE_OK ? sqlite3_changes(rows->db->handle) : 0;
    }
    return rc;
}

int ct_rows_size(ct_rows_t *rows, apr_int64_t *used, apr_int64_t *unused)
{
    apr_int64_t pages;
    int rc = ct_rows_number(rows->statements[CT_ROW_PAGES], &pages);

    if (rc == SQLITE_OK) {
        rc = ct_rows_number(rows->statements[CT_ROW_FREE_PAGES], unused);
    }
    *used = (pages - *unused) * CT_PAGE_SIZE;
    *unused *= 4096;
    return rc;
}
