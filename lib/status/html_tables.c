/* SPDX-License-Identifier: Apache-2.0 */
/* html_tables: the tables of the page for people: how many now, what runs,
 * and each name. A table that may be wide stands in a box that scrolls, and
 * that can be reached by keyboard. */
#include "formats.h"

#include "apr_strings.h"
#include "config.h"
#include "http_protocol.h"
#include "text.h"

/* Columns are separated by '|'. */
static void open_table(request_rec *r, const char *id, const char *title,
                       const char *columns)
{
    char *rest = apr_pstrdup(r->pool, columns);
    const char *column;

    ap_rprintf(r, "<section class=\"box\" tabindex=\"0\" "
               "aria-labelledby=\"%s-title\">\n<table id=\"%s\">\n"
               "<caption><h2 id=\"%s-title\">%s</h2></caption>\n<thead><tr>",
               id, id, id, title);
    while ((column = apr_strtok(rest, "|", &rest))) {
        ap_rprintf(r, "<th scope=\"col\">%s</th>", column);
    }
    ap_rputs("</tr></thead>\n<tbody>\n", r);
}

static void close_table(request_rec *r, const char *note)
{
    ap_rprintf(r, "</tbody>\n</table>\n</section>\n<p class=\"note\">%s</p>\n",
               note);
}

static void write_gauge(request_rec *r, const char *title,
                        const ct_gauge_t *gauge, apr_uint32_t limit)
{
    ap_rprintf(r, "<tr><th scope=\"row\">%s</th><td>%s</td>"
               "<td>%s</td><td>%s</td></tr>\n", title,
               ct_status_text_number(r->pool, gauge->now),
               ct_status_text_number(r->pool, gauge->most),
               limit ? ct_status_text_number(r->pool, limit) : "\xe2\x80\x93");
}

static void write_gauges(const ct_status_page_t *page)
{
    const ct_limits_t *limits = ct_config_limits();
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;

    open_table(r, "gauges", "How many at once",
               "what|now, all children|peak of a child|limit of a child");
    write_gauge(r, "tasks waiting", &snapshot->waiting, limits->queue_max);
    ap_rprintf(r, "<tr><th scope=\"row\">of those, for their time</th>"
               "<td>%s</td><td>\xe2\x80\x93</td><td>\xe2\x80\x93</td></tr>\n",
               ct_status_text_number(r->pool, snapshot->scheduled));
    write_gauge(r, "tasks running", &snapshot->running, 0);
    write_gauge(r, "threads", &snapshot->threads, limits->threads_max);
    close_table(r, snapshot->refused_threads == 0
                ? "Limits are a child process's own, so the peak is that of "
                  "the child that has had most."
                : apr_psprintf(r->pool, "Limits are a child process's own, so "
                               "the peak is that of the child that has had "
                               "most. The system has refused a thread %s "
                               "time(s).", ct_status_text_number(
                                   r->pool, snapshot->refused_threads)));
}

static void write_task(const ct_status_page_t *page,
                       const ct_snapshot_task_t *task)
{
    apr_pool_t *p = page->r->pool;

    ap_rprintf(page->r, "<tr><th scope=\"row\"><bdi>%s</bdi>"
               "</th><td>%s</td><td>%u</td><td><bdi>%s</bdi></td><td>%s</td>"
               "<td>%" APR_PID_T_FMT "</td></tr>\n",
               ct_status_text_html(p, task->name),
               ct_status_text_duration(p, ct_status_age(page->snapshot, task)),
               task->attempt, ct_status_text_html(p, task->uri),
               task->status ? apr_itoa(p, task->status) : "\xe2\x80\x93",
               task->pid);
}

static void write_tasks(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    int count = ct_status_task_count(snapshot);
    int i;

    open_table(page->r, "tasks", "What runs now",
               "name|for|attempt|URI|status|process");
    for (i = 0; i < count; ++i) {
        write_task(page, &snapshot->tasks[i]);
    }
    if (count == 0) {
        ap_rputs("<tr><td colspan=\"6\" class=\"none\">Nothing.</td>"
                 "</tr>\n", page->r);
    }
    close_table(page->r, apr_psprintf(
        page->r->pool, "The oldest first, %d at most. URI and status are "
        "those of the response; a task that was submitted has none.",
        CT_STATUS_TASKS));
}

