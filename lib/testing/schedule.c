/* SPDX-License-Identifier: Apache-2.0 */
/* schedule: each has an alarm of the test's clock, so that a test that waits
 * for something lets time go by to the next of them. */
#include "schedule.h"

#include "clock.h"
#include "stage.h"

#include <stdlib.h>

typedef struct ct_scheduled_t {
    struct ct_scheduled_t *next;
    ct_schedule_t *schedule;
    ct_alarm_t alarm;
    ct_due_t call;
} ct_scheduled_t;

void ct_schedule_start(ct_schedule_t *schedule)
{
    schedule->end = &schedule->due;
}

static void unlink_early(ct_scheduled_t *scheduled)
{
    ct_schedule_t *schedule = scheduled->schedule;
    ct_scheduled_t **at = &schedule->early;

    while (*at != scheduled) {
        at = &(*at)->next;
    }
    *at = scheduled->next;
    --schedule->early_count;
}

static void append(ct_scheduled_t *scheduled)
{
    ct_schedule_t *schedule = scheduled->schedule;

    scheduled->next = NULL;
    *schedule->end = scheduled;
    schedule->end = &scheduled->next;
    ++schedule->due_count;
}

static void ring(void *what)
{
    unlink_early(what);
    append(what);
    ct_results_run_eager();
}

/* The clock stops behind the dispatcher, which has taken all by then. */
static void drop(void *what)
{
    ct_stage_misused("a task that waits for its time has outlived its child");
}

static void wait_for_time(ct_scheduled_t *scheduled, apr_interval_time_t after)
{
    ct_schedule_t *schedule = scheduled->schedule;

    scheduled->alarm.ring = ring;
    scheduled->alarm.drop = drop;
    scheduled->alarm.what = scheduled;
    scheduled->next = schedule->early;
    schedule->early = scheduled;
    ++schedule->early_count;
    if (ct_clock_set(&scheduled->alarm, after) != APR_SUCCESS) {
        ct_stage_misused("more than 4096 tasks and timeouts wait for their "
                         "time");
    }
}

void ct_schedule_put(ct_schedule_t *schedule, const ct_due_t *call,
                     apr_interval_time_t after)
{
    ct_scheduled_t *scheduled = calloc(1, sizeof(*scheduled));

    if (!scheduled) {
        ct_stage_misused("out of memory");
    }
    scheduled->schedule = schedule;
    scheduled->call = *call;
    if (after > 0) {
        wait_for_time(scheduled, after);
    }
    else {
        append(scheduled);
    }
}

int ct_schedule_take(ct_schedule_t *schedule, ct_due_t *call)
{
    ct_scheduled_t *scheduled = schedule->due;

    if (!scheduled) {
        return 0;
    }
    *call = scheduled->call;
    schedule->due = scheduled->next;
    schedule->end = schedule->due ? schedule->end : &schedule->due;
    --schedule->due_count;
    free(scheduled);
    return 1;
}

int ct_schedule_take_early(ct_schedule_t *schedule, ct_due_t *call)
{
    ct_scheduled_t *scheduled = schedule->early;

    if (!scheduled) {
        return 0;
    }
    *call = scheduled->call;
    (void)ct_clock_unset(&scheduled->alarm);
    unlink_early(scheduled);
    free(scheduled);
    return 1;
}

const ct_due_t *ct_schedule_look(const ct_schedule_t *schedule,
                                 apr_uint32_t index)
{
    const ct_scheduled_t *scheduled = schedule->due;

    while (scheduled && index-- > 0) {
        scheduled = scheduled->next;
    }
    return scheduled ? &scheduled->call : NULL;
}
