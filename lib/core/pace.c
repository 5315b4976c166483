/* SPDX-License-Identifier: Apache-2.0 */
/* pace: how fast tasks come, and how long a runner may nap because of it.
 * While they come steadily, but not so fast that the next one is there before
 * a runner has gone to sleep, to look now and then costs less than to be woken
 * for each: network drivers poll under load for the same reason (Mogul and
 * Ramakrishnan, 1997).
 *
 * Thread: a runner's, under the lock.
 * Lifetime: the dispatcher's. */
#include "crew.h"

/* How many takes are reckoned together. */
#define TAKES 32
/* From one take to the next, in microseconds: between these it is a pace to
 * nap at. */
#define FAST 10
#define SLOW 100
/* One reckoning may have had a pause in it. */
#define STEADY 3
/* A nap lasts until about so many have come, ... */
#define WORTH_WAKING 16
/* ... but a task does not wait for longer than this. */
#define LONGEST_NAP (APR_USEC_PER_SEC / 1000)

void ct_pace_note(ct_dispatcher_t *d)
{
    apr_uint32_t takes = d->moves - d->pace.moves;
    apr_time_t now;

    if (takes >= TAKES) {
        now = d->settings.now();
        d->pace.each = (now - d->pace.since) / takes;
        d->pace.since = now;
        d->pace.moves = d->moves;
        d->pace.steady = d->pace.each > FAST && d->pace.each < SLOW
                         ? d->pace.steady + (d->pace.steady < STEADY) : 0;
    }
}

apr_interval_time_t ct_pace_nap(const ct_dispatcher_t *d)
{
    apr_interval_time_t nap = d->pace.each * WORTH_WAKING;

    if (d->pace.steady < STEADY
        || d->settings.now() - d->pace.since >= TAKES * SLOW) {
        return 0;
    }
    return nap < LONGEST_NAP ? nap : LONGEST_NAP;
}
