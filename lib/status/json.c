/* SPDX-License-Identifier: Apache-2.0 */
/* json: the snapshot as one JSON object. Times are microseconds, points in
 * time since 1970 (UTC); numbers are exact. Keys may be added, but not change:
 *   version, server             strings
 *   now, since                  when this was read, when counting began
 *   shared                      false: all this is of one process
 *   children                    how many count now
 *   waiting, running, threads   { now, most }: of all children now; the most
 *                               that any one child has had
 *   processes                   [ { pid, waiting, running, threads: { now,
 *                               most }, scheduled, oldest, idle, stalled } ]:
 *                               each child; null: not known; idle: since its
 *                               last call has returned, or it has begun
 *   refused_threads             how often the system gave none
 *   scheduled                   of those that wait: for their time
 *   limits                      { threads, queue } of each child
 *   name_limits                 [ { name, concurrency, queue, scope, running,
 *                               most_running, waiting, most_waiting } ]: each
 *                               CrosstownLimit; null: not limited; of the
 *                               child that has most, but for running with
 *                               scope server, which is of all
 *   bounds                      of the buckets: the longest time in each; the
 *                               last bucket has none
 *   total                       numbers of all names
 *   names                       [ numbers with a name ]; "other" comes last
 *   tasks                       what runs, the oldest first, 256 at most:
 *                               { pid, name, uri, status, attempt, host,
 *                               client, log_id, target, by, thread, started,
 *                               age }; target: what does the work; by: who has
 *                               recorded it; host to by may be null
 *   samples                     one for every ten seconds, oldest first:
 *                               { when, counters, waiting, scheduled,
 *                               running, threads }
 *   modules                     { key: table }, see crosstown_numbers.h
 *   verdict                     { state, since, name, words }: "ok", "late",
 *                               "stuck", "rejecting", "losing" or "away";
 *                               since and name may be null
 *   control                     null: CrosstownControl is On nowhere; else
 *                               { draining, threads, names: [ { name, paused,
 *                               concurrency } ] } of which an administrator
 *                               has said something; null: as configured
 * Numbers: recorded, ran, failed, retries, no_go, cancelled, rejected,
 * stopped, lost, kept, open, waiting, running; wait, run: { count, sum, p50,
 * p99, buckets }; oldest: { waiting, running, retrying }: for how long the
 * oldest task is that already; null: there is none, or it was not seen yet,
 * which takes a second; minute, half_hour: { took, counters, wait, run:
 * { count, p50, p99 } }: what was counted in the last `took`. A name has
 * last_failure, too: null, or { when, words }. */
#include "formats.h"

#include <string.h>

#include "apr_strings.h"
#include "config.h"
#include "http_protocol.h"
#include "mod_crosstown.h"
#include "module_numbers.h"
#include "status_control.h"
#include "text.h"
#include "verdict.h"

/* "," but for the first one. */
static const char *comma(int number)
{
    return number > 0 ? "," : "";
}

static void write_number(request_rec *r, const char *key, apr_uint64_t value)
{
    ap_rprintf(r, ",\"%s\":%" APR_UINT64_T_FMT, key, value);
}

static void write_gauge(request_rec *r, const char *key,
                        const ct_gauge_t *gauge)
{
    ap_rprintf(r, ",\"%s\":{\"now\":%" APR_UINT64_T_FMT ",\"most\":%"
               APR_UINT64_T_FMT "}", key, gauge->now, gauge->most);
}

static void write_histogram(request_rec *r, const char *key,
                            const ct_histogram_t *histogram)
{
    int i;

    ap_rprintf(r, ",\"%s\":{\"count\":%" APR_UINT64_T_FMT, key,
               histogram->count);
    write_number(r, "sum", histogram->sum);
    write_number(r, "p50",
                 (apr_uint64_t)ct_histogram_quantile(histogram, 0.5));
    write_number(r, "p99",
                 (apr_uint64_t)ct_histogram_quantile(histogram, 0.99));
    ap_rputs(",\"buckets\":[", r);
    for (i = 0; i < CT_HISTOGRAM_BUCKETS; ++i) {
        ap_rprintf(r, "%s%" APR_UINT64_T_FMT, comma(i),
                   histogram->buckets[i]);
    }
    ap_rputs("]}", r);
}

static void write_oldest(request_rec *r, const ct_snapshot_t *snapshot,
                         const ct_ages_t *ages)
{
    const ct_status_oldest_t *oldest;
    const char *before = ",\"oldest\":{";

    for (oldest = ct_status_oldest; oldest->key; ++oldest) {
        apr_interval_time_t age = ct_status_oldest_age(snapshot, ages, oldest);

        ap_rprintf(r, "%s\"%s\":%s", before, oldest->key, age < 0 ? "null"
                   : apr_psprintf(r->pool, "%" APR_INT64_T_FMT,
                                  (apr_int64_t)age));
        before = ",";
    }
    ap_rputs("}", r);
}

