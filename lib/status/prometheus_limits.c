/* SPDX-License-Identifier: Apache-2.0 */
/* prometheus_limits: what is limited, and its limit: of that child which is
 * nearest to it, since limits are a child's own, and of each CrosstownLimit.
 * What an alert on saturation asks for. */
#include "prometheus.h"

#include "config.h"
#include "http_protocol.h"
#include "name_ids.h"
#include "text.h"

#define IN_CHILD(member) APR_OFFSETOF(ct_snapshot_child_t, member)

/* Of the children that one which is nearest to its limits, and these. */
static void write_fullest(const ct_status_page_t *page)
{
    const ct_config_t *config = ct_config();
    const ct_snapshot_t *snapshot = page->snapshot;
    apr_uint64_t stalled = 0;
    request_rec *r = page->r;
    int i;

    for (i = 0; i < snapshot->child_count; ++i) {
        stalled += snapshot->processes[i].is_stalled != 0;
    }
    ct_prometheus_gauge(r, "crosstown_child_stalled",
                 "Children in which tasks wait, others run, and none has come "
                 "back for 30 seconds.", stalled);
    ct_prometheus_gauge(r, "crosstown_child_tasks_waiting_busiest",
                 "How many tasks wait in that child where most do.",
                 ct_status_busiest(snapshot, IN_CHILD(waiting)));
    ct_prometheus_gauge(r, "crosstown_child_tasks_waiting_limit",
                 "How many may wait in a child: CrosstownQueue.",
                 config->queue_max);
    ct_prometheus_gauge(r, "crosstown_child_tasks_running_busiest",
                 "How many tasks run in that child where most do.",
                 ct_status_busiest(snapshot, IN_CHILD(running)));
    ct_prometheus_gauge(r, "crosstown_child_threads_busiest",
                 "Threads of that child which has most.",
                 ct_status_busiest(snapshot, IN_CHILD(threads)));
    ct_prometheus_gauge(r, "crosstown_child_threads_limit",
                 "Threads that a child may have: CrosstownThreads.",
                 config->threads_max);
}

/* By the label that the name has in the other series. */
static const char *limit_label(apr_pool_t *p, const ct_name_limit_t *limit)
{
    char name[CT_SNAPSHOT_NAME_SIZE];

    ct_name_ids_spell(name, limit->name);
    return ct_status_text_label(p, name);
}

static void write_concurrency(request_rec *r, const ct_name_limits_t *limits)
{
    static const char metric[] = "crosstown_limit_concurrency";
    unsigned int i;

    ct_prometheus_head(r, metric, "gauge",
                       "How many of a name may run at once, in each "
                       "child or in all together.");
    for (i = 0; i < limits->count; ++i) {
        const ct_name_limit_t *limit = &limits->all[i];

        if (limit->at_once) {
            ap_rprintf(r, "%s{name=%s,scope=\"%s\"} %u\n", metric,
                       limit_label(r->pool, limit),
                       limit->scope == CT_SCOPE_SERVER ? "server" : "child",
                       (unsigned)limit->at_once);
        }
    }
}

/* Of a child, but for what is counted over all of them. */
static void write_limited(const ct_status_page_t *page, const char *metric,
                          const char *help, int waiting, int most)
{
    const ct_name_limits_t *limits = &ct_config()->name_limits;
    request_rec *r = page->r;
    unsigned int i;

    ct_prometheus_head(r, metric, "gauge", help);
    for (i = 0; i < limits->count; ++i) {
        ct_gauge_t both[2];          /* running, waiting */

        ct_status_limited(page->snapshot, &limits->all[i], &both[0], &both[1]);
        ap_rprintf(r, "%s{name=%s} %" APR_UINT64_T_FMT "\n", metric,
                   limit_label(r->pool, &limits->all[i]),
                   most ? both[waiting].most : both[waiting].now);
    }
}

static void write_taken(request_rec *r, const ct_name_limits_t *limits)
{
    static const char metric[] = "crosstown_limit_taken";
    unsigned int i;

    ct_prometheus_head(r, metric, "gauge",
                       "How many of a name have a place to run, of the "
                       "places that all children share.");
    for (i = 0; i < limits->count; ++i) {
        const ct_places_t *places = &limits->all[i].places;

        if (places->table) {
            ap_rprintf(r, "%s{name=%s} %u\n", metric,
                       limit_label(r->pool, &limits->all[i]),
                       (unsigned)ct_places_taken(
                           &places->table->kinds[places->kind]));
        }
    }
}

static void write_limit_queues(request_rec *r, const ct_name_limits_t *limits)
{
    static const char metric[] = "crosstown_limit_queue";
    unsigned int i;

    ct_prometheus_head(r, metric, "gauge",
                       "How many of a name may wait, in each child.");
    for (i = 0; i < limits->count; ++i) {
        if (limits->all[i].queue) {
            ap_rprintf(r, "%s{name=%s} %u\n", metric,
                       limit_label(r->pool, &limits->all[i]),
                       (unsigned)limits->all[i].queue);
        }
    }
}

/* Of what does not limit, no line. */
static void write_name_limits(const ct_status_page_t *page)
{
    const ct_name_limits_t *limits = &ct_config()->name_limits;

    if (limits->count == 0) {
        return;
    }
    write_concurrency(page->r, limits);
    write_taken(page->r, limits);
    write_limited(page, "crosstown_limit_running",
                  "How many of a limited name run, in all children or in that "
                  "one which runs most, as its limit counts.", 0, 0);
    write_limited(page, "crosstown_limit_running_max",
                  "The most of a limited name that ever ran at once, counted "
                  "the same way.", 0, 1);
    write_limit_queues(page->r, limits);
    write_limited(page, "crosstown_limit_waiting",
                  "How many of a limited name wait in that child where most "
                  "do.", 1, 0);
    write_limited(page, "crosstown_limit_waiting_max",
                  "The most of a limited name that ever waited in one child.",
                  1, 1);
}

void ct_prometheus_limits(const ct_status_page_t *page)
{
    write_fullest(page);
    write_name_limits(page);
}
