/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: the worst of what the last samples say and of what other modules
 * say of themselves. Samples do not tell names apart, so the name is that one
 * which has had most of it so far, or which waits or runs longest now. */
#include "verdict.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "text.h"
#include "trend.h"

static const char *const words_of[] = {
    [CROSSTOWN_STATE_OK] = "ok",
    [CROSSTOWN_STATE_LATE] = "late",
    [CROSSTOWN_STATE_STUCK] = "stuck",
    [CROSSTOWN_STATE_REJECTING] = "rejecting",
    [CROSSTOWN_STATE_LOSING] = "losing",
    [CROSSTOWN_STATE_AWAY] = "away",
};

#define STATES ((int)(sizeof(words_of) / sizeof(words_of[0])))

const char *ct_verdict_word(crosstown_state_e state)
{
    return (int)state < STATES ? words_of[state] : words_of[0];
}

static ct_moment_t moment_of(const ct_snapshot_sample_t *sample)
{
    ct_moment_t moment = {
        .when = sample->when,
        .calls = sample->ran + sample->retries,
        .rejected = sample->rejected,
        .lost = sample->lost,
        .running = sample->running,
    };

    moment.pending = sample->waiting > sample->scheduled
                     ? sample->waiting - sample->scheduled : 0;
    return moment;
}

static ct_moment_t moment_now(const ct_snapshot_t *snapshot)
{
    ct_snapshot_sample_t now = {
        .when = snapshot->now,
        .ran = snapshot->total.ran,
        .retries = snapshot->total.retries,
        .rejected = snapshot->total.rejected,
        .lost = snapshot->total.lost,
        .running = snapshot->running.now,
        .waiting = snapshot->waiting.now,
        .scheduled = snapshot->scheduled,
    };

    return moment_of(&now);
}

static ct_trend_t read_trend(const ct_snapshot_t *snapshot, apr_pool_t *p)
{
    int count = snapshot->sample_count;
    ct_moment_t *moments = apr_palloc(p, ((apr_size_t)count + 1)
                                         * sizeof(*moments));
    int i;

    for (i = 0; i < count; ++i) {
        moments[i] = moment_of(&snapshot->samples[i]);
    }
    moments[count] = moment_now(snapshot);
    return ct_trend_judge(moments, count + 1);
}

#define OF(member) APR_OFFSETOF(ct_numbers_t, member)

/* The name that has most of it. */
static const char *most(const ct_snapshot_t *snapshot, apr_size_t offset)
{
    const char *name = NULL;
    apr_uint64_t number = 0;
    int i;

    for (i = 0; i < snapshot->name_count; ++i) {
        apr_uint64_t its = ct_status_value(&snapshot->names[i].numbers,
                                           offset);

        if (its > number) {
            number = its;
            name = snapshot->names[i].name;
        }
    }
    return name;
}

static ct_verdict_t explain(const ct_snapshot_t *snapshot,
                            const ct_trend_t *trend, apr_pool_t *p)
{
    ct_verdict_t verdict = { trend->state, trend->since, NULL, NULL };

    switch (trend->state) {
    case CROSSTOWN_STATE_LATE:
        verdict.name = most(snapshot, OF(waiting));
        verdict.words = apr_psprintf(
            p, "a task that comes now waits about %s: more comes than the "
            "threads get done (CrosstownThreads), or a CrosstownLimit holds "
            "it back", ct_status_text_duration(p, trend->wait));
        break;
    case CROSSTOWN_STATE_STUCK:
        verdict.name = snapshot->task_count > 0 ? snapshot->tasks[0].name
                                                : NULL;
        verdict.words = "tasks wait, and none that runs comes to its end: "
                        "see what runs, and set CrosstownSlowTask";
        break;
    case CROSSTOWN_STATE_REJECTING:
        verdict.name = most(snapshot, OF(rejected));
        verdict.words = "tasks are rejected: CT01304 and CT01202 in the error "
                        "log say whether the queue, a CrosstownLimit or the "
                        "want of threads does it";
        break;
    case CROSSTOWN_STATE_LOSING:
        verdict.name = most(snapshot, OF(lost));
        verdict.words = "tasks went with a child that crashed or was killed: "
                        "see CT01504 in the error log, and the signal above "
                        "it";
        break;
    default:
        verdict.words = "no task waits too long, is rejected or lost";
        break;
    }
    return verdict;
}

