/* SPDX-License-Identifier: Apache-2.0 */
/* pace: how fast tasks come, and how long a runner may nap because of it.
 * While they come steadily, to look now and then costs less than to be woken
 * for each: network drivers poll under load for the same reason (Mogul and
 * Ramakrishnan, 1997).
 *
 * Thread: a runner's, under the lock.
 * Lifetime: the dispatcher's. */
#include "crew.h"

/* So many takes are reckoned together at least, and so long, in microseconds:
 * what has come during a nap is taken at one go. */
#define TAKES 32
#define SPELL 4000
/* From one take to the next, in microseconds: from here on it is no pace to
 * nap at. */
#define SLOW 100
/* One reckoning may have had a pause in it. */
#define STEADY 2
/* With more of them inside their functions tasks are not that quick: whoever
 * is wanted is wanted at once. */
#define QUICK 1
/* No task waits for longer than this because of a nap, ... */
#define NAP (APR_USEC_PER_SEC / 1000)
/* ... and none is rejected: of the queue a nap fills one part in so many. */
#define PART 8

/* A clock that was put back makes it very long. */
static apr_uint64_t age(const ct_pace_t *pace, apr_time_t now)
{
    return (apr_uint64_t)(now - pace->since);
}

static void reckon(ct_pace_t *pace, apr_uint32_t moves, apr_time_t now)
{
    pace->each = (now - pace->since) / (moves - pace->moves);
    pace->since = now;
    pace->moves = moves;
    pace->steady = pace->each >= 0 && pace->each < SLOW
                   ? pace->steady + (pace->steady < STEADY) : 0;
}

void ct_pace_note(ct_dispatcher_t *d)
{
    if (d->moves - d->pace.seen >= TAKES) {
        apr_time_t now = d->settings.now();

        d->pace.seen = d->moves;
        if (age(&d->pace, now) >= SPELL) {
            reckon(&d->pace, d->moves, now);
        }
    }
}

apr_interval_time_t ct_pace_nap(const ct_dispatcher_t *d)
{
    apr_interval_time_t nap = d->pace.each * (d->settings.queue_max / PART);

    if (d->pace.steady < STEADY || d->running > QUICK
        || age(&d->pace, d->settings.now()) >= 2 * SPELL) {
        return 0;
    }
    return nap < NAP ? nap : NAP;
}
