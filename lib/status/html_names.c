/* SPDX-License-Identifier: Apache-2.0 */
/* html_names: what was counted of each name. Those in trouble come first, see
 * ct_status_order(), then those of which most was recorded; ?sort= has another
 * order. A column in which nothing is but zeros is left out, and named below
 * the table; of many names only the first are shown until the reader opens the
 * rest. */
#include "formats.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "text.h"

/* Names that are shown at once. */
#define FIRST 20
/* Numbers that they are sorted by. */
#define ORDER (CT_STATUS_ORDER + 1)

#define NONE "\xe2\x80\x93"

/** A row, and what it is sorted by. */
typedef struct row_t {
    const char *name;                /* NULL: all names */
    const ct_numbers_t *numbers;
    const ct_ages_t *oldest;
    const ct_recent_t *minute;
    apr_uint64_t order[ORDER];       /* high ones come first */
} row_t;

/** A column; which member is what says which kind it is. */
typedef struct column_t {
    const char *key;                 /* for ?sort= */
    const char *title;
    const ct_status_field_t *field;
    const ct_status_oldest_t *oldest;
    apr_size_t histogram;            /* if neither of these */
} column_t;

#define COLUMNS 32

/* @return how many */
static int list_columns(apr_pool_t *p, column_t columns[COLUMNS])
{
    const ct_status_field_t *field;
    const ct_status_oldest_t *oldest;
    int count = 0;

    memset(columns, 0, COLUMNS * sizeof(*columns));
    for (field = ct_status_fields; field->key; ++field) {
        columns[count].key = field->key;
        columns[count].title = field->title;
        columns[count++].field = field;
    }
    for (oldest = ct_status_oldest; oldest->key; ++oldest) {
        columns[count].key = apr_pstrcat(p, "oldest_", oldest->key, NULL);
        columns[count].title = oldest->title;
        columns[count++].oldest = oldest;
    }
    columns[count].key = "wait";
    columns[count].title = "wait p50 / p99";
    columns[count++].histogram = APR_OFFSETOF(ct_numbers_t, wait);
    columns[count].key = "run";
    columns[count].title = "run p50 / p99";
    columns[count++].histogram = APR_OFFSETOF(ct_numbers_t, run);
    return count;
}

static const ct_histogram_t *histogram_of(const row_t *row,
                                          const column_t *column)
{
    return (const ct_histogram_t *)(const void *)(
        (const char *)row->numbers + column->histogram);
}

/* What a row is sorted by, and whether there is anything: 0. */
static apr_uint64_t value_of(const ct_status_page_t *page, const row_t *row,
                             const column_t *column)
{
    if (column->field) {
        return ct_status_value(row->numbers, column->field->offset);
    }
    if (column->oldest) {
        return (apr_uint64_t)(ct_status_oldest_age(
            page->snapshot, row->oldest, column->oldest) + 1);
    }
    return (apr_uint64_t)ct_histogram_quantile(histogram_of(row, column),
                                               0.99);
}

/* What a share of all stayed within. The last bucket has no upper bound. */
static const char *quantile(apr_pool_t *p, const ct_histogram_t *histogram,
                            double share)
{
    apr_uint64_t beyond = histogram->buckets[CT_HISTOGRAM_BUCKETS - 1];
    const char *text = ct_status_text_duration(
        p, ct_histogram_quantile(histogram, share));

    return (double)beyond > (1 - share) * (double)histogram->count
           ? apr_pstrcat(p, "&gt; ", text, NULL) : text;
}

static const char *text_of(const ct_status_page_t *page, const row_t *row,
                           const column_t *column)
{
    apr_uint64_t value = value_of(page, row, column);
    apr_pool_t *p = page->r->pool;

    if (column->field) {
        return ct_status_text_number(p, value);
    }
    if (value == 0) {
        return NONE;
    }
    if (column->oldest) {
        return ct_status_text_duration(p, (apr_interval_time_t)value - 1);
    }
    return apr_psprintf(p, "%s / %s",
                        quantile(p, histogram_of(row, column), 0.5),
                        quantile(p, histogram_of(row, column), 0.99));
}

/* What has become more in the last minute, and is worth a look, stands out;
 * what is nothing steps back. */
static const char *emphasis(const row_t *row, const column_t *column,
                            apr_uint64_t value)
{
    if (value == 0) {
        return "none";
    }
    return column->field && column->field->trouble
           && ct_status_value(&row->minute->numbers, column->field->offset) > 0
           ? "trouble" : NULL;
}

static void write_row(const ct_status_page_t *page, const row_t *row,
                      const column_t *columns, int count)
{
    request_rec *r = page->r;
    int i;

    ap_rprintf(r, row->name ? "<tr><th scope=\"row\"><bdi>%s</bdi></th>"
                            : "<tr><th scope=\"row\">%s</th>",
               row->name ? ct_status_html_name(r->pool, row->name) : "all");
    for (i = 0; i < count; ++i) {
        ct_status_html_cell(r, columns[i].title,
                            emphasis(row, &columns[i],
                                     value_of(page, row, &columns[i])),
                            text_of(page, row, &columns[i]));
    }
    ap_rputs("</tr>\n", r);
}

/* ---- the order ---- */

