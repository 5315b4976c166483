/* SPDX-License-Identifier: Apache-2.0 */
/* keep_numbers: two tables: `kept`, a row for each name that has tasks in the
 * store, and `store`, its file and its disk. The writing thread counts, and
 * who asks waits for it for a moment: with a few thousand rows that is enough,
 * with a million the numbers are those of the time before, and `counted` says
 * how old they are. */
#include "keep_numbers.h"

#include "keep_child.h"
#include "keep_config.h"
#include "keep_dead.h"

#include "apr_strings.h"
#include "crosstown_numbers.h"

#define PATIENCE (APR_USEC_PER_SEC / 20)

#define END { NULL, NULL, NULL, CROSSTOWN_NUMBER, 0, 0 }

static const crosstown_numbers_column_t kept_columns[] = {
    { "waiting", "waiting", "Tasks on the disk that are due and not tried "
      "yet.", CROSSTOWN_NUMBER, 0, 0 },
    { "delayed", "delayed", "Tasks on the disk whose time has not come.",
      CROSSTOWN_NUMBER, 0, 0 },
    { "retrying", "retrying", "Tasks on the disk that have failed and will be "
      "tried again.", CROSSTOWN_NUMBER, 0, 0 },
    { "dead", "dead", "Tasks on the disk that have failed for the last time.",
      CROSSTOWN_NUMBER, 0, 1 },
    { "late", "late", "How long that task is due which is due longest.",
      CROSSTOWN_DURATION, 0, 0 },
    { "oldest", "oldest", "Age of the oldest that is not dead.",
      CROSSTOWN_DURATION, 0, 0 },
    { "oldest_dead", "oldest dead", "Age of the oldest dead one.",
      CROSSTOWN_DURATION, 0, 0 },
    { "unknown", "name unknown", "Those that are not dead, if no "
      "CrosstownTask knows their name.", CROSSTOWN_NUMBER, 0, 1 },
    END
};

static const crosstown_numbers_column_t store_columns[] = {
    { "unfit", "unfit for", "How long nothing is put since a sync has "
      "failed; 0: it is fit.", CROSSTOWN_DURATION, 0, 1 },
    { "away", "cannot be opened for", "How long a child cannot open it; 0: "
      "all can.", CROSSTOWN_DURATION, 0, 1 },
    { "full", "full for", "How long nothing is put since it is full; 0: it is "
      "not.", CROSSTOWN_DURATION, 0, 1 },
    { "used", "used", "Bytes of the file that are in use.", CROSSTOWN_BYTES,
      0, 0 },
    { "unused", "unused", "Bytes of the file that can be used again.",
      CROSSTOWN_BYTES, 0, 0 },
    { "max", "max=", "What max= allows.", CROSSTOWN_BYTES, 0, 0 },
    { "log", "write-ahead log", "Bytes of the write-ahead log.",
      CROSSTOWN_BYTES, 0, 0 },
    { "room", "room left", "Bytes that may be put still, by max= and by the "
      "disk.", CROSSTOWN_BYTES, 0, 0 },
    { "last_sync", "last sync took", "How long the last sync took.",
      CROSSTOWN_DURATION, 0, 0 },
    { "worst_sync", "longest sync took", "The longest sync since the start.",
      CROSSTOWN_DURATION, 0, 0 },
    { "counted", "tasks counted before", "How old the numbers of tasks are.",
      CROSSTOWN_DURATION, 0, 0 },
    { "path", "file", "Not for programs.", CROSSTOWN_TEXT, 0, 0 },
    END
};

/* 0 where it is not so; a clock that was put back is no age. */
static apr_int64_t age(apr_time_t since, apr_time_t now)
{
    return since && since < now ? now - since : since ? 1 : 0;
}

/* They wait until its CrosstownTask is back: nobody can run them. What a
 * virtual host alone does not know any more is not found here; the error log
 * has it. */
static void judge_name(crosstown_numbers_row_t *row,
                       const ct_store_name_t *name, apr_pool_t *p)
{
    apr_int64_t open = name->waiting + name->delayed + name->retrying;

    row->cells[7].number = 0;
    if (open > 0 && ct_keep_others.is_named
        && !ct_keep_others.is_named(name->name)) {
        row->cells[7].number = open;
        row->state = CROSSTOWN_STATE_LATE;
        row->since = name->oldest;
        row->words = apr_psprintf(
            p, "%" APR_INT64_T_FMT " task%s on the disk, and the "
            "configuration has no CrosstownTask of this name (any more): "
            "write it again, with the module that it needs, or delete the "
            "task%s", open, open == 1 ? " waits" : "s wait",
            open == 1 ? "" : "s");
    }
}

