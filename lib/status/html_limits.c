/* SPDX-License-Identifier: Apache-2.0 */
/* html_limits: what is limited beside its limit: of all, of each child, of
 * each CrosstownLimit. Each cell has three numbers: now, the most so far, the
 * limit. What is at its limit now stands out. */
#include "formats.h"

#include "apr_strings.h"
#include "config.h"
#include "control.h"
#include "http_protocol.h"
#include "text.h"

/* Of each child. */
#define ROWS 32

#define NONE "\xe2\x80\x93"

static const char *number(apr_pool_t *p, apr_uint64_t number)
{
    return ct_status_text_number(p, number);
}

/* @param limit  0: there is none */
static const char *or_none(apr_pool_t *p, apr_uint64_t limit)
{
    return limit ? number(p, limit) : NONE;
}

static void write_cell(request_rec *r, const char *title, apr_uint64_t now,
                       apr_uint64_t most, apr_uint64_t limit)
{
    ct_status_html_cell(r, title, limit && now >= limit ? "trouble" : NULL,
                        apr_psprintf(r->pool, "%s / %s / %s",
                                     number(r->pool, now),
                                     number(r->pool, most),
                                     or_none(r->pool, limit)));
}

/* As configured, or as an administrator says. */
static apr_uint64_t most_threads(void)
{
    const ct_switches_t *switches = ct_control_switches();
    unsigned int said = switches ? atomic_load(&switches->threads) : 0;

    return said ? said : ct_config()->threads_max;
}

#define IN_CHILD(member) APR_OFFSETOF(ct_snapshot_child_t, member)

static void write_gauge(const ct_status_page_t *page, const char *title,
                        const ct_gauge_t *gauge, apr_uint64_t busiest,
                        apr_uint64_t limit)
{
    request_rec *r = page->r;

    ap_rprintf(r, "<tr><th scope=\"row\">%s</th>", title);
    ct_status_html_cell(r, "in all", NULL, number(r->pool, gauge->now));
    write_cell(r, "in the fullest child", busiest, gauge->most, limit);
    ap_rputs("</tr>\n", r);
}

static void write_gauges(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;

    ct_status_html_open_table(r, "gauges", "How many at once",
                              "what|in all|in the fullest child");
    write_gauge(page, "tasks waiting", &snapshot->waiting,
                ct_status_busiest(snapshot, IN_CHILD(waiting)),
                ct_config()->queue_max);
    ap_rputs("<tr><th scope=\"row\">of those, for their time</th>", r);
    ct_status_html_cell(r, "in all", NULL,
                        number(r->pool, snapshot->scheduled));
    ct_status_html_cell(r, "in the fullest child", "none", NONE);
    ap_rputs("</tr>\n", r);
    write_gauge(page, "tasks running", &snapshot->running,
                ct_status_busiest(snapshot, IN_CHILD(running)), 0);
    write_gauge(page, "threads", &snapshot->threads,
                ct_status_busiest(snapshot, IN_CHILD(threads)),
                most_threads());
    ct_status_html_close_table(
        r, apr_psprintf(r->pool, "Now / the most that any one child has had / "
                        "the limit, which is a child's own: CrosstownQueue, "
                        "CrosstownThreads.%s", snapshot->refused_threads == 0
                        ? "" : apr_psprintf(
                            r->pool, " The system has refused a thread %s "
                            "time(s).", number(r->pool,
                                               snapshot->refused_threads))));
}

static const char *age_text(const ct_status_page_t *page, apr_time_t since)
{
    return since ? ct_status_text_duration(
                       page->r->pool, ct_status_since(page->snapshot, since))
                 : NONE;
}

static void write_age(const ct_status_page_t *page, const char *title,
                      apr_time_t since)
{
    ct_status_html_cell(page->r, title, since ? NULL : "none",
                        age_text(page, since));
}

static void write_child(const ct_status_page_t *page,
                        const ct_snapshot_child_t *child)
{
    request_rec *r = page->r;

    ap_rprintf(r, "<tr><th scope=\"row\">%" APR_PID_T_FMT "</th>", child->pid);
    ct_status_html_cell(r, "state", child->is_stalled ? "trouble" : NULL,
                        child->is_stalled ? "stalled" : "runs");
    if (child->is_alone) {
        write_cell(r, "waiting", child->waiting, child->most_waiting,
                   ct_config()->queue_max);
        write_cell(r, "running", child->running, child->most_running, 0);
    }
    else {
        ct_status_html_cell(r, "waiting", "none", NONE);
        ct_status_html_cell(r, "running", "none", NONE);
    }
    write_cell(r, "threads", child->threads, child->most_threads,
               most_threads());
    write_age(page, "oldest waiting", child->oldest.waiting);
    write_age(page, "oldest running", child->oldest.running);
    write_age(page, "last returned", child->moved);
    ap_rputs("</tr>\n", r);
}

static void write_children(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    int i;

    ct_status_html_open_table(page->r, "processes", "Each child",
                              "process|state|waiting|running|threads|"
                              "oldest waiting|oldest running|last returned");
    for (i = 0; i < snapshot->child_count && i < ROWS; ++i) {
        write_child(page, &snapshot->processes[i]);
    }
    if (i == 0) {
        ap_rputs("<tr><td colspan=\"8\" class=\"none\">None.</td></tr>\n",
                 page->r);
    }
    ct_status_html_close_table(page->r, apr_psprintf(
        page->r->pool, "Now / the most of it, or of one before it in its "
        "place / the limit. Stalled: tasks wait and others run, and for 30 "
        "seconds no call has returned. %s", snapshot->child_count > ROWS
        ? apr_psprintf(page->r->pool, "%d more are not shown; JSON has them.",
                       snapshot->child_count - ROWS) : ""));
}

static void write_limit(const ct_status_page_t *page,
                        const ct_name_limit_t *limit)
{
    request_rec *r = page->r;
    ct_gauge_t running, waiting;

    ct_status_limited(page->snapshot, limit, &running, &waiting);
    ap_rprintf(r, "<tr><th scope=\"row\"><bdi>%s</bdi></th>",
               ct_status_html_name(r->pool, limit->name));
    write_cell(r, "running", running.now, running.most,
               ct_name_limit_at_once(limit));
    write_cell(r, "waiting", waiting.now, waiting.most, limit->queue);
    ct_status_html_cell(r, "counted in", NULL,
                        limit->scope == CT_SCOPE_SERVER ? "all children"
                                                        : "each child");
    ap_rputs("</tr>\n", r);
}

static void write_name_limits(const ct_status_page_t *page)
{
    const ct_name_limits_t *limits = &ct_config()->name_limits;
    unsigned int i;

    if (limits->count == 0) {
        return;
    }
    ct_status_html_open_table(page->r, "name-limits", "Limits of names",
                              "name|running|waiting|counted in");
    for (i = 0; i < limits->count; ++i) {
        write_limit(page, &limits->all[i]);
    }
    ct_status_html_close_table(page->r, "Now / the most so far / the limit, "
                               "as CrosstownLimit says: of the child that has "
                               "most, or of all where it holds for all "
                               "children together. How many wait is each "
                               "child's own.");
}

void ct_status_html_limits(const ct_status_page_t *page)
{
    write_gauges(page);
    write_children(page);
    write_name_limits(page);
}
