/* SPDX-License-Identifier: Apache-2.0 */
/* html_now: how it goes with each name just now: what runs and waits, and what
 * came of it in the last minute, beside the last half hour. Names of which
 * there was nothing in half an hour are left out. */
#include "formats.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "text.h"
#include "verdict.h"

/* Names that are shown. */
#define ROWS 20
/* Numbers that they are sorted by. */
#define ORDER (CT_STATUS_ORDER + 2)

#define NONE "\xe2\x80\x93"

static const char *number(apr_pool_t *p, apr_uint64_t number)
{
    return ct_status_text_number(p, number);
}

/* So many in a minute: below ten with a decimal. */
static const char *rate(apr_pool_t *p, const ct_recent_t *recent)
{
    double in_a_minute = ct_status_rate(recent);

    return in_a_minute > 0 && in_a_minute < 10
           ? apr_psprintf(p, "%.1f", in_a_minute)
           : number(p, (apr_uint64_t)(in_a_minute + 0.5));
}

/* Of those that came to their end by running, or of the attempts. */
static const char *share(apr_pool_t *p, const ct_numbers_t *numbers)
{
    double failing = ct_status_failing(numbers);

    return failing < 0 ? NONE
           : apr_psprintf(p, failing > 0 && failing < 0.1 ? "%.1f %%"
                          : "%.0f %%", 100 * failing);
}

static const char *longest(apr_pool_t *p, const ct_histogram_t *histogram)
{
    return histogram->count == 0 ? NONE : ct_status_text_duration(
               p, ct_histogram_quantile(histogram, 0.99));
}

static const char *emphasis(int is_trouble, int is_something)
{
    return is_trouble ? "trouble" : is_something ? NULL : "none";
}

/* How many, and the age of the oldest. */
static void write_open(const ct_status_page_t *page, const char *title,
                       apr_uint64_t count, apr_time_t since, int trouble)
{
    apr_pool_t *p = page->r->pool;
    const char *text = number(p, count);

    if (since) {
        text = apr_psprintf(p, "%s, for %s", text, ct_status_text_duration(
                                p, ct_status_since(page->snapshot, since)));
    }
    ct_status_html_cell(page->r, title, emphasis(trouble, count > 0), text);
}

/* Others wait for it, or it waits for something that is not there. */
static int is_held_up(const ct_status_page_t *page,
                      const ct_snapshot_name_t *name)
{
    return (page->verdict->state == CROSSTOWN_STATE_STUCK
            || page->verdict->state == CROSSTOWN_STATE_AWAY)
           && ct_status_is_about(page, name);
}

static void write_both(request_rec *r, const char *title, const char *how,
                       const char *minute, const char *half_hour)
{
    ct_status_html_cell(r, title, how,
                        apr_pstrcat(r->pool, minute, " / ", half_hour, NULL));
}

static void write_failure(const ct_status_page_t *page,
                          const ct_snapshot_name_t *name)
{
    request_rec *r = page->r;
    apr_time_t now = page->snapshot->now;

    if (!name->failed) {
        ct_status_html_cell(r, "last failure", "none", NONE);
        return;
    }
    ct_status_html_cell(r, "last failure", "text", apr_psprintf(
        r->pool, "%s ago: <bdi>%s</bdi>", now - name->failed
        < APR_USEC_PER_SEC ? "less than 1 s" : ct_status_text_duration(
            r->pool, apr_time_from_sec(apr_time_sec(now - name->failed))),
        ct_status_text_html(r->pool, name->words)));
}

