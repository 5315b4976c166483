/* SPDX-License-Identifier: Apache-2.0 */
/* html_tables: how a table of the page for people looks, and the one of what
 * runs. Where there is little room each row is a block of its own, in which
 * each cell has its column's title before it; a table whose cells have none
 * scrolls in its box, which can be reached by keyboard. */
#include "formats.h"

#include <string.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "text.h"

void ct_status_html_open_table(request_rec *r, const char *id,
                               const char *title, const char *columns)
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

void ct_status_html_close_table(request_rec *r, const char *note)
{
    ap_rprintf(r, "</tbody>\n</table>\n</section>\n<p class=\"note\">%s</p>\n",
               note);
}

void ct_status_html_cell(request_rec *r, const char *title,
                         const char *emphasis, const char *text)
{
    ap_rprintf(r, "<td data-l=\"%s\"%s%s%s>%s</td>", title,
               emphasis ? " class=\"" : "", emphasis ? emphasis : "",
               emphasis ? "\"" : "", text);
}

/* It may be broken behind what parts words, and nowhere else. */
const char *ct_status_html_name(apr_pool_t *p, const char *name)
{
    const char *text = ct_status_text_html(p, name);
    char *out = apr_palloc(p, strlen(text) * sizeof("<wbr>") + 1);
    char *end = out;

    for (; *text; ++text) {
        *end++ = *text;
        if (text[1] && strchr("-_./:", *text)) {
            end = apr_cpystrn(end, "<wbr>", sizeof("<wbr>"));
        }
    }
    *end = '\0';
    return out;
}

/* Or an empty one. */
static void write_text(request_rec *r, const char *title, const char *text)
{
    ct_status_html_cell(r, title, text ? "text" : "none", text
                        ? apr_pstrcat(r->pool, "<bdi>", ct_status_html_name(
                                          r->pool, text), "</bdi>", NULL)
                        : "\xe2\x80\x93");
}

/* An address of IPv4 is short enough to stay whole. */
static void write_client(request_rec *r, const char *client)
{
    if (client && !strchr(client, ':')) {
        ct_status_html_cell(r, "client", "text",
                            ct_status_text_html(r->pool, client));
    }
    else {
        write_text(r, "client", client);
    }
}

static void write_task(const ct_status_page_t *page,
                       const ct_snapshot_task_t *task)
{
    request_rec *r = page->r;
    apr_pool_t *p = r->pool;

    ap_rprintf(r, "<tr><th scope=\"row\"><bdi>%s</bdi></th>",
               ct_status_html_name(p, task->name));
    ct_status_html_cell(r, "for", NULL, ct_status_text_duration(
                            p, ct_status_age(page->snapshot, task)));
    ct_status_html_cell(r, "attempt", NULL, apr_itoa(p, (int)task->attempt));
    write_text(r, "target", task->target);
    write_text(r, "recorded by", ct_status_task_by(p, page->snapshot, task));
    write_text(r, "URI", task->uri);
    ct_status_html_cell(r, "status", NULL, task->status
                        ? apr_itoa(p, task->status) : "\xe2\x80\x93");
    write_text(r, "virtual host",
               ct_status_task_host(p, page->snapshot, task));
    write_client(r, task->client);
    write_text(r, "log id", task->log_id);
    ct_status_html_cell(r, "process", NULL, apr_psprintf(
                            p, "%" APR_PID_T_FMT, task->pid));
    ct_status_html_cell(r, "thread", NULL, task->thread
                        ? apr_itoa(p, task->thread) : "none, held");
    ap_rputs("</tr>\n", r);
}

static void write_tasks(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    int count = ct_status_task_count(snapshot);
    int i;

    ct_status_html_open_table(page->r, "tasks", "What runs now",
                              "name|for|attempt|target|recorded by|URI|"
                              "status|virtual host|"
                              "client|log id|process|thread");
    for (i = 0; i < count; ++i) {
        write_task(page, &snapshot->tasks[i]);
    }
    if (count == 0) {
        ap_rputs("<tr><td colspan=\"12\" class=\"none\">Nothing.</td>"
                 "</tr>\n", page->r);
    }
    ct_status_html_close_table(page->r, apr_psprintf(
        page->r->pool, "The oldest first, %d at most. URI and status are "
        "those of the response; a task that was submitted has none.",
        CT_STATUS_TASKS));
}

void ct_status_html_tables(const ct_status_page_t *page)
{
    write_tasks(page);
}