static void write_counters(request_rec *r, const ct_numbers_t *numbers)
{
    const ct_status_field_t *field;

    for (field = ct_status_fields; strcmp(field->key, "open") != 0; ++field) {
        write_number(r, field->key, ct_status_value(numbers, field->offset));
    }
}

static void write_span(request_rec *r, const char *key,
                       const ct_histogram_t *histogram)
{
    ap_rprintf(r, ",\"%s\":{\"count\":%" APR_UINT64_T_FMT, key,
               histogram->count);
    write_number(r, "p50",
                 (apr_uint64_t)ct_histogram_quantile(histogram, 0.5));
    write_number(r, "p99",
                 (apr_uint64_t)ct_histogram_quantile(histogram, 0.99));
    ap_rputs("}", r);
}

static void write_recent(request_rec *r, const char *key,
                         const ct_recent_t *recent)
{
    ap_rprintf(r, ",\"%s\":{\"took\":%" APR_INT64_T_FMT, key,
               (apr_int64_t)recent->took);
    write_counters(r, &recent->numbers);
    write_span(r, "wait", &recent->numbers.wait);
    write_span(r, "run", &recent->numbers.run);
    ap_rputs("}", r);
}

static void write_failure(request_rec *r, const ct_snapshot_name_t *name)
{
    if (!name->failed) {
        ap_rputs(",\"last_failure\":null", r);
        return;
    }
    ap_rprintf(r, ",\"last_failure\":{\"when\":%" APR_INT64_T_FMT
               ",\"words\":%s}", (apr_int64_t)name->failed,
               ct_status_text_json(r->pool, name->words));
}

/* What is between the braces. */
static void write_numbers(request_rec *r, const ct_snapshot_t *snapshot,
                          const ct_numbers_t *numbers, const ct_ages_t *ages)
{
    int i;

    for (i = 0; ct_status_fields[i].key; ++i) {
        const ct_status_field_t *field = &ct_status_fields[i];

        ap_rprintf(r, "%s\"%s\":%" APR_UINT64_T_FMT, comma(i), field->key,
                   ct_status_value(numbers, field->offset));
    }
    write_histogram(r, "wait", &numbers->wait);
    write_histogram(r, "run", &numbers->run);
    write_oldest(r, snapshot, ages);
}

static void write_head(const ct_status_page_t *page)
{
    const ct_config_t *config = ct_config();
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;
    int i;

    ap_rprintf(r, "{\"version\":\"%s\",\"server\":%s", CT_STATUS_VERSION,
               ct_status_text_json(r->pool, ap_get_server_name(r)));
    write_number(r, "now", (apr_uint64_t)snapshot->now);
    write_number(r, "since", (apr_uint64_t)snapshot->since);
    ap_rprintf(r, ",\"shared\":%s", snapshot->shared ? "true" : "false");
    write_number(r, "children", (apr_uint64_t)snapshot->children);
    write_gauge(r, "waiting", &snapshot->waiting);
    write_gauge(r, "running", &snapshot->running);
    write_gauge(r, "threads", &snapshot->threads);
    write_number(r, "refused_threads", snapshot->refused_threads);
    write_number(r, "scheduled", snapshot->scheduled);
    ap_rprintf(r, ",\n\"limits\":{\"threads\":%u,\"queue\":%u},\"bounds\":[",
               (unsigned)config->threads_max, (unsigned)config->queue_max);
    for (i = 0; i < CT_HISTOGRAM_BUCKETS - 1; ++i) {
        ap_rprintf(r, "%s%" APR_INT64_T_FMT, comma(i),
                   (apr_int64_t)ct_histogram_bound(i));
    }
}

/* 0: there is none. */
static void write_limit(request_rec *r, const char *key, apr_uint32_t limit)
{
    if (limit) {
        write_number(r, key, limit);
    }
    else {
        ap_rprintf(r, ",\"%s\":null", key);
    }
}

static void write_name_limits(request_rec *r, const ct_snapshot_t *snapshot)
{
    const ct_name_limits_t *limits = &ct_config()->name_limits;
    unsigned int i;

    ap_rputs("],\n\"name_limits\":[", r);
    for (i = 0; i < limits->count; ++i) {
        const ct_name_limit_t *limit = &limits->all[i];
        ct_gauge_t running, waiting;

        ap_rprintf(r, "%s{\"name\":%s", comma((int)i),
                   ct_status_text_json(r->pool, limit->name));
        write_limit(r, "concurrency", limit->at_once);
        write_limit(r, "queue", limit->queue);
        ap_rprintf(r, ",\"scope\":\"%s\"",
                   limit->scope == CT_SCOPE_SERVER ? "server" : "child");
        ct_status_limited(snapshot, limit, &running, &waiting);
        write_number(r, "running", running.now);
        write_number(r, "most_running", running.most);
        write_number(r, "waiting", waiting.now);
        write_number(r, "most_waiting", waiting.most);
        ap_rputs("}", r);
    }
}

