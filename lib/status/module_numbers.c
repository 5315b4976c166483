/* SPDX-License-Identifier: Apache-2.0 */
/* module_numbers: asks for the tables and writes them for programs. What a
 * module says wrongly must not spoil what the others say: Prometheus refuses a
 * whole page for one metric that is there twice, so each key is looked at.
 * The hooks are not run by APR's run-all, as in outcomes.c. */
#include "module_numbers.h"

#include "apr_lib.h"
#include "apr_strings.h"
#include "http_log.h"
#include "http_protocol.h"
#include "logno.h"
#include "text.h"

static int is_key(const char *key)
{
    if (!apr_islower(*key)) {
        return 0;
    }
    while (apr_islower(*key) || apr_isdigit(*key) || *key == '_') {
        ++key;
    }
    return !*key;
}

/* What begins the names of our own metrics. */
static int is_ours(const char *key)
{
    static const char *const ours[] = { "child", "limit", "task", "tasks",
                                        "threads", "verdict", NULL };
    int i = 0;

    while (ours[i] && strcmp(key, ours[i]) != 0) {
        ++i;
    }
    return ours[i] != NULL;
}

static int is_there(const apr_array_header_t *tables, const char *key)
{
    int i = 0;

    while (i < tables->nelts && strcmp(key, APR_ARRAY_IDX(
               tables, i, const crosstown_numbers_t *)->key) != 0) {
        ++i;
    }
    return i < tables->nelts;
}

/* @return NULL, or what is wrong with it */
static const char *complaint(const apr_array_header_t *others,
                             const crosstown_numbers_t *table)
{
    const crosstown_numbers_column_t *column;

    if (!is_key(table->key) || is_ours(table->key)) {
        return "its key is not a word of a-z, 0-9 and _, or is "
               "mod_crosstown's own";
    }
    if (is_there(others, table->key)) {
        return "another module has a table of this key";
    }
    if (table->label && !is_key(table->label)) {
        return "its label is not a word of a-z, 0-9 and _";
    }
    if (!table->label && table->rows && table->rows->next) {
        return "it has several rows and no label";
    }
    for (column = table->columns; column && column->key; ++column) {
        if (!is_key(column->key)) {
            return "a column's key is not a word of a-z, 0-9 and _";
        }
    }
    return column ? NULL : "it has no columns";
}

const apr_array_header_t *ct_module_numbers_read(request_rec *r)
{
    const apr_array_header_t *hooks =
        apr_optional_hook_get("crosstown_numbers");
    apr_array_header_t *said = apr_array_make(r->pool, 4, sizeof(void *));
    apr_array_header_t *tables = apr_array_make(r->pool, 4, sizeof(void *));
    int i;

    for (i = 0; hooks && i < hooks->nelts; ++i) {
        (void)APR_ARRAY_IDX(hooks, i, crosstown_LINK_crosstown_numbers_t)
            .pFunc(r->pool, said);
    }
    for (i = 0; i < said->nelts; ++i) {
        const crosstown_numbers_t *table =
            APR_ARRAY_IDX(said, i, const crosstown_numbers_t *);
        const char *wrong = complaint(tables, table);

        if (wrong) {
            ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CTLOGNO(01505)
                          "the numbers \"%s\" of a module are left out: %s",
                          table->key, wrong);
            continue;
        }
        APR_ARRAY_PUSH(tables, const crosstown_numbers_t *) = table;
    }
    return tables;
}

static void write_cell(request_rec *r,
                       const crosstown_numbers_column_t *column,
                       const crosstown_numbers_cell_t *cell)
{
    if (column->unit == CROSSTOWN_TEXT && cell->text) {
        ap_rputs(ct_status_text_json(r->pool, cell->text), r);
    }
    else if (column->unit == CROSSTOWN_TEXT || cell->number < 0) {
        ap_rputs("null", r);
    }
    else {
        ap_rprintf(r, "%" APR_INT64_T_FMT, cell->number);
    }
}

static void write_row(request_rec *r, const crosstown_numbers_t *table,
                      const crosstown_numbers_row_t *row)
{
    const char *comma = "";
    int i;

    ap_rputs("{", r);
    if (table->label) {
        ap_rprintf(r, "\"%s\":%s", table->label,
                   ct_status_text_json(r->pool, row->label));
        comma = ",";
    }
    for (i = 0; table->columns[i].key; ++i) {
        ap_rprintf(r, "%s\"%s\":", comma, table->columns[i].key);
        write_cell(r, &table->columns[i], &row->cells[i]);
        comma = ",";
    }
    ap_rputs("}", r);
}

