/* SPDX-License-Identifier: Apache-2.0 */
/* json: the snapshot as one JSON object. Times are microseconds, points in
 * time since 1970 (UTC); numbers are exact. Keys may be added, but not change:
 *   version, server             strings
 *   now, since                  when this was read, when counting began
 *   shared                      false: all this is of one process
 *   children                    how many count now
 *   waiting, running, threads   { now, most }: of all children now; the most
 *                               that any one child has had
 *   refused_threads             how often the system gave none
 *   scheduled                   of those that wait: for their time
 *   limits                      { threads, queue } of each child
 *   name_limits                 [ { name, concurrency, queue, scope, running }
 *                               ]: each CrosstownLimit; null: not limited;
 *                               running: with scope server, in all children
 *   bounds                      of the buckets: the longest time in each; the
 *                               last bucket has none
 *   total                       numbers of all names
 *   names                       [ numbers with a name ]; "other" comes last
 *   tasks                       what runs, the oldest first, 256 at most:
 *                               { pid, name, uri, status, attempt, started,
 *                               age }
 *   samples                     one for every ten seconds, oldest first:
 *                               { when, counters, waiting, scheduled,
 *                               running, threads }
 * Numbers: recorded, ran, failed, retries, no_go, cancelled, rejected,
 * stopped, lost, open, waiting, running; wait, run: { count, sum, p50, p99,
 * buckets }. */
#include "formats.h"

#include "config.h"
#include "http_protocol.h"
#include "mod_crosstown.h"
#include "text.h"

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

/* What is between the braces. */
static void write_numbers(request_rec *r, const ct_numbers_t *numbers)
{
    int i;

    for (i = 0; ct_status_fields[i].key; ++i) {
        const ct_status_field_t *field = &ct_status_fields[i];

        ap_rprintf(r, "%s\"%s\":%" APR_UINT64_T_FMT, comma(i), field->key,
                   ct_status_value(numbers, field->offset));
    }
    write_histogram(r, "wait", &numbers->wait);
    write_histogram(r, "run", &numbers->run);
}

static void write_head(const ct_status_page_t *page)
{
    const ct_limits_t *limits = ct_config_limits();
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
               (unsigned)limits->threads_max, (unsigned)limits->queue_max);
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

static void write_name_limits(request_rec *r, const ct_name_limits_t *limits)
{
    unsigned int i;

    ap_rputs("],\n\"name_limits\":[", r);
    for (i = 0; i < limits->count; ++i) {
        const ct_name_limit_t *limit = &limits->all[i];
        const ct_places_t *places = &limit->places;

        ap_rprintf(r, "%s{\"name\":%s", comma((int)i),
                   ct_status_text_json(r->pool, limit->name));
        write_limit(r, "concurrency", limit->at_once);
        write_limit(r, "queue", limit->queue);
        ap_rprintf(r, ",\"scope\":\"%s\"",
                   limit->scope == CT_SCOPE_SERVER ? "server" : "child");
        if (places->table) {
            write_number(r, "running", ct_places_taken(
                             &places->table->kinds[places->kind]));
        }
        ap_rputs("}", r);
    }
}

static void write_task(request_rec *r, const ct_snapshot_t *snapshot,
                       const ct_snapshot_task_t *task)
{
    ap_rprintf(r, "{\"pid\":%" APR_PID_T_FMT ",\"name\":%s,\"uri\":%s,"
               "\"status\":%d,\"attempt\":%u", task->pid,
               ct_status_text_json(r->pool, task->name),
               ct_status_text_json(r->pool, task->uri), task->status,
               task->attempt);
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
    write_name_limits(r, &ct_config_limits()->name_limits);
    ap_rputs("],\n\"total\":{", r);
    write_numbers(r, &snapshot->total);
    ap_rputs("},\n\"names\":[", r);
    for (i = 0; i < snapshot->name_count; ++i) {
        ap_rprintf(r, "%s\n{\"name\":%s,", comma(i),
                   ct_status_text_json(r->pool, snapshot->names[i].name));
        write_numbers(r, &snapshot->names[i].numbers);
        ap_rputs("}", r);
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
    ap_rputs("]}\n", r);
}