static void write_process(request_rec *r, const ct_snapshot_t *snapshot,
                          const ct_snapshot_child_t *child)
{
    ct_gauge_t waiting = { child->waiting, child->most_waiting };
    ct_gauge_t running = { child->running, child->most_running };
    ct_gauge_t threads = { child->threads, child->most_threads };

    ap_rprintf(r, "{\"pid\":%" APR_PID_T_FMT, child->pid);
    if (child->is_alone) {
        write_gauge(r, "waiting", &waiting);
        write_gauge(r, "running", &running);
    }
    else {
        ap_rputs(",\"waiting\":null,\"running\":null", r);
    }
    write_gauge(r, "threads", &threads);
    write_number(r, "scheduled", child->scheduled);
    write_oldest(r, snapshot, &child->oldest);
    write_number(r, "idle", (apr_uint64_t)ct_status_idle(snapshot, child));
    ap_rprintf(r, ",\"stalled\":%s}", child->is_stalled ? "true" : "false");
}

static void write_text(request_rec *r, const char *key, const char *text)
{
    ap_rprintf(r, ",\"%s\":%s", key,
               text ? ct_status_text_json(r->pool, text) : "null");
}

static void write_task(request_rec *r, const ct_snapshot_t *snapshot,
                       const ct_snapshot_task_t *task)
{
    ap_rprintf(r, "{\"pid\":%" APR_PID_T_FMT ",\"name\":%s,\"uri\":%s,"
               "\"status\":%d,\"attempt\":%u", task->pid,
               ct_status_text_json(r->pool, task->name),
               ct_status_text_json(r->pool, task->uri), task->status,
               task->attempt);
    write_text(r, "host", ct_status_task_host(r->pool, snapshot, task));
    write_text(r, "client", task->client);
    write_text(r, "log_id", task->log_id);
    write_text(r, "target", task->target);
    write_text(r, "by", ct_status_task_by(r->pool, snapshot, task));
    write_number(r, "thread", (apr_uint64_t)task->thread);
    write_number(r, "started", (apr_uint64_t)task->started);
    write_number(r, "age", (apr_uint64_t)ct_status_age(snapshot, task));
    ap_rputs("}", r);
}

static void write_sample(request_rec *r, const ct_snapshot_sample_t *sample)
{
    ap_rprintf(r, "{\"when\":%" APR_INT64_T_FMT, (apr_int64_t)sample->when);
    write_number(r, "recorded", sample->recorded);
    write_number(r, "ran", sample->ran);
    write_number(r, "failed", sample->failed);
    write_number(r, "retries", sample->retries);
    write_number(r, "no_go", sample->no_go);
    write_number(r, "cancelled", sample->cancelled);
    write_number(r, "rejected", sample->rejected);
    write_number(r, "stopped", sample->stopped);
    write_number(r, "lost", sample->lost);
    write_number(r, "kept", sample->kept);
    write_number(r, "waiting", sample->waiting);
    write_number(r, "scheduled", sample->scheduled);
    write_number(r, "running", sample->running);
    write_number(r, "threads", sample->threads);
    ap_rputs("}", r);
}

void ct_status_json(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    request_rec *r = page->r;
    int i;

    write_head(page);
    write_name_limits(r, snapshot);
    ap_rputs("],\n\"total\":{", r);
    write_numbers(r, snapshot, &snapshot->total, &snapshot->oldest);
    write_recent(r, "minute", &snapshot->minute);
    write_recent(r, "half_hour", &snapshot->half_hour);
    ap_rputs("},\n\"names\":[", r);
    for (i = 0; i < snapshot->name_count; ++i) {
        ap_rprintf(r, "%s\n{\"name\":%s,", comma(i),
                   ct_status_text_json(r->pool, snapshot->names[i].name));
        write_numbers(r, snapshot, &snapshot->names[i].numbers,
                      &snapshot->names[i].oldest);
        write_recent(r, "minute", &snapshot->names[i].minute);
        write_recent(r, "half_hour", &snapshot->names[i].half_hour);
        write_failure(r, &snapshot->names[i]);
        ap_rputs("}", r);
    }
    ap_rputs("],\n\"processes\":[", r);
    for (i = 0; i < snapshot->child_count; ++i) {
        ap_rprintf(r, "%s\n", comma(i));
        write_process(r, snapshot, &snapshot->processes[i]);
    }
    ap_rputs("],\n\"tasks\":[", r);
    for (i = 0; i < ct_status_task_count(snapshot); ++i) {
        ap_rprintf(r, "%s\n", comma(i));
        write_task(r, snapshot, &snapshot->tasks[i]);
    }
    ap_rputs("],\n\"samples\":[", r);
    for (i = 0; i < snapshot->sample_count; ++i) {
        ap_rprintf(r, "%s\n", comma(i));
        write_sample(r, &snapshot->samples[i]);
    }
    ap_rputs("]", r);
    ct_module_numbers_json(page);
    ct_verdict_json(page);
    ct_status_control_json(page);
    ap_rputs("}\n", r);
}