const char *ct_status_sort_refused(apr_pool_t *p, const char *word)
{
    column_t columns[COLUMNS];
    int count = list_columns(p, columns);
    const char *words = "trouble, name";
    int i;

    for (i = 0; i < count; ++i) {
        if (!word || strcmp(word, columns[i].key) == 0) {
            return NULL;
        }
        words = apr_pstrcat(p, words, ", ", columns[i].key, NULL);
    }
    return strcmp(word, "trouble") == 0 || strcmp(word, "name") == 0 ? NULL
                                                                     : words;
}

static int by_rank(const void *one, const void *other)
{
    const row_t *row = one, *than = other;
    int order = ct_status_compare(row->order, than->order, ORDER);

    return order ? order : strcmp(row->name, than->name);
}

static void rank(const ct_status_page_t *page, row_t *row,
                 const ct_snapshot_name_t *name, const column_t *by)
{
    if (by) {
        row->order[0] = value_of(page, row, by);
    }
    else if (!page->sort || strcmp(page->sort, "name") != 0) {
        ct_status_order(page, name, row->order);
        row->order[CT_STATUS_ORDER] = row->numbers->recorded;
    }
}

static row_t *make_rows(const ct_status_page_t *page, const column_t *columns,
                        int count)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    row_t *rows = apr_pcalloc(page->r->pool,
                              ((apr_size_t)snapshot->name_count + 1)
                              * sizeof(*rows));
    const column_t *by = NULL;
    int i;

    for (i = 0; i < count && page->sort; ++i) {
        by = strcmp(page->sort, columns[i].key) == 0 ? &columns[i] : by;
    }
    for (i = 0; i < snapshot->name_count; ++i) {
        rows[i].name = snapshot->names[i].name;
        rows[i].numbers = &snapshot->names[i].numbers;
        rows[i].oldest = &snapshot->names[i].oldest;
        rows[i].minute = &snapshot->names[i].minute;
        rank(page, &rows[i], &snapshot->names[i], by);
    }
    qsort(rows, (size_t)snapshot->name_count, sizeof(*rows), by_rank);
    return rows;
}

/* ---- the tables ---- */

/* Move what has something to the front. @return how many columns that are;
 * *zeros are the titles of the others */
static int fold(const ct_status_page_t *page, const row_t *all,
                column_t *columns, int count, const char **zeros)
{
    apr_pool_t *p = page->r->pool;
    int kept = 0, i;

    *zeros = NULL;
    for (i = 0; i < count; ++i) {
        const char *key = columns[i].key;

        if (value_of(page, all, &columns[i]) > 0
            || strcmp(key, "recorded") == 0 || strcmp(key, "ran") == 0) {
            columns[kept++] = columns[i];
        }
        else {
            *zeros = apr_pstrcat(p, *zeros ? *zeros : "",
                                 *zeros ? ", " : "", columns[i].title, NULL);
        }
    }
    return kept;
}

static const char *head(const ct_status_page_t *page, const char *key,
                        const char *title)
{
    apr_pool_t *p = page->r->pool;
    int is_this = strcmp(page->sort ? page->sort : "trouble", key) == 0;

    return apr_psprintf(p, "<a href=\"?sort=%s%s\"%s>%s</a>", key,
                        page->refresh > 0
                        ? apr_psprintf(p, "&amp;refresh=%d", page->refresh)
                        : "", is_this ? " aria-current=\"true\"" : "", title);
}

static const char *heads(const ct_status_page_t *page,
                         const column_t *columns, int count)
{
    const char *text = head(page, "name", "name");
    int i;

    for (i = 0; i < count; ++i) {
        text = apr_pstrcat(page->r->pool, text, "|",
                           head(page, columns[i].key, columns[i].title),
                           NULL);
    }
    return text;
}

static void write_others(const ct_status_page_t *page, const row_t *rows,
                         const column_t *columns, int count)
{
    int names = page->snapshot->name_count;
    int i;

    if (names <= FIRST) {
        return;
    }
    ap_rprintf(page->r, "<details>\n<summary>%d more names</summary>\n",
               names - FIRST);
    ct_status_html_open_table(page->r, "names-more", "More names",
                              heads(page, columns, count));
    for (i = FIRST; i < names; ++i) {
        write_row(page, &rows[i], columns, count);
    }
    ct_status_html_close_table(page->r, "");
    ap_rputs("</details>\n", page->r);
}

void ct_status_html_names(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    row_t all = { NULL, &snapshot->total, &snapshot->oldest,
                  &snapshot->minute, { 0 } };
    request_rec *r = page->r;
    column_t columns[COLUMNS];
    int count = list_columns(r->pool, columns);
    row_t *rows = make_rows(page, columns, count);
    const char *zeros;
    int i;

    count = fold(page, &all, columns, count, &zeros);
    ct_status_html_open_table(r, "names", "Each name",
                              heads(page, columns, count));
    for (i = 0; i < snapshot->name_count && i < FIRST; ++i) {
        write_row(page, &rows[i], columns, count);
    }
    ap_rputs("</tbody>\n<tbody class=\"all\">\n", r);
    write_row(page, &all, columns, count);
    ct_status_html_close_table(r, apr_psprintf(
        r->pool, "%s%s%sp50 / p99: half of the tasks, and 99 of 100, took no "
        "longer than this, rounded up to 1, 2 or 5. A task waits from the end "
        "of its response, or from where it was submitted, or from the end of "
        "its delay, for its first attempt; run is the last one. What waits is "
        "looked at once a second for the oldest.",
        zeros ? "Zero for all names: " : "", zeros ? zeros : "",
        zeros ? ". " : ""));
    write_others(page, rows, columns, count);
}
