/* SPDX-License-Identifier: Apache-2.0 */
/* prometheus: the snapshot in the text format 0.0.4, which Prometheus and
 * all who speak its language read. Times are seconds. What is there for each
 * name has the label `name`; a sum over names is the query's business. A name
 * that has once been there stays, so series do not come and go. */
#include "prometheus.h"

#include "http_protocol.h"
#include "mod_crosstown.h"
#include "module_numbers.h"
#include "status_control.h"
#include "text.h"
#include "verdict.h"

/* One number of each name. */
typedef struct {
    const char *metric;
    const char *type;
    const char *help;
    apr_size_t offset;
} family_t;

#define OF(member) APR_OFFSETOF(ct_numbers_t, member)

static const family_t recorded = {
    "crosstown_tasks_recorded_total", "counter",
    "Tasks recorded or submitted.", OF(recorded)
};

static const family_t failed = {
    "crosstown_tasks_failed_total", "counter",
    "Tasks that ran and reported an error.", OF(failed)
};

static const family_t retries = {
    "crosstown_task_retries_total", "counter",
    "Attempts that failed and were to be followed by another.", OF(retries)
};

static const family_t gauges[] = {
    { "crosstown_tasks_open", "gauge",
      "Tasks that have not met their end yet.", OF(open) },
    { "crosstown_tasks_waiting", "gauge",
      "Tasks that wait in a queue.", OF(waiting) },
    { "crosstown_tasks_running", "gauge",
      "Tasks whose functions are being called.", OF(running) },
    { NULL, NULL, NULL, 0 }
};

void ct_prometheus_head(request_rec *r, const char *metric, const char *type,
                        const char *help)
{
    ap_rprintf(r, "# HELP %s %s\n# TYPE %s %s\n", metric, help, metric, type);
}

static void write_family(const ct_status_page_t *page, const family_t *family)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;
    int i;

    ct_prometheus_head(r, family->metric, family->type, family->help);
    for (i = 0; i < snapshot->name_count; ++i) {
        const ct_snapshot_name_t *name = &snapshot->names[i];

        ap_rprintf(r, "%s{name=%s} %" APR_UINT64_T_FMT "\n", family->metric,
                   ct_status_text_label(r->pool, name->name),
                   ct_status_value(&name->numbers, family->offset));
    }
}

static void write_outcomes(const ct_status_page_t *page)
{
    static const char metric[] = "crosstown_tasks_ended_total";
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;
    const ct_status_field_t *field;
    int i;

    ct_prometheus_head(r, metric, "counter",
               "Tasks that have met their end, by what became of them.");
    for (i = 0; i < snapshot->name_count; ++i) {
        const ct_snapshot_name_t *name = &snapshot->names[i];
        const char *label = ct_status_text_label(r->pool, name->name);

        for (field = ct_status_fields; field->key; ++field) {
            if (field->is_end) {
                ap_rprintf(r, "%s{name=%s,outcome=\"%s\"} %" APR_UINT64_T_FMT
                           "\n", metric, label, field->key,
                           ct_status_value(&name->numbers, field->offset));
            }
        }
    }
}

/* 0 where there is none, so that series do not come and go. */
static void write_oldest(const ct_status_page_t *page)
{
    static const char metric[] = "crosstown_tasks_oldest_seconds";
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;
    const ct_status_oldest_t *oldest;
    int i;

    ct_prometheus_head(r, metric, "gauge",
                       "For how long the oldest task waits or runs already, "
                       "or is tried again and again; 0: there is none.");
    for (i = 0; i < snapshot->name_count; ++i) {
        const ct_snapshot_name_t *name = &snapshot->names[i];
        const char *label = ct_status_text_label(r->pool, name->name);

        for (oldest = ct_status_oldest; oldest->key; ++oldest) {
            apr_interval_time_t age = ct_status_oldest_age(
                snapshot, &name->oldest, oldest);

            ap_rprintf(r, "%s{name=%s,state=\"%s\"} %s\n", metric, label,
                       oldest->key, ct_status_text_seconds(
                           r->pool, age > 0 ? (apr_uint64_t)age : 0));
        }
    }
}

/* Of a name that never did, no line. */
static void write_failures(const ct_status_page_t *page)
{
    static const char metric[] = "crosstown_task_last_failure_seconds";
    const ct_snapshot_t *snapshot = page->snapshot;
    int i;

    ct_prometheus_head(page->r, metric, "gauge",
                       "When an attempt of a task has failed last, since "
                       "1970.");
    for (i = 0; i < snapshot->name_count; ++i) {
        const ct_snapshot_name_t *name = &snapshot->names[i];

        if (name->failed) {
            ap_rprintf(page->r, "%s{name=%s} %s\n", metric,
                       ct_status_text_label(page->r->pool, name->name),
                       ct_status_text_seconds(page->r->pool,
                                              (apr_uint64_t)name->failed));
        }
    }
}

