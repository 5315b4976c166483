/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of numbers, right ones and wrong ones, for whoever has said
 * `ProbeNumbers right` or `wrong`.
 *
 * Thread: that of a request for a page.
 * Lifetime: tables are the request's.
 */
#include "mod_probe.h"

#include "crosstown_numbers.h"

static const crosstown_numbers_column_t post[] = {
    { "waiting", "letters <waiting>", "Letters that wait.", CROSSTOWN_NUMBER,
      0, 0 },
    { "oldest_waiting", "the oldest", "Age of the oldest.",
      CROSSTOWN_DURATION, 0, 0 },
    { "stored", "size", "What they take.", CROSSTOWN_BYTES, 0, 0 },
    { "lost", "lost", "Letters that were lost.", CROSSTOWN_NUMBER, 1, 1 },
    { "last_words", "said last", "Not for programs.", CROSSTOWN_TEXT, 0, 0 },
    { NULL, NULL, NULL, CROSSTOWN_NUMBER, 0, 0 }
};

static const crosstown_numbers_column_t lamp[] = {
    { "lit_for", "lit for", "How long it is lit.", CROSSTOWN_DURATION, 0, 1 },
    { "why", "why", "Not for programs.", CROSSTOWN_TEXT, 0, 0 },
    { NULL, NULL, NULL, CROSSTOWN_NUMBER, 0, 0 }
};

static const crosstown_numbers_column_t wrong[] = {
    { "Upper", "x", "x.", CROSSTOWN_NUMBER, 0, 0 },
    { NULL, NULL, NULL, CROSSTOWN_NUMBER, 0, 0 }
};

/* What ProbeNumbers said. */
static const char *kind;

static void add_post(apr_array_header_t *tables)
{
    crosstown_numbers_t *table = crosstown_numbers_add(tables, "post");
    crosstown_numbers_row_t *row;

    table->title = "Post & parcels";
    table->note = "A note <here>.";
    table->label = "address";
    table->columns = post;
    row = crosstown_numbers_row(table, "<a>\"\n\xff");
    row->cells[0].number = 1234;
    row->cells[1].number = 1500000;
    row->cells[2].number = 1536;
    row->cells[3].number = 0;
    row->cells[4].text = "\"<no>\"";
    row = crosstown_numbers_row(table, "b");
    row->cells[0].number = 6;
    row->cells[1].number = 90000000;
    row->cells[3].number = 2;
}

static void add_empty(apr_array_header_t *tables, const char *key,
                      const crosstown_numbers_column_t *columns)
{
    crosstown_numbers_add(tables, key)->columns = columns;
}

static void add_wrong(apr_array_header_t *tables)
{
    crosstown_numbers_t *table;

    add_empty(tables, "post", lamp);
    add_empty(tables, "tasks", lamp);
    add_empty(tables, "9", lamp);
    add_empty(tables, "two words", lamp);
    add_empty(tables, "bare", NULL);
    add_empty(tables, "column", wrong);
    table = crosstown_numbers_add(tables, "rows");
    table->columns = lamp;
    crosstown_numbers_row(table, NULL);
    crosstown_numbers_row(table, NULL);
}

static int numbers(apr_pool_t *p, apr_array_header_t *tables)
{
    crosstown_numbers_t *table;

    if (!kind) {
        return OK;
    }
    add_post(tables);
    table = crosstown_numbers_add(tables, "lamp");
    table->title = "Lamp";
    table->columns = lamp;
    crosstown_numbers_row(table, NULL)->cells[0].number = 0;
    table = crosstown_numbers_add(tables, "hidden");
    table->columns = lamp;
    table->quiet = 1;
    crosstown_numbers_row(table, NULL)->cells[0].number = 20;
    return DONE;                     /* which must keep nobody away */
}

static int more_numbers(apr_pool_t *p, apr_array_header_t *tables)
{
    if (kind) {
        add_empty(tables, "later", lamp);
    }
    if (kind && !strcmp(kind, "wrong")) {
        add_wrong(tables);
    }
    return OK;
}

const char *probe_set_numbers(cmd_parms *cmd, void *unused, const char *what)
{
    (void)cmd;
    (void)unused;
    kind = what;
    return NULL;
}

void probe_numbers_register(void)
{
    APR_OPTIONAL_HOOK(crosstown, crosstown_numbers, numbers, NULL, NULL,
                      APR_HOOK_FIRST);
    APR_OPTIONAL_HOOK(crosstown, crosstown_numbers, more_numbers, NULL, NULL,
                      APR_HOOK_LAST);
}