/* In the sums of many one child is not seen. */
static void judge_children(ct_verdict_t *verdict,
                           const ct_snapshot_t *snapshot, apr_pool_t *p)
{
    const ct_snapshot_child_t *child = snapshot->processes;
    int i = 0;

    if (snapshot->child_count == 0 || !child->is_stalled
        || ct_trend_rank(CROSSTOWN_STATE_STUCK)
           <= ct_trend_rank(verdict->state)) {
        return;
    }
    while (i < snapshot->task_count && snapshot->tasks[i].pid != child->pid) {
        ++i;
    }
    verdict->state = CROSSTOWN_STATE_STUCK;
    verdict->since = child->moved;
    verdict->name = i < snapshot->task_count ? snapshot->tasks[i].name : NULL;
    verdict->words = apr_psprintf(
        p, "tasks wait in process %" APR_PID_T_FMT ", and none that runs "
        "there comes to its end: see what runs, and set CrosstownSlowTask",
        child->pid);
}

static void judge_table(ct_verdict_t *verdict,
                        const crosstown_numbers_t *table)
{
    const crosstown_numbers_row_t *row;

    for (row = table->rows; row; row = row->next) {
        if (ct_trend_rank(row->state) > ct_trend_rank(verdict->state)) {
            verdict->state = row->state;
            verdict->since = row->since;
            verdict->name = table->label ? row->label : NULL;
            verdict->words = row->words ? row->words : table->title;
        }
    }
}

ct_verdict_t ct_verdict_read(const ct_snapshot_t *snapshot,
                             const apr_array_header_t *tables, apr_pool_t *p)
{
    ct_trend_t trend = read_trend(snapshot, p);
    ct_verdict_t verdict = explain(snapshot, &trend, p);
    int i;

    judge_children(&verdict, snapshot, p);
    for (i = 0; i < tables->nelts; ++i) {
        judge_table(&verdict, APR_ARRAY_IDX(tables, i,
                                            const crosstown_numbers_t *));
    }
    return verdict;
}

/* ---- how it is written ---- */

static ct_verdict_t verdict_of(const ct_status_page_t *page)
{
    return ct_verdict_read(page->snapshot, page->tables, page->r->pool);
}

void ct_verdict_html(const ct_status_page_t *page)
{
    ct_verdict_t verdict = verdict_of(page);
    apr_pool_t *p = page->r->pool;

    ap_rprintf(page->r, "<p id=\"verdict\"%s><strong>%s</strong>",
               verdict.state == CROSSTOWN_STATE_OK ? ""
               : " class=\"trouble\"", ct_verdict_word(verdict.state));
    if (verdict.since) {
        ap_rprintf(page->r, " for %s", ct_status_text_duration(
                       p, page->snapshot->now > verdict.since
                          ? page->snapshot->now - verdict.since : 0));
    }
    if (verdict.name) {
        ap_rprintf(page->r, ", <bdi>%s</bdi>",
                   ct_status_text_html(p, verdict.name));
    }
    ap_rprintf(page->r, ": %s.</p>\n", ct_status_text_html(p, verdict.words));
}

void ct_verdict_json(const ct_status_page_t *page)
{
    ct_verdict_t verdict = verdict_of(page);
    apr_pool_t *p = page->r->pool;

    ap_rprintf(page->r, ",\n\"verdict\":{\"state\":\"%s\",\"since\":%s,"
               "\"name\":%s,\"words\":%s}", ct_verdict_word(verdict.state),
               verdict.since ? apr_psprintf(p, "%" APR_INT64_T_FMT,
                                            (apr_int64_t)verdict.since)
                             : "null",
               verdict.name ? ct_status_text_json(p, verdict.name) : "null",
               ct_status_text_json(p, verdict.words));
}

/* One series for each word, so that none comes and goes. */
void ct_verdict_prometheus(const ct_status_page_t *page)
{
    ct_verdict_t verdict = verdict_of(page);
    int i;

    ap_rputs("# HELP crosstown_verdict 1 for the word that says how it goes "
             "now.\n# TYPE crosstown_verdict gauge\n", page->r);
    for (i = 0; i < STATES; ++i) {
        ap_rprintf(page->r, "crosstown_verdict{state=\"%s\"} %d\n",
                   words_of[i], (int)verdict.state == i);
    }
}
