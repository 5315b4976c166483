/* SPDX-License-Identifier: Apache-2.0 */
/* clock: lib/base/clock.h with a time that stands still until the test
 * moves it. Alarms ring in the order of their times, on the test's thread.
 * Thread: the test's.
 * Lifetime: one test; time goes on from one to the next. */
#include "clock.h"

#include "stage.h"
#include "virtual_time.h"

static ct_alarm_t *alarms[CT_VIRTUAL_ALARMS];
static apr_size_t count;
static int open;
static apr_time_t now = APR_USEC_PER_SEC;

apr_time_t ct_clock_now(void)
{
    return now;
}

/* Places are counted from 1 on. */
apr_status_t ct_clock_set(ct_alarm_t *alarm, apr_interval_time_t after)
{
    if (!open) {
        return APR_EOF;
    }
    if (count == CT_VIRTUAL_ALARMS) {
        return APR_ENOMEM;
    }
    alarm->timed.at = after < APR_INT64_MAX - now ? now + after
                      : APR_INT64_MAX;
    alarms[count] = alarm;
    alarm->timed.place = ++count;
    return APR_SUCCESS;
}

int ct_clock_unset(ct_alarm_t *alarm)
{
    if (!alarm->timed.place) {
        return 0;
    }
    alarms[alarm->timed.place - 1] = alarms[--count];
    alarms[alarm->timed.place - 1]->timed.place = alarm->timed.place;
    alarm->timed.place = 0;
    return 1;
}

/* Of two at the same time the one set first, unless others were unset. */
static ct_alarm_t *next_alarm(void)
{
    ct_alarm_t *next = NULL;
    apr_size_t i;

    for (i = 0; i < count; ++i) {
        if (!next || alarms[i]->timed.at < next->timed.at) {
            next = alarms[i];
        }
    }
    return next;
}

int ct_virtual_time_step(apr_time_t until)
{
    ct_alarm_t *alarm = next_alarm();
    void (*ring)(void *what);
    void *what;

    if (!alarm || alarm->timed.at > until) {
        now = now < until ? until : now;
        return 0;
    }
    now = now < alarm->timed.at ? alarm->timed.at : now;
    ring = alarm->ring;
    what = alarm->what;
    (void)ct_clock_unset(alarm);
    ring(what);
    return 1;
}

void crosstown_test_advance(apr_interval_time_t time)
{
    apr_time_t until = now + time;

    (void)ct_stage();
    while (ct_virtual_time_step(until)) {
        continue;
    }
}

apr_status_t ct_clock_start(void)
{
    open = 1;
    return APR_SUCCESS;
}

void ct_clock_stop(void)
{
    open = 0;
    while (count > 0) {
        ct_alarm_t *alarm = alarms[count - 1];
        void (*drop)(void *what) = alarm->drop;
        void *what = alarm->what;

        (void)ct_clock_unset(alarm);
        drop(what);
    }
}
