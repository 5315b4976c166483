/* SPDX-License-Identifier: Apache-2.0 */
/* server_status: names and URIs may have any byte in them: they are escaped as
 * mod_status escapes request lines. */
#include "server_status.h"

#include "apr_escape.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "mod_status.h"
#include "formats.h"
#include "module_numbers.h"
#include "text.h"
#include "verdict.h"

/* The page is not UTF-8: what is not ASCII is shown as \xHH. */
static const char *escape(request_rec *r, const char *text)
{
    const char *ascii = apr_pescape_echo(r->pool, text, 0);

    return apr_pescape_entity(r->pool,
                              ct_status_text_spaces(r->pool, ascii), 0);
}

/* What 99 of 100 stay within. */
static double milliseconds(const ct_histogram_t *histogram)
{
    return (double)ct_histogram_quantile(histogram, 0.99) / 1000;
}

/* "no_go" becomes CrosstownNoGo. */
static void put_line(request_rec *r, const char *key, apr_uint64_t number)
{
    int first = 1;

    ap_rputs("Crosstown", r);
    for (; *key; ++key) {
        if (*key != '_') {
            ap_rputc(first ? apr_toupper(*key) : *key, r);
        }
        first = *key == '_';
    }
    ap_rprintf(r, ": %" APR_UINT64_T_FMT "\n", number);
}

/* Seconds; 0: there is none. */
static void put_oldest(request_rec *r, const ct_snapshot_t *snapshot)
{
    const ct_status_oldest_t *oldest;

    for (oldest = ct_status_oldest; oldest->key; ++oldest) {
        apr_interval_time_t age = ct_status_oldest_age(
            snapshot, &snapshot->oldest, oldest);

        ap_rprintf(r, "CrosstownOldest%c%s: %s\n",
                   apr_toupper(*oldest->key), oldest->key + 1,
                   ct_status_text_seconds(r->pool, age > 0 ? (apr_uint64_t)age
                                                           : 0));
    }
}

/* Rates are those of a minute; 99 of 100 stay within the times; what there is
 * none of is 0. */
static void put_recent(request_rec *r, const char *when,
                       const ct_recent_t *recent)
{
    const ct_numbers_t *numbers = &recent->numbers;
    double failing = ct_status_failing(numbers);

    ap_rprintf(r, "Crosstown%sRate: %.2f\nCrosstown%sFailing: %.4f\n"
               "Crosstown%sNotRun: %" APR_UINT64_T_FMT "\n"
               "Crosstown%sWait: %s\nCrosstown%sRun: %s\n",
               when, ct_status_rate(recent), when, failing < 0 ? 0 : failing,
               when, ct_status_not_run(numbers),
               when, ct_status_text_seconds(r->pool, (apr_uint64_t)
                         ct_histogram_quantile(&numbers->wait, 0.99)),
               when, ct_status_text_seconds(r->pool, (apr_uint64_t)
                         ct_histogram_quantile(&numbers->run, 0.99)));
}

static void put_lines(request_rec *r, const ct_snapshot_t *snapshot,
                      const ct_verdict_t *verdict)
{
    const ct_status_field_t *field;

    ap_rprintf(r, "CrosstownVerdict: %s\n", ct_verdict_word(verdict->state));
    for (field = ct_status_fields; field->key; ++field) {
        put_line(r, field->key,
                 ct_status_value(&snapshot->total, field->offset));
    }
    put_line(r, "threads", snapshot->threads.now);
    put_line(r, "most_waiting", snapshot->waiting.most);
    put_line(r, "most_running", snapshot->running.most);
    put_line(r, "most_threads", snapshot->threads.most);
    put_line(r, "refused_threads", snapshot->refused_threads);
    put_line(r, "scheduled", snapshot->scheduled);
    put_oldest(r, snapshot);
    put_recent(r, "Minute", &snapshot->minute);
    put_recent(r, "HalfHour", &snapshot->half_hour);
}

static void put_summary(request_rec *r, const ct_snapshot_t *snapshot)
{
    char since[APR_RFC822_DATE_LEN];

    apr_rfc822_date(since, snapshot->since);
    ap_rprintf(r, "<hr />\n<h2>Tasks after the response</h2>\n"
               "<p>Counted since %s, %s.<br />\nThreads: %" APR_UINT64_T_FMT
               ". The most in one child process: %" APR_UINT64_T_FMT
               " threads, %" APR_UINT64_T_FMT " tasks running, %"
               APR_UINT64_T_FMT " waiting.</p>\n", since,
               snapshot->shared ? "all child processes together"
                             : "by this child process alone",
               snapshot->threads.now, snapshot->threads.most,
               snapshot->running.most, snapshot->waiting.most);
}

