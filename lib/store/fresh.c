/* SPDX-License-Identifier: Apache-2.0 */
/* fresh: most tasks run at once: their rows are put and, a moment later,
 * deleted, and never read. What a statement costs for each row it touches is
 * less than what it costs to run it; so neighbours go at one stroke. */
#include "rows.h"

#include <stdlib.h>

/* @param i  what stands before its first column */
static void bind_record(sqlite3_stmt *to, int i, const ct_kept_t *record,
                        apr_int64_t owner)
{
    int origin;

    sqlite3_bind_int64(to, ++i, record->id);
    ct_rows_bind_text(to, ++i, record->name);
    ct_rows_bind_text(to, ++i, record->token);
    sqlite3_bind_int(to, ++i, record->attempt);
    sqlite3_bind_int(to, ++i, 0);
    sqlite3_bind_int64(to, ++i, ct_rows_ms(record->not_before));
    sqlite3_bind_int64(to, ++i, ct_rows_ms(record->created));
    ++i;
    if (record->expires) {
        sqlite3_bind_int64(to, i, ct_rows_ms(record->expires));
    }
    ct_rows_bind_text(to, ++i, record->unique);
    for (origin = 0; origin < CT_ORIGINS; ++origin) {
        ct_rows_bind_text(to, ++i, record->origin[origin]);
    }
    sqlite3_bind_int(to, ++i, record->status);
    sqlite3_bind_int64(to, ++i, ct_rows_ms(record->received));
    ct_rows_bind_text(to, ++i, record->type);
    sqlite3_bind_blob64(to, ++i, record->fields, record->fields_length,
                        SQLITE_STATIC);
    /* NULL would be no value. */
    sqlite3_bind_blob64(to, ++i, record->length ? record->payload : "",
                        record->length, SQLITE_STATIC);
    sqlite3_bind_int(to, ++i, record->owned ? 1 : 0);
    ++i;
    if (record->owned) {
        sqlite3_bind_int64(to, i, owner);
    }
}

static int put_one(ct_rows_t *rows, ct_kept_t *record)
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_PUT];
    int rc;

    bind_record(statement, 0, record, rows->owner);
    rc = ct_rows_run(statement);
    if (rc != SQLITE_OK || sqlite3_changes(rows->db->handle) > 0) {
        return rc;
    }
    record->duplicate = 1;
    statement = rows->statements[CT_ROW_SAME_KEY];
    ct_rows_bind_text(statement, 1, record->name);
    ct_rows_bind_text(statement, 2, record->unique);
    return ct_rows_number(statement, &record->id);
}

static int put_four(ct_rows_t *rows, ct_kept_t *const records[])
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_PUT_FOUR];
    int columns = sqlite3_bind_parameter_count(statement) / CT_ROWS_FOUR;
    int i;

    for (i = 0; i < CT_ROWS_FOUR; ++i) {
        bind_record(statement, i * columns, records[i], rows->owner);
    }
    return ct_rows_run(statement);
}

int ct_rows_put(ct_rows_t *rows, ct_row_puts_t *puts, ct_kept_t *record)
{
    record->id = rows->owner << 32 | ++rows->last;
    record->duplicate = 0;
    if (record->unique) {
        return put_one(rows, record);
    }
    puts->records[puts->count++] = record;
    if (puts->count < CT_ROWS_FOUR) {
        return SQLITE_OK;
    }
    puts->count = 0;
    return put_four(rows, puts->records);
}

int ct_rows_put_rest(ct_rows_t *rows, ct_row_puts_t *puts)
{
    int rc = SQLITE_OK;
    int i;

    for (i = 0; i < puts->count && rc == SQLITE_OK; ++i) {
        rc = put_one(rows, puts->records[i]);
    }
    puts->count = 0;
    return rc;
}

static int compare(const void *one, const void *other)
{
    apr_int64_t a = *(const apr_int64_t *)one;
    apr_int64_t b = *(const apr_int64_t *)other;

    return (a > b) - (a < b);
}

int ct_rows_done(ct_rows_t *rows, apr_int64_t ids[], int count)
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_DONE];
    int rc = SQLITE_OK;
    int from;
    int to;

    qsort(ids, (size_t)count, sizeof(*ids), compare);
    for (from = 0; from < count && rc == SQLITE_OK; from = to) {
        to = from + 1;
        while (to < count && ids[to] == ids[to - 1] + 1) {
            ++to;
        }
        sqlite3_bind_int64(statement, 1, ids[from]);
        sqlite3_bind_int64(statement, 2, ids[to - 1]);
        rc = ct_rows_run(statement);
    }
    return rc;
}

/* Who has put a task and could not wait for the disk, or whose response was
 * refused behind the commit, wants it away again. But others may have been
 * told meanwhile that there is one of their key already: then it is left to
 * whoever takes it. */
int ct_rows_withdraw(ct_rows_t *rows, apr_int64_t id)
{
    sqlite3_stmt *statement = rows->statements[CT_ROW_WITHDRAW];
    int rc;

    sqlite3_bind_int64(statement, 1, id);
    rc = ct_rows_run(statement);
    if (rc != SQLITE_OK || sqlite3_changes(rows->db->handle) > 0) {
        return rc;
    }
    statement = rows->statements[CT_ROW_LEAVE];
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, rows->owner);
    return ct_rows_run(statement);
}
