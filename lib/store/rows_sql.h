/* SPDX-License-Identifier: Apache-2.0 */
/* rows_sql: the statements of rows.c, by ct_row_statement_e.
 * Thread: read only.
 * Lifetime: constant. */
#ifndef CT_ROWS_SQL_H
#define CT_ROWS_SQL_H

extern const char *const ct_rows_sql[];

#endif