static void put_verdict(request_rec *r, const ct_snapshot_t *snapshot,
                        const ct_verdict_t *verdict)
{
    ap_rvputs(r, "<p><b>", ct_verdict_word(verdict->state), "</b>",
              ct_verdict_for(verdict, snapshot, r->pool), NULL);
    if (verdict->name) {
        ap_rvputs(r, ", ", ct_verdict_but(verdict), escape(r, verdict->name),
                  NULL);
    }
    ap_rvputs(r, ": ", escape(r, verdict->words), ".</p>\n", NULL);
}

/* In seconds, or "-". */
static const char *oldest_text(apr_pool_t *p, const ct_snapshot_t *snapshot,
                               const ct_ages_t *ages,
                               const ct_status_oldest_t *oldest)
{
    apr_interval_time_t age = ct_status_oldest_age(snapshot, ages, oldest);

    return age < 0 ? "-" : apr_psprintf(p, "%.1f s", (double)age
                                                     / APR_USEC_PER_SEC);
}

static void put_cell(request_rec *r, int no_tables, const char *title,
                     const char *value)
{
    if (no_tables) {
        ap_rvputs(r, " ", title, " ", value, ",", NULL);
    }
    else {
        ap_rvputs(r, "<td>", value, "</td>", NULL);
    }
}

static void put_row(request_rec *r, const ct_snapshot_t *snapshot,
                    int no_tables, const char *name,
                    const ct_numbers_t *numbers, const ct_ages_t *ages)
{
    const ct_status_oldest_t *oldest;
    const ct_status_field_t *field;

    ap_rprintf(r, no_tables ? "<b>%s</b>:" : "<tr><td>%s</td>", name);
    for (field = ct_status_fields; field->key; ++field) {
        put_cell(r, no_tables, field->title,
                 apr_psprintf(r->pool, "%" APR_UINT64_T_FMT,
                              ct_status_value(numbers, field->offset)));
    }
    for (oldest = ct_status_oldest; oldest->key; ++oldest) {
        put_cell(r, no_tables, oldest->title,
                 oldest_text(r->pool, snapshot, ages, oldest));
    }
    ap_rprintf(r, no_tables ? " 99 %% wait %.2f ms, run %.2f ms<br />\n"
                            : "<td>%.2f</td><td>%.2f</td></tr>\n",
               milliseconds(&numbers->wait), milliseconds(&numbers->run));
}

static void put_rows(request_rec *r, const ct_snapshot_t *snapshot,
                     int no_tables, const char *all)
{
    int i;

    for (i = 0; i < snapshot->name_count; ++i) {
        put_row(r, snapshot, no_tables, escape(r, snapshot->names[i].name),
                &snapshot->names[i].numbers, &snapshot->names[i].oldest);
    }
    put_row(r, snapshot, no_tables, all, &snapshot->total, &snapshot->oldest);
}

static void put_table(request_rec *r, const ct_snapshot_t *snapshot)
{
    const ct_status_oldest_t *oldest;
    const ct_status_field_t *field;

    ap_rputs("<table border=\"0\">\n<tr><th>Task</th>", r);
    for (field = ct_status_fields; field->key; ++field) {
        ap_rvputs(r, "<th>", field->title, "</th>", NULL);
    }
    for (oldest = ct_status_oldest; oldest->key; ++oldest) {
        ap_rvputs(r, "<th>", oldest->title, "</th>", NULL);
    }
    ap_rputs("<th>wait</th><th>run</th></tr>\n", r);
    put_rows(r, snapshot, 0, "<b>all</b>");
    ap_rputs("</table>\n<p>Wait and run: milliseconds that 99 % stay "
             "within.</p>\n", r);
}

static void put_text(request_rec *r, const ct_snapshot_t *snapshot)
{
    ap_rputs("<p>", r);
    put_rows(r, snapshot, 1, "<i>all</i>");
    ap_rputs("</p>\n", r);
}

/* A name in the last minute and the last half hour: both in each cell. */
static void put_now_row(request_rec *r, const char *form, const char *name,
                        const ct_recent_t *minute, const ct_recent_t *hour)
{
    double failing[] = { ct_status_failing(&minute->numbers),
                         ct_status_failing(&hour->numbers) };

    ap_rprintf(r, form, name, ct_status_rate(minute), ct_status_rate(hour),
               failing[0] < 0 ? 0 : 100 * failing[0],
               failing[1] < 0 ? 0 : 100 * failing[1],
               ct_status_not_run(&minute->numbers),
               ct_status_not_run(&hour->numbers),
               milliseconds(&minute->numbers.wait),
               milliseconds(&hour->numbers.wait),
               milliseconds(&minute->numbers.run),
               milliseconds(&hour->numbers.run));
}

