/* SPDX-License-Identifier: Apache-2.0 */
/* rows: each step of a task's life as a statement. Whoever calls has begun a
 * transaction, unless it only reads.
 * Results are SQLite's; anything but SQLITE_OK is a failure.
 * Thread: the connection's.
 * Lifetime: from ct_rows_open() to ct_rows_close(). */
#ifndef CT_ROWS_H
#define CT_ROWS_H

#include "db.h"
#include "kept.h"

#include "apr_pools.h"

/** So often a task's process may die after it has begun, as the only one that
 *  is suspected. */
#define CT_ROWS_CRASHES 3
/** The same, if its whole server has died last. */
#define CT_ROWS_SERVER_CRASHES 10

/** So many are put by one statement. */
#define CT_ROWS_FOUR 4

/** Rows at once, in what could hold the lock for long. */
#define CT_ROWS_STEP 500

typedef enum {
    CT_ROW_PUT,
    CT_ROW_PUT_FOUR,
    CT_ROW_SAME_KEY,
    CT_ROW_DONE,
    CT_ROW_WITHDRAW,
    CT_ROW_LEAVE,
    CT_ROW_BEGIN,
    CT_ROW_RETRY,
    CT_ROW_RELEASE,
    CT_ROW_DEAD,
    CT_ROW_TAKE,
    CT_ROW_TAKE_RECOVERED,
    CT_ROW_NEXT,
    CT_ROW_ENDED,
    CT_ROW_ADOPT_TAKEN,
    CT_ROW_ADOPT_OWN,
    CT_ROW_OWN,
    CT_ROW_OWNERS,
    CT_ROW_COME,
    CT_ROW_GO,
    CT_ROW_HOLDS,
    CT_ROW_FORGET_OLD,
    CT_ROW_FORGET_MANY,
    CT_ROW_DEAD_AGAIN,
    CT_ROW_DEAD_DELETE,
    CT_ROW_PAGES,
    CT_ROW_FREE_PAGES,
    CT_ROW_COUNT,
    CT_ROW_STATEMENTS
} ct_row_statement_e;

typedef struct ct_rows_t {
    ct_db_t *db;
    apr_int64_t owner;               /* who we are, 0: not yet */
    apr_uint32_t last;               /* running number of our tasks */
    sqlite3_stmt *statements[CT_ROW_STATEMENTS];
} ct_rows_t;

/** How a task ended, or did not. */
typedef struct ct_row_ending_t {
    apr_int64_t id;
    ct_ending_e how;
    int attempt;                     /* starts so far: RETRY, RELEASE, DEAD */
    apr_time_t not_before;           /* RETRY, RELEASE */
    const char *error;               /* RETRY, DEAD; or NULL */
} ct_row_ending_t;

int ct_rows_open(ct_rows_t *rows, ct_db_t *db);
void ct_rows_close(ct_rows_t *rows);

/* ---- for those who have statements ---- */

/** Run it to its end; what it was bound to need not live on. */
int ct_rows_run(sqlite3_stmt *statement);

/** The same, for the one number of its one row; 0: there is none. */
int ct_rows_number(sqlite3_stmt *statement, apr_int64_t *number);

/** @param text  or NULL; alive until it has run */
void ct_rows_bind_text(sqlite3_stmt *statement, int i, const char *text);

/** A time as it stands in a row. */
sqlite3_int64 ct_rows_ms(apr_time_t time);

/* ---- the steps ---- */

/** Tasks that have their id and are not put yet. All zero: none. */
typedef struct ct_row_puts_t {
    ct_kept_t *records[CT_ROWS_FOUR];
    int count;
} ct_row_puts_t;

/** Put a task, maybe only with others or with ct_rows_put_rest(), until when
 *  it has to be there; sets record->id, and record->duplicate: then the one
 *  that is there is marked as relied on. */
int ct_rows_put(ct_rows_t *rows, ct_row_puts_t *puts, ct_kept_t *record);
int ct_rows_put_rest(ct_rows_t *rows, ct_row_puts_t *puts);

/** CT_ENDING_DONE, of many tasks. @param ids  are sorted */
int ct_rows_done(ct_rows_t *rows, apr_int64_t ids[], int count);

/** CT_ENDING_RETRY, _RELEASE and _DEAD. */
int ct_rows_end(ct_rows_t *rows, const ct_row_ending_t *ending,
                apr_time_t now);

/** CT_ENDING_WITHDRAWN. */
int ct_rows_withdraw(ct_rows_t *rows, apr_int64_t id);

/** CT_ENDING_BEGUN. */
int ct_rows_begin(ct_rows_t *rows, apr_int64_t id);

/** Take the task that is due first: from now on it is ours and has started.
 *  One that has expired is marked as dead instead, and the next one taken.
 *  @param recovered  take from those whose process has died, else from the
 *                    others
 *  @param record     filled in, in p; record->id 0: nothing is due */
int ct_rows_take(ct_rows_t *rows, apr_time_t now, int recovered, apr_pool_t *p,
                 ct_kept_t *record);

/** When the next waiting tasks are due, the others and those whose process has
 *  died; 0: there is none. */
int ct_rows_next_due(ct_rows_t *rows, apr_time_t *due, apr_time_t *recovered);

/** Delete a task of a dead owner that was over when he died. */
int ct_rows_ended(ct_rows_t *rows, apr_int64_t owner, apr_int64_t id);

/** A dead owner's last task of its own from an id on downwards.
 *  @param owner  whose
 *  @param top    look from there on; set to where to go on, 0: that was all
 *  @param id     0: none so far */
int ct_rows_own(ct_rows_t *rows, apr_int64_t owner, apr_int64_t *top,
                apr_int64_t *id);

/** Let some tasks of a dead owner wait again: CT_ROWS_STEP of them at most.
 *  @param id      those of its own with this id, and the CT_ROWS_STEP - 1
 *                 below; 0: those that it had taken
 *  @param since   when the server was started: who came before died with
 *                 another one
 *  @param count   how many
 *  @param poison  those of them that are dead now, since their process has
 *                 died too often */
int ct_rows_adopt(ct_rows_t *rows, apr_int64_t owner, apr_int64_t id,
                  apr_time_t now, apr_time_t since, int *count, int *poison);

/** The numbers of all owners but for us.
 *  @param each  is called for each, with context */
int ct_rows_owners(ct_rows_t *rows,
                   void (*each)(void *context, apr_int64_t id), void *context);

/** A new owner, this process; sets *id. Ours from when rows->owner says so. */
int ct_rows_come(ct_rows_t *rows, apr_int64_t pid, apr_time_t now,
                 apr_int64_t *id);
int ct_rows_go(ct_rows_t *rows, apr_int64_t id);

/** Is any task ours? */
int ct_rows_holds(ct_rows_t *rows, int *holds);

/** Delete some of the dead that are old, or too many of their name.
 *  @param count  how many */
int ct_rows_forget(ct_rows_t *rows, apr_time_t now, int *count);

/** Let some dead tasks of a name wait again, at once and with all their
 *  attempts, or delete them.
 *  @param which  CT_ROW_DEAD_AGAIN or CT_ROW_DEAD_DELETE
 *  @param until  which died then or before
 *  @param count  how many; fewer than CT_ROWS_STEP: that was all */
int ct_rows_dead(ct_rows_t *rows, ct_row_statement_e which, const char *name,
                 apr_time_t until, int *count);

/** Bytes of the file: in use, and free to be used again. */
int ct_rows_size(ct_rows_t *rows, apr_int64_t *used, apr_int64_t *unused);

#endif