static void write_row(const ct_status_page_t *page,
                      const ct_snapshot_name_t *name)
{
    const ct_recent_t *minute = &name->minute, *half_hour = &name->half_hour;
    apr_uint64_t not_run = ct_status_not_run(&minute->numbers);
    apr_uint64_t not_run_before = ct_status_not_run(&half_hour->numbers);
    request_rec *r = page->r;
    apr_pool_t *p = r->pool;

    ap_rprintf(r, "<tr><th scope=\"row\"><bdi>%s</bdi></th>",
               ct_status_html_name(p, name->name));
    write_open(page, "running", name->numbers.running, name->oldest.running,
               name->numbers.running > 0 && is_held_up(page, name));
    write_open(page, "waiting", name->numbers.waiting, name->oldest.waiting,
               ct_status_is_late(page->snapshot, name->oldest.waiting));
    write_both(r, "ran in a minute", NULL, rate(p, minute),
               rate(p, half_hour));
    write_both(r, "failed", emphasis(
                   minute->numbers.failed + minute->numbers.retries > 0,
                   ct_status_failing(&half_hour->numbers) > 0),
               share(p, &minute->numbers), share(p, &half_hour->numbers));
    write_both(r, "rejected, stopped, lost",
               emphasis(not_run > 0, not_run_before > 0),
               number(p, not_run), number(p, not_run_before));
    write_both(r, "wait p99",
               emphasis(0, half_hour->numbers.wait.count > 0),
               longest(p, &minute->numbers.wait),
               longest(p, &half_hour->numbers.wait));
    write_both(r, "run p99", emphasis(0, half_hour->numbers.run.count > 0),
               longest(p, &minute->numbers.run),
               longest(p, &half_hour->numbers.run));
    write_failure(page, name);
    ap_rputs("</tr>\n", r);
}

/* What happened to a name lately. */
static apr_uint64_t activity(const ct_numbers_t *numbers)
{
    return numbers->recorded + numbers->ran + numbers->retries
           + ct_status_not_run(numbers);
}

typedef struct row_t {
    const ct_snapshot_name_t *name;
    apr_uint64_t order[ORDER];       /* high ones come first */
} row_t;

static int by_trouble(const void *one, const void *other)
{
    const row_t *row = one, *than = other;
    int order = ct_status_compare(row->order, than->order, ORDER);

    return order ? order : strcmp(row->name->name, than->name->name);
}

/* @return how many names something happened to */
static int list_names(const ct_status_page_t *page, row_t *rows)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    int count = 0, i;

    for (i = 0; i < snapshot->name_count; ++i) {
        const ct_snapshot_name_t *name = &snapshot->names[i];
        row_t *row = &rows[count];

        row->name = name;
        ct_status_order(page, name, row->order);
        row->order[CT_STATUS_ORDER] = activity(&name->minute.numbers);
        row->order[CT_STATUS_ORDER + 1] = activity(&name->half_hour.numbers);
        if (name->numbers.running + name->numbers.waiting
            + row->order[CT_STATUS_ORDER + 1] > 0
            || snapshot->now - name->failed < snapshot->half_hour.took) {
            ++count;
        }
    }
    qsort(rows, (size_t)count, sizeof(*rows), by_trouble);
    return count;
}

void ct_status_html_now(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    apr_pool_t *p = page->r->pool;
    row_t *rows = apr_palloc(p, ((apr_size_t)snapshot->name_count + 1)
                                * sizeof(*rows));
    int count = list_names(page, rows);
    int i;

    ct_status_html_open_table(page->r, "now", "Each name now",
                              "name|running|waiting|ran in a minute|"
                              "failed|rejected, stopped, lost|wait p99|"
                              "run p99|last failure");
    for (i = 0; i < count && i < ROWS; ++i) {
        write_row(page, rows[i].name);
    }
    if (count == 0) {
        ap_rputs("<tr><td colspan=\"9\" class=\"none\">Nothing in half an "
                 "hour.</td></tr>\n", page->r);
    }
    ct_status_html_close_table(page->r, apr_psprintf(
        p, "Running and waiting: how many, and for how long the oldest one. "
        "Behind them: the last %s / the last %s. Red: now, or in the former. "
        "%s",
        ct_status_text_duration(p, apr_time_from_sec(
            apr_time_sec(snapshot->minute.took))),
        ct_status_text_duration(p, apr_time_from_sec(
            apr_time_sec(snapshot->half_hour.took))), count > ROWS
        ? apr_psprintf(p, "%d more names are not shown.", count - ROWS)
        : ""));
}
