/* SPDX-License-Identifier: Apache-2.0 */
/* watch: when one runner is enough, and when others are called. To wake a
 * thread costs more than most tasks, so nobody is woken without need:
 *   - a runner that takes a task while more wait calls one other, who comes
 *     in doubt: as long as the first gets on, the other only watches. If it
 *     does not, its task blocks or takes its time, and all that are needed
 *     are called;
 *   - of two that are in each other's way with tasks that cost less than
 *     their hand-over, one stands aside and watches;
 *   - who watches naps on while others get on, even if the queue is empty for
 *     a moment: as long as it is there nobody needs to be woken.
 * That somebody is always looking, and only one, is how Go's scheduler does
 * it (its "spinning" threads).
 *
 * Thread: a runner's.
 * Lifetime: no state of its own. */
#include "crew.h"

/* Asleep, by a clock that is not set: a yield would let others have the
 * processor for longer. */
#define DOUBT (APR_USEC_PER_SEC / 50000)
#define NAP   (APR_USEC_PER_SEC / 2500)
/* A task that takes less than this, in microseconds, is not worth another
 * thread. */
#define WORTH_A_THREAD 10
/* As many tasks in a nap make it worth another. */
#define WORTH_A_NAP 2
/* How many takes in a row are looked at to tell that. */
#define TAKES 32

/* Of the doubter, under lock, which it lets go. @return 0: it is not that any
 * more, since nobody was left to get on with tasks */
static int nap(ct_dispatcher_t *d, const ct_runner_t *runner,
               apr_interval_time_t time)
{
    ct_crew_sleep(d, time);
    return d->doubter == runner;
}

int ct_watch_on(ct_dispatcher_t *d, ct_runner_t *runner)
{
    runner->seen = d->moves;
    return nap(d, runner, NAP) && d->moves - runner->seen >= WORTH_A_NAP;
}

void ct_watch_takes(ct_dispatcher_t *d, ct_runner_t *runner)
{
    apr_time_t now;

    if (d->moves - runner->seen > 1) {
        ++runner->meetings;
    }
    runner->seen = d->moves;
    if (++runner->takes < TAKES) {
        return;
    }
    now = d->settings.now();
    if (runner->meetings > TAKES / 4 && d->lookouts == 0
        && now - runner->since < TAKES * WORTH_A_THREAD) {
        ct_crew_doubt(d, runner, 1);
    }
    runner->takes = runner->meetings = 0;
    runner->since = now;
}

/* Who is patient wants them to be through with what waits within as long
 * again, or so fast that more threads would not pay. */
static int get_on(ct_dispatcher_t *d, const ct_runner_t *runner,
                  apr_interval_time_t watched)
{
    apr_uint32_t moved = d->moves - runner->seen;
    apr_uint32_t others = d->running > 0 ? d->running : 1;

    if (!runner->patient) {
        return moved > 0;
    }
    return moved >= others * (apr_uint32_t)(watched / WORTH_A_THREAD)
           || moved >= ct_queue_gather(d);
}

int ct_watch_others(ct_dispatcher_t *d, ct_runner_t *runner)
{
    apr_interval_time_t time = runner->patient ? NAP : DOUBT;

    ct_crew_pause(d);
    if (!nap(d, runner, time)) {
        return 1;
    }
    if (ct_queue_available(d) == 0 || get_on(d, runner, time)) {
        runner->seen = d->moves;
        runner->patient = 1;
        return 1;
    }
    ct_crew_look_out(d, runner);         /* it doubts no more */
    if (d->running > 0) {
        ct_crew_muster(d);
    }
    return 0;
}
