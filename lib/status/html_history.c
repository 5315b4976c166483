/* SPDX-License-Identifier: Apache-2.0 */
/* html_history: the last minutes as two drawings, made of the parent's
 * samples. Both are bars, one for the time between two samples, in two
 * colours: the lower part stands on the ground, the upper part on the lower
 * one. The drawing is stretched to whatever width there is, so letters stand
 * outside of it. */
#include "formats.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "text.h"

/* Units of a drawing. */
#define WIDTH  1800
#define HEIGHT 1000

typedef struct {
    apr_uint64_t lower;
    apr_uint64_t upper;
} pair_t;

typedef struct {
    const char *id;
    const char *title;
    const char *lower;
    const char *upper;
    pair_t (*values)(const ct_snapshot_sample_t *from,
                     const ct_snapshot_sample_t *to);
} chart_t;

/* What is drawn: the samples since then. */
typedef struct {
    const ct_snapshot_t *snapshot;
    apr_time_t start;
    int minutes;
    int first;                       /* the sample where it begins */
} range_t;

/* Of what a sample's time would have been: some come late. */
static apr_uint64_t at_pace(apr_uint64_t from, apr_uint64_t to,
                            apr_interval_time_t took)
{
    return to > from && took > 0
               ? (to - from) * (apr_uint64_t)CT_SNAPSHOT_INTERVAL
                     / (apr_uint64_t)took
               : 0;
}

static apr_uint64_t did_not_run(const ct_snapshot_sample_t *sample)
{
    return sample->no_go + sample->cancelled + sample->rejected
           + sample->stopped + sample->lost;
}

static pair_t ended(const ct_snapshot_sample_t *from,
                    const ct_snapshot_sample_t *to)
{
    apr_interval_time_t took = to->when - from->when;
    pair_t pair;

    pair.lower = at_pace(from->ran, to->ran, took);
    pair.upper = at_pace(did_not_run(from), did_not_run(to), took);
    return pair;
}

static pair_t present(const ct_snapshot_sample_t *from,
                      const ct_snapshot_sample_t *to)
{
    pair_t pair = { to->running, to->waiting };

    return pair;
}

static const chart_t charts[] = {
    { "ended", "Tasks in ten seconds", "ran", "did not run", ended },
    { "present", "Tasks at each moment", "running", "waiting", present }
};

/* As few minutes as hold all samples, but no more than there are. */
static range_t find_range(const ct_snapshot_t *snapshot)
{
    static const int minutes[] = { 5, 10, 30 };
    range_t range = { .snapshot = snapshot };
    unsigned int i = 0;

    do {
        range.minutes = minutes[i++];
        range.start = snapshot->now - apr_time_from_sec(range.minutes * 60);
    } while (i < sizeof(minutes) / sizeof(minutes[0])
             && snapshot->samples[0].when < range.start);
    while (snapshot->samples[range.first].when < range.start
           && range.first < snapshot->sample_count - 1) {
        ++range.first;
    }
    return range;
}

static pair_t find_most(const range_t *range, const chart_t *chart,
                        apr_uint64_t *top)
{
    const ct_snapshot_sample_t *samples = range->snapshot->samples;
    pair_t most = { 0, 0 };
    int i;

    *top = 1;
    for (i = range->first + 1; i < range->snapshot->sample_count; ++i) {
        pair_t pair = chart->values(&samples[i - 1], &samples[i]);

        most.lower = pair.lower > most.lower ? pair.lower : most.lower;
        most.upper = pair.upper > most.upper ? pair.upper : most.upper;
        *top = pair.lower + pair.upper > *top ? pair.lower + pair.upper : *top;
    }
    return most;
}

static int across(const range_t *range, apr_time_t when)
{
    return (int)((when - range->start) * WIDTH
                 / apr_time_from_sec(range->minutes * 60));
}

/* Something that is there can be seen. */
static int tall(apr_uint64_t value, apr_uint64_t top)
{
    int height = (int)((double)value / (double)top * HEIGHT);

    return value && height < HEIGHT / 50 ? HEIGHT / 50 : height;
}

static void draw(request_rec *r, const range_t *range, const chart_t *chart,
                 apr_uint64_t top, int is_upper)
{
    const ct_snapshot_sample_t *samples = range->snapshot->samples;
    int i;

    ap_rprintf(r, "<path class=\"%s\" d=\"", is_upper ? "upper" : "lower");
    for (i = range->first + 1; i < range->snapshot->sample_count; ++i) {
        pair_t pair = chart->values(&samples[i - 1], &samples[i]);
        int ground = HEIGHT - (is_upper ? tall(pair.lower, top) : 0);
        int height = tall(is_upper ? pair.upper : pair.lower, top);
        int left = across(range, samples[i - 1].when);

        if (height > 0) {
            ap_rprintf(r, "M%d %dv-%dH%dV%dz", left, ground, height,
                       across(range, samples[i].when), ground);
        }
    }
    ap_rputs("\"/>\n", r);
}

static void write_chart(request_rec *r, const range_t *range,
                        const chart_t *chart)
{
    apr_uint64_t top;
    pair_t most = find_most(range, chart, &top);
    const char *lower = ct_status_text_number(r->pool, most.lower);
    const char *upper = ct_status_text_number(r->pool, most.upper);

    ap_rprintf(r, "<figure>\n<figcaption>%s: "
               "<span class=\"key\"><i class=\"lower\"></i>%s, at most "
               "<b>%s</b></span> "
               "<span class=\"key\"><i class=\"upper\"></i>%s, at most "
               "<b>%s</b></span></figcaption>\n", chart->title,
               chart->lower, lower, chart->upper, upper);
    ap_rprintf(r, "<svg id=\"%s\" viewBox=\"0 0 %d %d\" "
               "preserveAspectRatio=\"none\" role=\"img\" "
               "aria-labelledby=\"%s-title %s-desc\">\n"
               "<title id=\"%s-title\">%s</title>\n"
               "<desc id=\"%s-desc\">Over the last %d minutes: %s, at most "
               "%s; %s, at most %s.</desc>\n", chart->id, WIDTH, HEIGHT,
               chart->id, chart->id, chart->id, chart->title, chart->id,
               range->minutes, chart->lower, lower, chart->upper, upper);
    draw(r, range, chart, top, 0);
    draw(r, range, chart, top, 1);
    ap_rprintf(r, "</svg>\n<div class=\"axis\" aria-hidden=\"true\">"
               "<span>%d minutes ago</span><span>now</span></div>\n"
               "</figure>\n", range->minutes);
}

void ct_status_html_history(const ct_status_page_t *page)
{
    request_rec *r = page->r;
    unsigned int i;

    ap_rputs("<section aria-labelledby=\"history-title\">\n"
             "<h2 id=\"history-title\">The last minutes</h2>\n", r);
    if (page->snapshot->sample_count < 2) {
        ap_rprintf(r, "<p class=\"soft\">%s</p>\n", page->snapshot->shared
                   ? "Nothing yet: what there is to see is noted every ten "
                     "seconds."
                   : "A single process keeps no history.");
    }
    else {
        range_t range = find_range(page->snapshot);

        ap_rputs("<div class=\"charts\">\n", r);
        for (i = 0; i < sizeof(charts) / sizeof(charts[0]); ++i) {
            write_chart(r, &range, &charts[i]);
        }
        ap_rputs("</div>\n", r);
    }
    ap_rputs("</section>\n", r);
}
