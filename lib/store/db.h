/* SPDX-License-Identifier: Apache-2.0 */
/* db: a connection to the file: how it is opened, what a transaction waits
 * for, when what was committed is on the disk, when the log is emptied.
 * Results are SQLite's; anything but SQLITE_OK is a failure.
 * Thread: one at a time.
 * Lifetime: from ct_db_open() to ct_db_close(), in one process: never carried
 * across a fork. */
#ifndef CT_DB_H
#define CT_DB_H

#include "apr_time.h"

#include <sqlite3.h>

typedef struct ct_db_t {
    sqlite3 *handle;                 /* NULL: closed */
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    apr_time_t give_up;              /* a lock is waited for until then; 0: not
                                        at all */
    int frames;                      /* in the log after the last commit */
    int emptied;                     /* so many when it was last emptied */
} ct_db_t;

/** Open what is there. The file is not created. Until the first transaction
 *  what is read waits some seconds for others' locks. */
int ct_db_open(ct_db_t *db, const char *path);

/** All statements are finalized. If it was the last connection of all
 *  processes the log is emptied into the file. */
void ct_db_close(ct_db_t *db);

/** Run statements that give no rows. */
int ct_db_run(ct_db_t *db, const char *sql);

/** The first column of the first row as a number; 0 if there is none. */
int ct_db_number(ct_db_t *db, const char *sql, sqlite3_int64 *number);

/** Begin to write. @param patience  to wait for whoever writes at the moment;
 *  SQLITE_BUSY: in vain */
int ct_db_begin(ct_db_t *db, apr_interval_time_t patience);

/** If it fails nothing is left of the transaction. Others see it from now on;
 *  it is on the disk only after ct_db_sync(). */
int ct_db_commit(ct_db_t *db);
void ct_db_rollback(ct_db_t *db);

/** Put what all processes have committed so far on the disk. A failure is
 *  final: a later success says nothing about what was committed before. */
int ct_db_sync(ct_db_t *db);

/** Write the log once more over itself, and sync it: what a sync has failed
 *  with the system takes for written, also if it has not reached the disk.
 *  Nothing of it may come into the file before that, else a power cut leaves
 *  a file that is half of one time and half of another.
 *  @param patience  to wait for whoever writes; SQLITE_BUSY: in vain */
int ct_db_save_log(ct_db_t *db, apr_interval_time_t patience);

/** Whoever closes it last leaves the log where it is. */
void ct_db_leave_log(ct_db_t *db);

/** After a commit whose waiters were told: empty the log if it is time. */
int ct_db_tend_log(ct_db_t *db);

/** Empty the log: all that was ever committed is in the file and on the disk
 *  if it succeeds. SQLITE_BUSY: somebody reads or writes. */
int ct_db_empty_log(ct_db_t *db);

/** Is the file another one by now, or gone? */
int ct_db_has_moved(ct_db_t *db);

/** Why the last call failed, for people. Valid until the next call. */
const char *ct_db_words(const ct_db_t *db);

#endif