/* @param is_one  not the sum of all for which there is no row */
static void add_name(crosstown_numbers_t *table, const ct_store_name_t *name,
                     int is_one, apr_time_t now)
{
    crosstown_numbers_row_t *row = crosstown_numbers_row(
        table, apr_pstrdup(table->pool, name->name));
    crosstown_numbers_cell_t *cells = row->cells;

    cells[0].number = name->waiting;
    cells[1].number = name->delayed;
    cells[2].number = name->retrying;
    cells[3].number = name->dead;
    cells[4].number = age(name->due, now);
    cells[5].number = age(name->oldest, now);
    cells[6].number = age(name->oldest_dead, now);
    if (is_one) {
        judge_name(row, name, table->pool);
    }
    if (name->dead > 0) {
        row->buttons = ct_keep_dead_buttons;
    }
}

static void add_names(apr_array_header_t *tables,
                      const ct_store_numbers_t *numbers, apr_time_t now)
{
    crosstown_numbers_t *table = crosstown_numbers_add(tables, "kept");
    int i;

    table->title = "Tasks on the disk";
    table->note = "Those that nobody has in hand; running ones are counted "
                  "above. Dead ones have failed for the last time.";
    table->label = "name";
    table->columns = kept_columns;
    table->quiet = numbers->name_count == 0;
    for (i = 0; i < numbers->name_count; ++i) {
        add_name(table, &numbers->names[i], i < CT_STORE_NAMES, now);
    }
}

/* The worst of what is wrong. */
static void judge(crosstown_numbers_row_t *row,
                  const ct_store_numbers_t *numbers)
{
    if (numbers->unfit_since) {
        row->state = CROSSTOWN_STATE_AWAY;
        row->since = numbers->unfit_since;
        row->words = "a sync of CrosstownStore has failed: look after the "
                     "disk (CT02315)";
    }
    else if (numbers->down_since) {
        row->state = CROSSTOWN_STATE_AWAY;
        row->since = numbers->down_since;
        row->words = "CrosstownStore cannot be opened (CT02311)";
    }
    else if (numbers->full_since) {
        row->state = CROSSTOWN_STATE_REJECTING;
        row->since = numbers->full_since;
        row->words = numbers->used + numbers->room < ct_keep_config.max
            ? "the disk of CrosstownStore is full, and requests for tasks "
              "with keep=disk are answered 503: make room on it (CT02312 in "
              "the error log)"
            : "CrosstownStore is full, it has reached its max=, and requests "
              "for tasks with keep=disk are answered 503: delete dead tasks, "
              "or say a larger max= (CT02312 in the error log)";
    }
}

static void add_store(apr_array_header_t *tables,
                      const ct_store_numbers_t *numbers, apr_time_t now)
{
    crosstown_numbers_t *table = crosstown_numbers_add(tables, "store");
    crosstown_numbers_row_t *row;
    crosstown_numbers_cell_t *cells;

    table->title = "CrosstownStore";
    table->columns = store_columns;
    row = crosstown_numbers_row(table, NULL);
    judge(row, numbers);
    cells = row->cells;
    cells[0].number = age(numbers->unfit_since, now);
    cells[1].number = age(numbers->down_since, now);
    cells[2].number = age(numbers->full_since, now);
    if (numbers->looked) {
        cells[3].number = numbers->used;
        cells[4].number = numbers->unused;
        cells[6].number = numbers->log;
        cells[7].number = numbers->room;
    }
    cells[5].number = ct_keep_config.max;
    if (numbers->worst_sync) {
        cells[8].number = numbers->sync;
        cells[9].number = numbers->worst_sync;
    }
    if (numbers->counted) {
        cells[10].number = age(numbers->counted, now);
    }
    cells[11].text = ct_keep_config.path;
}

static int show(apr_pool_t *p, apr_array_header_t *tables)
{
    ct_store_numbers_t *numbers = apr_palloc(p, sizeof(*numbers));
    apr_time_t now;

    if (!ct_keep_config.path) {
        return OK;
    }
    ct_keep_count(numbers, PATIENCE);
    now = apr_time_now();
    add_names(tables, numbers, now);
    add_store(tables, numbers, now);
    return OK;
}

void ct_keep_numbers_register(void)
{
    APR_OPTIONAL_HOOK(crosstown, crosstown_numbers, show, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