#define COUNT "%" APR_UINT64_T_FMT

static void put_now(request_rec *r, const ct_snapshot_t *snapshot,
                    int no_tables)
{
    const char *form = no_tables
        ? "<b>%s</b>: ran in a minute %.1f / %.1f, failed %.1f %% / %.1f %%, "
          "not run " COUNT " / " COUNT ", 99 %% wait %.2f / %.2f ms, run "
          "%.2f / %.2f ms<br />\n"
        : "<tr><td>%s</td><td>%.1f / %.1f</td><td>%.1f / %.1f</td><td>" COUNT
          " / " COUNT "</td><td>%.2f / %.2f</td><td>%.2f / %.2f</td></tr>\n";
    int i;

    ap_rputs("<p>The last minute / the last half hour:</p>\n", r);
    ap_rputs(no_tables ? "<p>" : "<table border=\"0\">\n<tr><th>Task</th>"
             "<th>ran in a minute</th><th>% failed</th><th>not run</th>"
             "<th>wait</th><th>run</th></tr>\n", r);
    for (i = 0; i < snapshot->name_count; ++i) {
        put_now_row(r, form, escape(r, snapshot->names[i].name),
                    &snapshot->names[i].minute,
                    &snapshot->names[i].half_hour);
    }
    put_now_row(r, form, "all", &snapshot->minute, &snapshot->half_hour);
    ap_rputs(no_tables ? "</p>\n" : "</table>\n", r);
}

/* What the two forms of the list write around its parts. */
typedef struct {
    const char *begin;
    const char *row;                 /* of pid, seconds, name, target, status,
                                        URI */
    const char *end;
    const char *with;                /* before a target */
    const char *none;                /* instead of one */
} list_form_t;

static const list_form_t as_table = {
    "<table border=\"0\">\n<tr><th>PID</th><th>Seconds</th><th>Task</th>"
    "<th>Target</th><th>Status</th><th>URI</th></tr>\n",
    "<tr><td>%" APR_PID_T_FMT "</td><td>%d</td><td>%s</td><td>%s</td>"
    "<td>%d</td><td>%s</td></tr>\n",
    "</table>\n", "", "-"
};

static const list_form_t as_text = {
    "<p>",
    "<b>PID %" APR_PID_T_FMT "</b>: for %d s %s%s after %d for %s<br />\n",
    "</p>\n", " with ", ""
};

static void put_running(request_rec *r, const ct_snapshot_t *snapshot,
                        const list_form_t *form)
{
    int i;

    ap_rputs("<p>Running now, the oldest first:</p>\n", r);
    ap_rputs(form->begin, r);
    for (i = 0; i < snapshot->task_count; ++i) {
        const ct_snapshot_task_t *task = &snapshot->tasks[i];

        ap_rprintf(r, form->row, task->pid,
                   (int)apr_time_sec(ct_status_age(snapshot, task)),
                   escape(r, task->name),
                   task->target ? apr_pstrcat(
                       r->pool, form->with, escape(r, task->target), NULL)
                                : form->none,
                   task->status, escape(r, task->uri));
    }
    ap_rputs(form->end, r);
}

static void put_section(request_rec *r, int flags,
                        const ct_snapshot_t *snapshot,
                        const ct_verdict_t *verdict)
{
    int no_tables = flags & AP_STATUS_NOTABLE;

    put_summary(r, snapshot);
    put_verdict(r, snapshot, verdict);
    if (no_tables) {
        put_text(r, snapshot);
    }
    else {
        put_table(r, snapshot);
    }
    put_now(r, snapshot, no_tables);
    if ((flags & AP_STATUS_EXTENDED) && snapshot->task_count > 0) {
        put_running(r, snapshot, no_tables ? &as_text : &as_table);
    }
}

static int show(request_rec *r, int flags)
{
    const ct_snapshot_t *snapshot = ct_snapshot_read(r->pool);
    const apr_array_header_t *tables = ct_module_numbers_read(r);
    ct_verdict_t verdict = ct_verdict_read(snapshot, tables, r->pool);

    if (flags & AP_STATUS_SHORT) {
        put_lines(r, snapshot, &verdict);
        ct_module_numbers_lines(r, tables);
    }
    else {
        put_section(r, flags, snapshot, &verdict);
        ct_module_numbers_sections(r, tables);
    }
    return OK;
}

void ct_server_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show, NULL, NULL, APR_HOOK_MIDDLE);
}
