/* SPDX-License-Identifier: Apache-2.0 */
/* module_numbers_html: the tables of other modules for people, on the status
 * page and on that of mod_status, which is not UTF-8. A table of one row
 * without a label stands upright, so that it is not wide. */
#include "module_numbers.h"

#include <stddef.h>

#include "apr_escape.h"
#include "apr_strings.h"
#include "control.h"
#include "http_protocol.h"
#include "status_control.h"
#include "text.h"

/* What the two pages write differently. */
typedef struct {
    const char *none;
    const char *(*escape)(apr_pool_t *p, const char *text);
} dress_t;

static const char *ascii(apr_pool_t *p, const char *text)
{
    return apr_pescape_entity(
        p, ct_status_text_spaces(p, apr_pescape_echo(p, text, 0)), 0);
}

static const dress_t of_page = { "\xe2\x80\x93", ct_status_text_html };
static const dress_t of_mod_status = { "-", ascii };

/* A narrow space and the micro sign are no ASCII. */
static const char *number_text(apr_pool_t *p, const dress_t *dress,
                               crosstown_unit_e unit, apr_int64_t number)
{
    if (unit == CROSSTOWN_BYTES) {
        return ct_status_text_bytes(p, (apr_uint64_t)number);
    }
    if (dress == &of_mod_status) {
        return unit == CROSSTOWN_DURATION
               ? apr_psprintf(p, "%.3f s", (double)number / APR_USEC_PER_SEC)
               : apr_psprintf(p, "%" APR_INT64_T_FMT, number);
    }
    return unit == CROSSTOWN_DURATION
           ? ct_status_text_duration(p, number)
           : ct_status_text_number(p, (apr_uint64_t)number);
}

static const char *cell_text(apr_pool_t *p, const dress_t *dress,
                             const crosstown_numbers_column_t *column,
                             const crosstown_numbers_cell_t *cell)
{
    if (column->unit == CROSSTOWN_TEXT) {
        return cell->text ? dress->escape(p, cell->text) : dress->none;
    }
    return cell->number < 0 ? dress->none
           : number_text(p, dress, column->unit, cell->number);
}

static const char *emphasis(const crosstown_numbers_column_t *column,
                            const crosstown_numbers_cell_t *cell)
{
    if (column->unit == CROSSTOWN_TEXT ? !cell->text : cell->number <= 0) {
        return "none";
    }
    return column->trouble ? "trouble" : NULL;
}

static void write_upright(request_rec *r, const crosstown_numbers_t *table)
{
    const crosstown_numbers_row_t *row = table->rows;
    int i;

    for (i = 0; row && table->columns[i].key; ++i) {
        ap_rprintf(r, "<tr><th scope=\"row\">%s</th>",
                   ct_status_text_html(r->pool, table->columns[i].title));
        ct_status_html_cell(r, "", emphasis(&table->columns[i],
                                            &row->cells[i]),
                            cell_text(r->pool, &of_page, &table->columns[i],
                                      &row->cells[i]));
        ap_rputs("</tr>\n", r);
    }
}

/* A module may know a row without them. */
static const crosstown_button_t *buttons_of(const crosstown_numbers_row_t *row)
{
    return row->size > offsetof(crosstown_numbers_row_t, buttons)
           ? row->buttons : NULL;
}

static int has_buttons(request_rec *r, const crosstown_numbers_t *table)
{
    const crosstown_numbers_row_t *row = table->rows;

    while (row && !buttons_of(row)) {
        row = row->next;
    }
    return row && table->label && ct_control_is_on(r);
}

static void write_buttons(request_rec *r, const crosstown_numbers_row_t *row)
{
    const crosstown_button_t *button;
    const char *fields = "";

    ap_rputs("<td>", r);
    for (button = buttons_of(row); button && button->word; ++button) {
        fields = apr_psprintf(r->pool, "%s<button name=\"do\" value=\"%s\">"
                              "%s</button> ", fields,
                              ct_status_text_html(r->pool, button->word),
                              ct_status_text_html(r->pool, button->title));
    }
    if (*fields) {
        ct_status_control_form(r, ct_status_text_html(r->pool, row->label),
                               fields);
    }
    ap_rputs("</td>", r);
}

static void write_rows(request_rec *r, const crosstown_numbers_t *table,
                       int buttons)
{
    const crosstown_numbers_row_t *row;
    int i;

    for (row = table->rows; row; row = row->next) {
        ap_rprintf(r, "<tr><th scope=\"row\"><bdi>%s</bdi></th>",
                   ct_status_html_name(r->pool, row->label));
        for (i = 0; table->columns[i].key; ++i) {
            ct_status_html_cell(
                r, ct_status_text_html(r->pool, table->columns[i].title),
                emphasis(&table->columns[i], &row->cells[i]),
                cell_text(r->pool, &of_page, &table->columns[i],
                          &row->cells[i]));
        }
        if (buttons) {
            write_buttons(r, row);
        }
        ap_rputs("</tr>\n", r);
    }
}

static void write_table(request_rec *r, const crosstown_numbers_t *table)
{
    const char *columns = table->label ? table->label : "what|now";
    int buttons = has_buttons(r, table);
    int i;

    for (i = 0; table->label && table->columns[i].key; ++i) {
        columns = apr_pstrcat(r->pool, columns, "|", ct_status_text_html(
                                  r->pool, table->columns[i].title), NULL);
    }
    if (buttons) {
        columns = apr_pstrcat(r->pool, columns, "|orders", NULL);
    }
    ct_status_html_open_table(r, apr_pstrcat(r->pool, "of-", table->key, NULL),
                              ct_status_text_html(r->pool, table->title),
                              columns);
    if (table->label) {
        write_rows(r, table, buttons);
    }
    else {
        write_upright(r, table);
    }
    ct_status_html_close_table(r, table->note ? ct_status_text_html(
                                   r->pool, table->note) : "");
}

void ct_module_numbers_html(const ct_status_page_t *page)
{
    int i;

    for (i = 0; i < page->tables->nelts; ++i) {
        const crosstown_numbers_t *table = APR_ARRAY_IDX(
            page->tables, i, const crosstown_numbers_t *);

        if (!table->quiet) {
            write_table(page->r, table);
        }
    }
}

/* One row, as `name: 3 waiting, ...`. */
static void put_row(request_rec *r, const crosstown_numbers_t *table,
                    const crosstown_numbers_row_t *row)
{
    int i;

    if (table->label) {
        ap_rvputs(r, "<b>", ascii(r->pool, row->label), "</b>: ", NULL);
    }
    for (i = 0; table->columns[i].key; ++i) {
        ap_rvputs(r, i > 0 ? ", " : "",
                  ascii(r->pool, table->columns[i].title), " ",
                  cell_text(r->pool, &of_mod_status, &table->columns[i],
                            &row->cells[i]), NULL);
    }
    ap_rputs("<br />\n", r);
}

void ct_module_numbers_sections(request_rec *r,
                                const apr_array_header_t *tables)
{
    const crosstown_numbers_row_t *row;
    int i;

    for (i = 0; i < tables->nelts; ++i) {
        const crosstown_numbers_t *table = APR_ARRAY_IDX(
            tables, i, const crosstown_numbers_t *);

        if (table->quiet) {
            continue;
        }
        ap_rvputs(r, "<h3>", ascii(r->pool, table->title), "</h3>\n<p>", NULL);
        for (row = table->rows; row; row = row->next) {
            put_row(r, table, row);
        }
        ap_rputs("</p>\n", r);
    }
}
