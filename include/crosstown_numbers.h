/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_numbers.h
 * @brief For modules that have numbers of their own about tasks: a table in
 *        all that mod_crosstown shows.
 *
 * A module says what its numbers are, once, and they are on the status page,
 * in its JSON and Prometheus formats, and in mod_status with its `?auto`.
 *
 *   static int numbers(apr_pool_t *p, apr_array_header_t *tables)
 *   {
 *       crosstown_numbers_t *table = crosstown_numbers_add(tables, "post");
 *
 *       table->columns = columns;
 *       crosstown_numbers_row(table, NULL)->cells[0].number = sent();
 *       return OK;
 *   }
 *
 *   APR_OPTIONAL_HOOK(crosstown, crosstown_numbers, numbers, NULL, NULL,
 *                     APR_HOOK_MIDDLE);
 *
 * Where mod_crosstown is not loaded nobody asks. All here is since 1.3. Tables
 * and rows grow at the end only and start with their size; columns and cells
 * stand in arrays and never grow.
 */
#ifndef CROSSTOWN_NUMBERS_H
#define CROSSTOWN_NUMBERS_H

#include <string.h>

#include "mod_crosstown.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a column's cells are. Since 1.3. */
typedef enum {
    CROSSTOWN_NUMBER,            /**< `number`, of something */
    CROSSTOWN_DURATION,          /**< `number`, microseconds; an age, too */
    CROSSTOWN_BYTES,             /**< `number`, bytes */
    CROSSTOWN_TEXT               /**< `text`; not in Prometheus or ?auto */
} crosstown_unit_e;

/** A column. Since 1.3. */
typedef struct crosstown_numbers_column_t {
    const char *key;             /**< a-z, 0-9 and _, a letter first. With a
                                      table's key `post`, `most_held` is
                                      "most_held" in JSON,
                                      crosstown_post_most_held in Prometheus
                                      (with _seconds, _bytes, _total behind
                                      it), CrosstownPostMostHeld in ?auto;
                                      NULL ends the array */
    const char *title;           /**< for people */
    const char *help;            /**< a sentence, for Prometheus, with its full
                                      stop; any bytes but a newline or a
                                      backslash */
    crosstown_unit_e unit;
    int counter;                 /**< non-zero: it only grows; else it is how
                                      it is now */
    int trouble;                 /**< non-zero: more than 0 is worth a look */
} crosstown_numbers_column_t;

/** A cell. Since 1.3. */
typedef struct crosstown_numbers_cell_t {
    apr_int64_t number;          /**< below 0: there is none, or unknown */
    const char *text;            /**< any bytes, or NULL */
} crosstown_numbers_cell_t;

/** How a row is doing. Since 1.3. */
typedef enum {
    CROSSTOWN_STATE_OK,
    CROSSTOWN_STATE_LATE,        /**< work waits longer than it should */
    CROSSTOWN_STATE_STUCK,       /**< nothing moves */
    CROSSTOWN_STATE_REJECTING,   /**< no more work is taken */
    CROSSTOWN_STATE_LOSING,      /**< work is lost */
    CROSSTOWN_STATE_AWAY         /**< what it needs cannot be reached */
} crosstown_state_e;

/** What can be ordered with a row, see crosstown_control.h. Since 1.3. */
typedef struct crosstown_button_t {
    const char *word;            /**< `do=`; NULL ends the array */
    const char *title;           /**< for people */
} crosstown_button_t;

/** A row. Made by crosstown_numbers_row(). Since 1.3. */
typedef struct crosstown_numbers_row_t {
    apr_size_t size;
    struct crosstown_numbers_row_t *next;
    const char *label;           /**< any bytes; different in each row */
    crosstown_numbers_cell_t *cells;  /**< one for each column; at first there
                                      are no numbers and no texts */
    crosstown_state_e state;     /**< OK at first */
    apr_time_t since;            /**< of a state that is not OK; or 0 */
    const char *words;           /**< then: what is wrong, and what to look at;
                                      or NULL */
    const crosstown_button_t *buttons;   /**< for whom CrosstownControl is On;
                                      `name=` is the row's label; or NULL */
} crosstown_numbers_row_t;

/** A table. Made by crosstown_numbers_add(). Since 1.3. */
typedef struct crosstown_numbers_t {
    apr_size_t size;
    apr_pool_t *pool;            /**< the request's: for what rows point to */
    const char *key;             /**< as a column's; the first module that
                                      says it has it; not `child`,
                                      `limit`, `task`, `tasks`, `threads` or
                                      `verdict` */
    const char *title;           /**< for people */
    const char *note;            /**< a sentence below it for people, or
                                      NULL */
    const char *label;           /**< of what there is a row, as a column's
                                      key: `name`, `address`; a label in
                                      Prometheus. NULL: there is one row,
                                      without a label */
    const crosstown_numbers_column_t *columns;
    int quiet;                   /**< non-zero: nothing worth showing to
                                      people; machines read it all the same */
    crosstown_numbers_row_t *rows;
    crosstown_numbers_row_t *last;
} crosstown_numbers_t;

/**
 * numbers: push your tables, with crosstown_numbers_add(). They are of all
 * children together. A table that is not as said above is left out, and the
 * error log says why. In `?auto` the rows of a table are one: numbers and
 * bytes are added up, of durations the longest counts.
 * @param p       the request's pool
 * @param tables  of crosstown_numbers_t *
 * Thread: that of a request for a page; do not block, nor read much: others
 * ask every few seconds. Since 1.3.
 */
APR_DECLARE_EXTERNAL_HOOK(crosstown, CROSSTOWN, int, crosstown_numbers,
                          (apr_pool_t *p, apr_array_header_t *tables))

/**
 * Push a table. Its columns are set before the first row.
 * @param tables  of the hook
 * @param key     see crosstown_numbers_t; not copied
 * @return the table, in the request's pool
 * Thread: the hook's. Since 1.3.
 */
static APR_INLINE crosstown_numbers_t *crosstown_numbers_add(
    apr_array_header_t *tables, const char *key)
{
    crosstown_numbers_t *table = (crosstown_numbers_t *)apr_pcalloc(
        tables->pool, sizeof(*table));

    table->size = sizeof(*table);
    table->pool = tables->pool;
    table->key = table->title = key;
    *(crosstown_numbers_t **)apr_array_push(tables) = table;
    return table;
}

/**
 * Another row at the end.
 * @param label  not copied; NULL where the table has no label
 * @return the row
 * Thread: the hook's. Since 1.3.
 */
static APR_INLINE crosstown_numbers_row_t *crosstown_numbers_row(
    crosstown_numbers_t *table, const char *label)
{
    crosstown_numbers_row_t *row = (crosstown_numbers_row_t *)apr_pcalloc(
        table->pool, sizeof(*row));
    int count = 0;

    while (table->columns[count].key) {
        ++count;
    }
    row->size = sizeof(*row);
    row->label = label;
    row->cells = (crosstown_numbers_cell_t *)apr_pcalloc(
        table->pool, ((apr_size_t)count + 1) * sizeof(*row->cells));
    while (count-- > 0) {
        row->cells[count].number = -1;
    }
    if (table->last) {
        table->last->next = row;
    }
    else {
        table->rows = row;
    }
    table->last = row;
    return row;
}

#ifdef __cplusplus
}
#endif

#endif