/* What a share of all stayed within. The last bucket has no upper bound. */
static const char *quantile(apr_pool_t *p, const ct_histogram_t *histogram,
                            double share)
{
    apr_uint64_t beyond = histogram->buckets[CT_HISTOGRAM_BUCKETS - 1];
    const char *text;

    if (histogram->count == 0) {
        return "\xe2\x80\x93";
    }
    text = ct_status_text_duration(p, ct_histogram_quantile(histogram, share));
    return (double)beyond > (1 - share) * (double)histogram->count
           ? apr_pstrcat(p, "&gt; ", text, NULL) : text;
}

/* What is worth a look stands out, what is not steps back. */
static const char *emphasis(const ct_status_field_t *field, apr_uint64_t value)
{
    if (value == 0) {
        return " class=\"none\"";
    }
    return field->trouble ? " class=\"trouble\"" : "";
}

static void write_numbers(request_rec *r, const ct_numbers_t *numbers)
{
    const ct_status_field_t *field;

    for (field = ct_status_fields; field->key; ++field) {
        apr_uint64_t value = ct_status_value(numbers, field->offset);

        ap_rprintf(r, "<td%s>%s</td>", emphasis(field, value),
                   ct_status_text_number(r->pool, value));
    }
    ap_rprintf(r, "<td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
               quantile(r->pool, &numbers->wait, 0.5),
               quantile(r->pool, &numbers->wait, 0.99),
               quantile(r->pool, &numbers->run, 0.5),
               quantile(r->pool, &numbers->run, 0.99));
}

static void write_names(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    const char *columns = "name";
    const ct_status_field_t *field;
    request_rec *r = page->r;
    int i;

    for (field = ct_status_fields; field->key; ++field) {
        columns = apr_pstrcat(r->pool, columns, "|", field->title, NULL);
    }
    open_table(r, "names", "Each name", apr_pstrcat(
        r->pool, columns, "|wait p50|wait p99|run p50|run p99", NULL));
    for (i = 0; i < snapshot->name_count; ++i) {
        ap_rprintf(r, "<tr><th scope=\"row\"><bdi>%s</bdi>"
                   "</th>", ct_status_text_html(r->pool,
                                                snapshot->names[i].name));
        write_numbers(r, &snapshot->names[i].numbers);
    }
    ap_rputs("</tbody>\n<tbody class=\"all\">\n"
             "<tr><th scope=\"row\">all</th>", r);
    write_numbers(r, &snapshot->total);
    close_table(r, "p50, p99: half of the tasks, and 99 of 100, took no "
                "longer than this, rounded up to 1, 2 or 5. A task waits from "
                "the end of its response, or from where it was submitted, or "
                "from the end of its delay, for its first attempt; run is the "
                "last one.");
}

static const char *limit_text(apr_pool_t *p, apr_uint32_t limit)
{
    return limit ? ct_status_text_number(p, limit) : "\xe2\x80\x93";
}

static void write_name_limits(const ct_status_page_t *page)
{
    const ct_name_limits_t *limits = &ct_config_limits()->name_limits;
    apr_pool_t *p = page->r->pool;
    unsigned int i;

    if (limits->count == 0) {
        return;
    }
    open_table(page->r, "name-limits", "Limits of names",
               "name|may run at once|counted in|have places|may wait in a "
               "child");
    for (i = 0; i < limits->count; ++i) {
        const ct_name_limit_t *limit = &limits->all[i];
        const ct_places_t *places = &limit->places;

        ap_rprintf(page->r, "<tr><th scope=\"row\"><bdi>%s</bdi></th>"
                   "<td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
                   ct_status_text_html(p, limit->name),
                   limit_text(p, limit->at_once),
                   limit->scope == CT_SCOPE_SERVER ? "all children"
                                                   : "each child",
                   places->table ? ct_status_text_number(p, ct_places_taken(
                       &places->table->kinds[places->kind]))
                                 : "\xe2\x80\x93",
                   limit_text(p, limit->queue));
    }
    close_table(page->r, "As CrosstownLimit says. Places are counted where a "
                "limit holds for all children together.");
}

void ct_status_html_tables(const ct_status_page_t *page)
{
    write_gauges(page);
    write_tasks(page);
    write_names(page);
    write_name_limits(page);
}
