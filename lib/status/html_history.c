/* SPDX-License-Identifier: Apache-2.0 */
/* html_history: the last minutes as two drawings, made of the parent's
 * samples. Both are bars, one for the time between two samples, whose parts
 * stand on each other; each says in words what it is when it is pointed at.
 * The time of which there are no samples is left blank: nothing is known of
 * it, which is not zero. The drawing is stretched to whatever width there is,
 * so letters stand outside of it. */
#include "formats.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "text.h"

/* Units of a drawing. */
#define WIDTH  1800
#define HEIGHT 1000

/* Between two samples that are farther apart some were not taken. */
#define LONGEST (CT_SNAPSHOT_INTERVAL * 5 / 2)

#define PARTS 3

/* From the ground up. */
typedef struct bar_t {
    apr_uint64_t parts[PARTS];
} bar_t;

typedef struct chart_t {
    const char *id;
    const char *title;
    const char *words[PARTS];        /* NULL: there is no such part */
    bar_t (*bar)(const ct_snapshot_sample_t *from,
                 const ct_snapshot_sample_t *to);
} chart_t;

static const char *const classes[PARTS] = { "lower", "failed", "upper" };

/* What is drawn: whole minutes, so that those at the axis are, too. */
typedef struct range_t {
    const ct_snapshot_t *snapshot;
    apr_time_t start;
    int minutes;
    int step;                        /* minutes between two words there */
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

static bar_t ended(const ct_snapshot_sample_t *from,
                   const ct_snapshot_sample_t *to)
{
    apr_interval_time_t took = to->when - from->when;
    bar_t bar;

    bar.parts[0] = at_pace(from->ran - from->failed, to->ran - to->failed,
                           took);
    bar.parts[1] = at_pace(from->failed, to->failed, took);
    bar.parts[2] = at_pace(did_not_run(from), did_not_run(to), took);
    return bar;
}

static bar_t present(const ct_snapshot_sample_t *from,
                     const ct_snapshot_sample_t *to)
{
    bar_t bar = { { to->running, 0, to->waiting } };

    return bar;
}

static const chart_t charts[] = {
    { "ended", "Tasks in ten seconds", { "ran", "failed", "did not run" },
      ended },
    { "present", "Tasks at each moment", { "running", NULL, "waiting" },
      present }
};

/* As few minutes as hold all samples, but no more than there are. */
static range_t find_range(const ct_snapshot_t *snapshot)
{
    static const struct {
        int minutes;
        int step;
    } sizes[] = { { 5, 1 }, { 10, 2 }, { 30, 5 } };
    const apr_time_t minute = apr_time_from_sec(60);
    range_t range = { .snapshot = snapshot };
    unsigned int i = 0;

    do {
        apr_time_t step = sizes[i].step * minute;

        range.minutes = sizes[i].minutes;
        range.step = sizes[i].step;
        range.start = (snapshot->now + step - 1) / step * step
                      - range.minutes * minute;
        ++i;
    } while (i < sizeof(sizes) / sizeof(sizes[0])
             && snapshot->samples[0].when < range.start);
    while (snapshot->samples[range.first].when < range.start
           && range.first < snapshot->sample_count - 1) {
        ++range.first;
    }
    return range;
}

static apr_uint64_t height_of(const bar_t *bar)
{
    return bar->parts[0] + bar->parts[1] + bar->parts[2];
}

/* @return the most of each part; *top is the highest bar */
static bar_t find_most(const range_t *range, const chart_t *chart,
                       apr_uint64_t *top)
{
    const ct_snapshot_sample_t *samples = range->snapshot->samples;
    bar_t most = { { 0, 0, 0 } };
    int i, part;

    *top = 1;
    for (i = range->first + 1; i < range->snapshot->sample_count; ++i) {
        bar_t bar = chart->bar(&samples[i - 1], &samples[i]);

        for (part = 0; part < PARTS; ++part) {
            most.parts[part] = bar.parts[part] > most.parts[part]
                               ? bar.parts[part] : most.parts[part];
        }
        *top = height_of(&bar) > *top ? height_of(&bar) : *top;
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

/* "23:59:59", UTC. */
static const char *clock_time(apr_pool_t *p, apr_time_t when)
{
    return apr_pstrmemdup(p, ct_status_text_time(p, when)
                             + sizeof("2026-01-31T") - 1, 8);
}

/* "ran 30, failed 2, did not run 0" */
static const char *in_words(apr_pool_t *p, const chart_t *chart,
                            const bar_t *bar, const char *before)
{
    const char *text = "";
    int part;

    for (part = 0; part < PARTS; ++part) {
        if (chart->words[part]) {
            text = apr_pstrcat(p, text, *text ? ", " : "", chart->words[part],
                               before, ct_status_text_number(
                                   p, bar->parts[part]), NULL);
        }
    }
    return text;
}

static void draw_gap(request_rec *r, int from, int to)
{
    if (to > from) {
        ap_rprintf(r, "<rect class=\"gap\" x=\"%d\" y=\"0\" width=\"%d\" "
                   "height=\"%d\"/>\n", from, to - from, HEIGHT);
    }
}

/* The first rectangle is there to be pointed at. */
static void draw_bar(request_rec *r, const chart_t *chart, const bar_t *bar,
                     int from, int to, apr_uint64_t top, const char *when)
{
    int ground = HEIGHT;
    int part;

    ap_rprintf(r, "<g><title>%s: %s</title><rect class=\"at\" x=\"%d\" "
               "y=\"0\" width=\"%d\" height=\"%d\"/>", when,
               in_words(r->pool, chart, bar, " "), from, to - from, HEIGHT);
    for (part = 0; part < PARTS; ++part) {
        int height = tall(bar->parts[part], top);

        height = height < ground ? height : ground;
        if (height > 0) {
            ground -= height;
            ap_rprintf(r, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
                       "height=\"%d\"/>", classes[part], from, ground,
                       to - from, height);
        }
    }
    ap_rputs("</g>\n", r);
}

static void draw(request_rec *r, const range_t *range, const chart_t *chart,
                 apr_uint64_t top)
{
    const ct_snapshot_sample_t *samples = range->snapshot->samples;
    int last = 0, i;

    for (i = range->first + 1; i < range->snapshot->sample_count; ++i) {
        apr_time_t from = samples[i - 1].when, to = samples[i].when;
        bar_t bar = chart->bar(&samples[i - 1], &samples[i]);

        if (to - from <= LONGEST) {
            draw_gap(r, last, across(range, from));
            draw_bar(r, chart, &bar, across(range, from), across(range, to),
                     top, apr_psprintf(r->pool, "%s to %s",
                                       clock_time(r->pool, from),
                                       clock_time(r->pool, to)));
            last = across(range, to);
        }
    }
    draw_gap(r, last, WIDTH);
}

static void write_axis(request_rec *r, const range_t *range)
{
    int minute;

    ap_rputs("<div class=\"axis\" aria-hidden=\"true\">", r);
    for (minute = 0; minute <= range->minutes; minute += range->step) {
        ap_rprintf(r, "<span>%.5s</span>", clock_time(
                       r->pool, range->start
                                + apr_time_from_sec(60 * minute)));
    }
    ap_rputs("</div>\n", r);
}

static void write_keys(request_rec *r, const chart_t *chart, const bar_t *most)
{
    int part;

    ap_rprintf(r, "<figcaption>%s:", chart->title);
    for (part = 0; part < PARTS; ++part) {
        if (chart->words[part]) {
            ap_rprintf(r, " <span class=\"key\"><i class=\"%s\"></i>%s, at "
                       "most <b>%s</b></span>", classes[part],
                       chart->words[part],
                       ct_status_text_number(r->pool, most->parts[part]));
        }
    }
    ap_rputs("</figcaption>\n", r);
}

static void write_chart(request_rec *r, const range_t *range,
                        const chart_t *chart)
{
    apr_uint64_t top;
    bar_t most = find_most(range, chart, &top);

    ap_rputs("<figure>\n", r);
    write_keys(r, chart, &most);
    ap_rprintf(r, "<div class=\"plot\"><div class=\"scale\" "
               "aria-hidden=\"true\"><span>%s</span><span>0</span></div>\n"
               "<svg id=\"%s\" viewBox=\"0 0 %d %d\" "
               "preserveAspectRatio=\"none\" role=\"img\" "
               "aria-labelledby=\"%s-title %s-desc\">\n"
               "<title id=\"%s-title\">%s</title>\n"
               "<desc id=\"%s-desc\">Over the last %d minutes, at most: %s."
               "</desc>\n", ct_status_text_number(r->pool, top), chart->id,
               WIDTH, HEIGHT, chart->id, chart->id, chart->id, chart->title,
               chart->id, range->minutes,
               in_words(r->pool, chart, &most, " "));
    draw(r, range, chart, top);
    ap_rputs("</svg></div>\n", r);
    write_axis(r, range);
    ap_rputs("</figure>\n", r);
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
        ap_rputs("</div>\n<p class=\"note\">Times are UTC. Of what is blank "
                 "there are no numbers.</p>\n", r);
    }
    ap_rputs("</section>\n", r);
}
