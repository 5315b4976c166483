/* SPDX-License-Identifier: Apache-2.0 */
/* schema: the tables of the file, and whether they are ours.
 * Thread: the connection's.
 * Lifetime: no state. */
#ifndef CT_SCHEMA_H
#define CT_SCHEMA_H

#include "db.h"

/** Bytes of a page of the file. */
#define CT_PAGE_SIZE 4096

/** Is this an empty file, then make the tables; are they ours and of a version
 *  that is known?
 *  @param wrong  set to what is wrong, if it is no failure of SQLite's
 *  @return SQLITE_OK | SQLITE_MISMATCH see wrong | as SQLite says */
int ct_schema_ensure(ct_db_t *db, const char **wrong);

#endif