/* An object if there is no label, else an array of them. */
static void write_table(request_rec *r, const crosstown_numbers_t *table)
{
    const crosstown_numbers_row_t *row;

    if (!table->label && !table->rows) {
        ap_rputs("null", r);
        return;
    }
    ap_rputs(table->label ? "[" : "", r);
    for (row = table->rows; row; row = row->next) {
        write_row(r, table, row);
        ap_rputs(row->next ? ",\n" : "", r);
    }
    ap_rputs(table->label ? "]" : "", r);
}

void ct_module_numbers_json(const ct_status_page_t *page)
{
    const apr_array_header_t *tables = page->tables;
    int i;

    ap_rputs(",\n\"modules\":{", page->r);
    for (i = 0; i < tables->nelts; ++i) {
        const crosstown_numbers_t *table =
            APR_ARRAY_IDX(tables, i, const crosstown_numbers_t *);

        ap_rprintf(page->r, "%s\n\"%s\":", i > 0 ? "," : "", table->key);
        write_table(page->r, table);
    }
    ap_rputs("}", page->r);
}

/* A number as metrics and `?auto` have it: durations are seconds. */
static const char *plain(request_rec *r, crosstown_unit_e unit,
                         apr_int64_t number)
{
    return unit == CROSSTOWN_DURATION
           ? ct_status_text_seconds(r->pool, (apr_uint64_t)number)
           : apr_psprintf(r->pool, "%" APR_INT64_T_FMT, number);
}

static void write_family(request_rec *r, const crosstown_numbers_t *table,
                         int at)
{
    const crosstown_numbers_column_t *column = &table->columns[at];
    const crosstown_numbers_row_t *row;
    const char *metric = apr_pstrcat(
        r->pool, "crosstown_", table->key, "_", column->key,
        column->unit == CROSSTOWN_DURATION ? "_seconds"
        : column->unit == CROSSTOWN_BYTES ? "_bytes" : "",
        column->counter ? "_total" : "", NULL);

    ap_rprintf(r, "# HELP %s %s\n# TYPE %s %s\n", metric, column->help, metric,
               column->counter ? "counter" : "gauge");
    for (row = table->rows; row; row = row->next) {
        if (row->cells[at].number < 0) {
            continue;
        }
        ap_rputs(metric, r);
        if (table->label) {
            ap_rprintf(r, "{%s=%s}", table->label,
                       ct_status_text_label(r->pool, row->label));
        }
        ap_rprintf(r, " %s\n", plain(r, column->unit, row->cells[at].number));
    }
}

typedef void write_t(request_rec *r, const crosstown_numbers_t *table,
                     int at);

/* Each column of each table that has numbers. */
static void write_all(request_rec *r, const apr_array_header_t *tables,
                      write_t *write)
{
    int i, at;

    for (i = 0; i < tables->nelts; ++i) {
        const crosstown_numbers_t *table =
            APR_ARRAY_IDX(tables, i, const crosstown_numbers_t *);

        for (at = 0; table->columns[at].key; ++at) {
            if (table->columns[at].unit != CROSSTOWN_TEXT) {
                write(r, table, at);
            }
        }
    }
}

void ct_module_numbers_prometheus(const ct_status_page_t *page)
{
    write_all(page->r, page->tables, write_family);
}

/* "most_held" becomes MostHeld. */
static const char *camel_case(apr_pool_t *p, const char *key)
{
    char *word = apr_pstrdup(p, key), *end = word;
    int first = 1;

    for (; *key; ++key) {
        if (*key != '_') {
            *end++ = first ? (char)apr_toupper(*key) : *key;
        }
        first = *key == '_';
    }
    *end = '\0';
    return word;
}

static void put_line(request_rec *r, const crosstown_numbers_t *table, int at)
{
    const crosstown_numbers_column_t *column = &table->columns[at];
    const crosstown_numbers_row_t *row;
    apr_int64_t all = -1;

    for (row = table->rows; row; row = row->next) {
        apr_int64_t number = row->cells[at].number;

        if (number >= 0 && column->unit == CROSSTOWN_DURATION) {
            all = number > all ? number : all;
        }
        else if (number >= 0) {
            all = all < 0 ? number : all + number;
        }
    }
    if (all >= 0) {
        ap_rprintf(r, "Crosstown%s%s: %s\n", camel_case(r->pool, table->key),
                   camel_case(r->pool, column->key),
                   plain(r, column->unit, all));
    }
}

void ct_module_numbers_lines(request_rec *r,
                             const apr_array_header_t *tables)
{
    write_all(r, tables, put_line);
}
