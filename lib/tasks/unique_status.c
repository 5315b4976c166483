/* SPDX-License-Identifier: Apache-2.0 */
/* unique_status: for people only once a task had a key; for machines always,
 * since who draws a line wants its zeros. */
#include "unique_status.h"

#include "httpd.h"
#include "crosstown_numbers.h"
#include "unique.h"

static const crosstown_numbers_column_t columns[] = {
    { "held", "keys held", "Keys of unique tasks that are held now.",
      CROSSTOWN_NUMBER, 0, 0 },
    { "most_held", "most at once", "The most keys ever held at once.",
      CROSSTOWN_NUMBER, 0, 0 },
    { "room", "room for", "So many keys may be held at once.",
      CROSSTOWN_NUMBER, 0, 0 },
    { "duplicates", "dropped as duplicates",
      "Tasks dropped since one of their key was there.",
      CROSSTOWN_NUMBER, 1, 0 },
    { "refused", "refused for lack of room",
      "Tasks refused since too many keys were held.",
      CROSSTOWN_NUMBER, 1, 1 },
    { NULL, NULL, NULL, CROSSTOWN_NUMBER, 0, 0 }
};

static int show(apr_pool_t *p, apr_array_header_t *tables)
{
    ct_unique_numbers_t numbers;
    crosstown_numbers_t *table;
    crosstown_numbers_cell_t *cells;

    if (!ct_unique_count(&numbers)) {
        return OK;
    }
    table = crosstown_numbers_add(tables, "unique");
    table->title = "Unique tasks";
    table->columns = columns;
    table->quiet = numbers.keys.most == 0;
    cells = crosstown_numbers_row(table, NULL)->cells;
    cells[0].number = numbers.keys.held;
    cells[1].number = numbers.keys.most;
    cells[2].number = numbers.keys.room;
    cells[3].number = numbers.duplicates;
    cells[4].number = numbers.refused;
    return OK;
}

void ct_unique_status_register(void)
{
    APR_OPTIONAL_HOOK(crosstown, crosstown_numbers, show, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
