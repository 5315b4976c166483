/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: the worst of what the last samples say, of what waits now, and of
 * what other modules say of themselves. */
#include "verdict.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "text.h"
#include "trend.h"
#include "verdict_words.h"

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

/* Samples do not tell a task that has waited for long from one of many that
 * each waits a little. */
static void judge_age(ct_trend_t *trend, const ct_snapshot_t *snapshot)
{
    apr_time_t since = snapshot->oldest.waiting;

    if (trend->state == CROSSTOWN_STATE_OK
        && ct_status_is_late(snapshot, since)) {
        trend->state = CROSSTOWN_STATE_LATE;
        trend->since = since;
    }
}

/* In the sums of many one child is not seen. */
static void judge_children(ct_verdict_t *verdict,
                           const ct_snapshot_t *snapshot, apr_pool_t *p)
{
    const ct_snapshot_child_t *child = snapshot->processes;
    int i = 0;

    if (snapshot->child_count == 0 || !child->is_stalled
        || ct_verdict_only_paused_wait(snapshot)
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
    verdict->words = ct_verdict_stuck_words(
        snapshot, i < snapshot->task_count ? &snapshot->tasks[i] : NULL,
        apr_psprintf(p, " in process %" APR_PID_T_FMT, child->pid), p);
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
    ct_verdict_t verdict;
    int i;

    judge_age(&trend, snapshot);
    verdict = ct_verdict_explain(snapshot, &trend, p);
    judge_children(&verdict, snapshot, p);
    for (i = 0; i < tables->nelts; ++i) {
        judge_table(&verdict, APR_ARRAY_IDX(tables, i,
                                            const crosstown_numbers_t *));
    }
    return verdict;
}

/* ---- how it is written ---- */

const char *ct_verdict_but(const ct_verdict_t *verdict)
{
    return verdict->state == CROSSTOWN_STATE_OK ? "but " : "";
}

const char *ct_verdict_for(const ct_verdict_t *verdict,
                           const ct_snapshot_t *snapshot, apr_pool_t *p)
{
    return verdict->since == 0 ? "" : apr_pstrcat(
        p, " for ", ct_status_text_duration(
            p, ct_status_since(snapshot, verdict->since)), NULL);
}

void ct_verdict_html(const ct_status_page_t *page)
{
    const ct_verdict_t *verdict = page->verdict;
    apr_pool_t *p = page->r->pool;

    ap_rprintf(page->r, "<p id=\"verdict\"%s><strong>%s</strong>",
               verdict->state == CROSSTOWN_STATE_OK && !verdict->name ? ""
               : " class=\"trouble\"", ct_verdict_word(verdict->state));
    ap_rputs(ct_verdict_for(verdict, page->snapshot, p), page->r);
    if (verdict->name) {
        ap_rprintf(page->r, ", %s<bdi>%s</bdi>", ct_verdict_but(verdict),
                   ct_status_text_html(p, verdict->name));
    }
    ap_rprintf(page->r, ": %s.</p>\n", ct_status_text_html(p, verdict->words));
}

void ct_verdict_json(const ct_status_page_t *page)
{
    const ct_verdict_t *verdict = page->verdict;
    apr_pool_t *p = page->r->pool;

    ap_rprintf(page->r, ",\n\"verdict\":{\"state\":\"%s\",\"since\":%s,"
               "\"name\":%s,\"words\":%s}", ct_verdict_word(verdict->state),
               verdict->since ? apr_psprintf(p, "%" APR_INT64_T_FMT,
                                            (apr_int64_t)verdict->since)
                             : "null",
               verdict->name ? ct_status_text_json(p, verdict->name) : "null",
               ct_status_text_json(p, verdict->words));
}

/* One series for each word, so that none comes and goes. */
void ct_verdict_prometheus(const ct_status_page_t *page)
{
    const ct_verdict_t *verdict = page->verdict;
    int i;

    ap_rputs("# HELP crosstown_verdict 1 for the word that says how it goes "
             "now.\n# TYPE crosstown_verdict gauge\n", page->r);
    for (i = 0; i < STATES; ++i) {
        ap_rprintf(page->r, "crosstown_verdict{state=\"%s\"} %d\n",
                   words_of[i], (int)verdict->state == i);
    }
}
