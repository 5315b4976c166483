/* SPDX-License-Identifier: Apache-2.0 */
/* arrivals: how fast tasks come, and how long a worker that has none may sleep
 * because of it. While they come steadily, to look now and then costs less
 * than to be woken for each: network drivers poll under load for the same
 * reason (Mogul and Ramakrishnan, 1997). A task that does nothing, one for
 * each request, costs 2 us of processor time with it and 5 to 6 without; ten
 * for each request leave 0.88 instead of 0.83 of the throughput of a server
 * without the module. */
#include "arrivals.h"

#include "workers.h"

/* What is averaged, in microseconds: what came during a sleep is taken at one
 * go. */
#define PERIOD 4000
/* From one task to the next, in microseconds: from SELDOM on whoever is wanted
 * is woken; below OFTEN who stays awake finds something at once. Where a call
 * of the system takes a microsecond, on some virtual machines, a busy server
 * comes to one task in 70: with 100 here some bad moments were enough for it
 * to wake them all (0.91 of the throughput of a server without the module
 * instead of 0.95). */
#define SELDOM 200
#define OFTEN 2
/* One period may have had a pause in it. */
#define STEADY 2
/* With more tasks inside their functions, those that are held aside, they are
 * not that quick: whoever is wanted is wanted at once. */
#define QUICK 1
/* No task waits for longer because of a sleep, in microseconds, ... */
#define SLEEP 1000
/* ... and none is rejected: of the queue it fills one part in so many. */
#define PART 8

/* A clock that was put back ends a period, too, and says nothing. */
static void look(ct_arrivals_t *arrivals, apr_time_t now)
{
    apr_interval_time_t spent = now - arrivals->since;
    apr_uint32_t came = arrivals->taken - arrivals->before;

    if (spent >= 0 && spent < PERIOD) {
        return;
    }
    arrivals->each = came > 0 ? spent / came : SELDOM;
    arrivals->steady = arrivals->each >= OFTEN && arrivals->each < SELDOM
                       ? arrivals->steady + (arrivals->steady < STEADY) : 0;
    arrivals->since = now;
    arrivals->before = arrivals->taken;
}

apr_interval_time_t ct_arrivals_sleep(ct_dispatcher_t *d)
{
    ct_arrivals_t *arrivals = &d->arrivals;
    apr_interval_time_t sleep;

    if (arrivals->steady == 0
        && arrivals->taken - arrivals->before < PERIOD / SELDOM) {
        return 0;                    /* not worth a look at the clock */
    }
    look(arrivals, d->settings.now());
    if (atomic_exchange_explicit(&arrivals->awaited, 0,
                                 memory_order_relaxed)) {
        arrivals->steady = 0;
    }
    if (arrivals->steady < STEADY || d->running > d->held.count + QUICK) {
        return 0;
    }
    sleep = arrivals->each * (apr_interval_time_t)(d->settings.queue_max
                                                   / PART);
    return sleep < SLEEP ? sleep : SLEEP;
}
