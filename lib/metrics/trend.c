/* SPDX-License-Identifier: Apache-2.0 */
/* trend: what was is not what is: counters of a whole day say nothing of this
 * minute, so only what has changed lately counts. How long tasks wait now is
 * not known, since those that wait have not been called: it is how many they
 * are by how many are called in a second. One look at a queue says nothing
 * either: a burst is what a queue is for. */
#include "trend.h"

/* Rejected or lost longer ago is over. */
#define REJECTED_FOR apr_time_from_sec(60)
#define LOST_FOR     apr_time_from_sec(300)
/* Some always wait, for so long. */
#define PENDING_FOR  apr_time_from_sec(20)
/* Nothing has come back for so long, though some run and others wait. */
#define STUCK_FOR    apr_time_from_sec(30)
/* Late is who waits that long. */
#define LATE_FROM    apr_time_from_sec(5)
/* How many are called in a second: those of the last minute. */
#define RATE_OF      apr_time_from_sec(60)

static apr_uint64_t rejected(const ct_moment_t *moment)
{
    return moment->rejected;
}

static apr_uint64_t lost(const ct_moment_t *moment)
{
    return moment->lost;
}

/* When a counter began to grow that has grown again and again since, never
 * with a longer pause. @return 0: it does not grow now */
static apr_time_t growing_since(const ct_moment_t *moments, int count,
                                apr_uint64_t (*counter)(const ct_moment_t *),
                                apr_interval_time_t pause)
{
    apr_time_t last = moments[count - 1].when;
    apr_time_t since = 0;
    int i;

    for (i = count - 1; i > 0 && last - moments[i].when < pause; --i) {
        if (counter(&moments[i]) > counter(&moments[i - 1])) {
            last = since = moments[i - 1].when;
        }
    }
    return since;
}

/* The first moment from which on some wait all the time. */
static int pending_from(const ct_moment_t *moments, int count)
{
    int i = count;

    while (i > 0 && moments[i - 1].pending > 0) {
        --i;
    }
    return i;
}

/* The first moment from which on none has come back. */
static int stalled_from(const ct_moment_t *moments, int count, int first)
{
    int i = count - 1;

    while (i > first && moments[i - 1].running > 0
           && moments[i - 1].calls == moments[count - 1].calls) {
        --i;
    }
    return i;
}

static apr_interval_time_t expected_wait(const ct_moment_t *moments, int count,
                                         int first)
{
    const ct_moment_t *now = &moments[count - 1];
    apr_uint64_t calls;

    while (first < count - 2 && now->when - moments[first].when > RATE_OF) {
        ++first;
    }
    calls = now->calls - moments[first].calls;
    return calls == 0 ? now->when - moments[first].when
        : (apr_interval_time_t)((double)now->pending / (double)calls
                                * (double)(now->when - moments[first].when));
}

static ct_trend_t judge_queue(const ct_moment_t *moments, int count)
{
    ct_trend_t trend = { CROSSTOWN_STATE_OK, 0, 0 };
    const ct_moment_t *now = &moments[count - 1];
    int first = pending_from(moments, count);
    int stalled;

    if (first == count || now->when - moments[first].when < PENDING_FOR) {
        return trend;
    }
    stalled = stalled_from(moments, count, first);
    if (now->running > 0 && now->when - moments[stalled].when >= STUCK_FOR) {
        trend.state = CROSSTOWN_STATE_STUCK;
        trend.since = moments[stalled].when;
        return trend;
    }
    trend.wait = expected_wait(moments, count, first);
    if (trend.wait > LATE_FROM) {
        trend.state = CROSSTOWN_STATE_LATE;
        trend.since = moments[first].when;
    }
    return trend;
}

static void note_if_worse(ct_trend_t *trend, crosstown_state_e state,
                          apr_time_t since)
{
    if (since && ct_trend_rank(state) > ct_trend_rank(trend->state)) {
        trend->state = state;
        trend->since = since;
    }
}

ct_trend_t ct_trend_judge(const ct_moment_t *moments, int count)
{
    ct_trend_t trend = judge_queue(moments, count);

    note_if_worse(&trend, CROSSTOWN_STATE_REJECTING,
                  growing_since(moments, count, rejected, REJECTED_FOR));
    note_if_worse(&trend, CROSSTOWN_STATE_LOSING,
                  growing_since(moments, count, lost, LOST_FOR));
    return trend;
}

int ct_trend_rank(crosstown_state_e state)
{
    static const int ranks[] = {
        [CROSSTOWN_STATE_OK] = 0,
        [CROSSTOWN_STATE_LATE] = 1,
        [CROSSTOWN_STATE_REJECTING] = 2,
        [CROSSTOWN_STATE_STUCK] = 3,
        [CROSSTOWN_STATE_AWAY] = 4,
        [CROSSTOWN_STATE_LOSING] = 5,
    };

    return (unsigned int)state < sizeof(ranks) / sizeof(ranks[0])
           ? ranks[state] : 0;
}