/* Buckets are added up here, and the last one is +Inf. */
static void write_histogram(request_rec *r, const char *metric,
                            const char *label,
                            const ct_histogram_t *histogram)
{
    apr_uint64_t count = 0;
    int i;

    for (i = 0; i < CT_HISTOGRAM_BUCKETS - 1; ++i) {
        count += histogram->buckets[i];
        ap_rprintf(r, "%s_bucket{name=%s,le=\"%s\"} %" APR_UINT64_T_FMT "\n",
                   metric, label,
                   ct_status_text_seconds(
                       r->pool, (apr_uint64_t)ct_histogram_bound(i)), count);
    }
    ap_rprintf(r, "%s_bucket{name=%s,le=\"+Inf\"} %" APR_UINT64_T_FMT "\n",
               metric, label, histogram->count);
    ap_rprintf(r, "%s_sum{name=%s} %s\n", metric, label,
               ct_status_text_seconds(r->pool, histogram->sum));
    ap_rprintf(r, "%s_count{name=%s} %" APR_UINT64_T_FMT "\n", metric, label,
               histogram->count);
}

static void write_times(const ct_status_page_t *page, const char *metric,
                        const char *help, apr_size_t offset)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;
    int i;

    ct_prometheus_head(r, metric, "histogram", help);
    for (i = 0; i < snapshot->name_count; ++i) {
        const char *numbers = (const char *)&snapshot->names[i].numbers;

        write_histogram(r, metric,
                        ct_status_text_label(r->pool, snapshot->names[i].name),
                        (const ct_histogram_t *)(const void *)(numbers
                                                               + offset));
    }
}

static void write_value(request_rec *r, const char *metric, const char *type,
                        const char *help, apr_uint64_t value)
{
    ct_prometheus_head(r, metric, type, help);
    ap_rprintf(r, "%s %" APR_UINT64_T_FMT "\n", metric, value);
}

void ct_prometheus_gauge(request_rec *r, const char *metric, const char *help,
                         apr_uint64_t value)
{
    write_value(r, metric, "gauge", help, value);
}

static void write_server(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;

    ct_prometheus_gauge(r, "crosstown_children",
                 "Child processes that count now.",
                 (apr_uint64_t)snapshot->children);
    ct_prometheus_gauge(r, "crosstown_threads",
                 "Threads that run tasks, of all children.",
                 snapshot->threads.now);
    ct_prometheus_gauge(r, "crosstown_tasks_scheduled",
                 "Waiting tasks whose time has not come, of all children.",
                 snapshot->scheduled);
    ct_prometheus_gauge(r, "crosstown_child_tasks_waiting_max",
                 "The most tasks that ever waited in any one child.",
                 snapshot->waiting.most);
    ct_prometheus_gauge(r, "crosstown_child_tasks_running_max",
                 "The most tasks that ever ran at once in any one child.",
                 snapshot->running.most);
    ct_prometheus_gauge(r, "crosstown_child_threads_max",
                 "The most threads that any one child ever had.",
                 snapshot->threads.most);
    write_value(r, "crosstown_threads_refused_total", "counter",
                "How often the system gave no further thread.",
                snapshot->refused_threads);
    ct_prometheus_head(r, "crosstown_start_time_seconds", "gauge",
               "When counting began, since 1970.");
    ap_rprintf(r, "crosstown_start_time_seconds %s\n",
               ct_status_text_seconds(r->pool, (apr_uint64_t)snapshot->since));
    ct_prometheus_head(r, "crosstown_build_info", "gauge",
               "Always 1; the label has the module's version.");
    ap_rprintf(r, "crosstown_build_info{version=\"%s\"} 1\n",
               CT_STATUS_VERSION);
}

void ct_status_prometheus(const ct_status_page_t *page)
{
    const family_t *gauge;

    ct_verdict_prometheus(page);
    write_server(page);
    write_family(page, &recorded);
    write_outcomes(page);
    write_family(page, &failed);
    write_family(page, &retries);
    for (gauge = gauges; gauge->metric; ++gauge) {
        write_family(page, gauge);
    }
    write_oldest(page);
    write_failures(page);
    ct_prometheus_limits(page);
    write_times(page, "crosstown_task_wait_seconds",
                "How long tasks waited from the response's end, or the end of "
                "their delay, to their first call.", OF(wait));
    write_times(page, "crosstown_task_run_seconds",
                "How long tasks ran, at their last attempt.", OF(run));
    ct_module_numbers_prometheus(page);
    ct_status_control_prometheus(page);
}
