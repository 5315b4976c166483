/* SPDX-License-Identifier: Apache-2.0 */
/* watch: how a runner waits. To wake a thread costs more than most tasks, so
 * nobody is woken without need:
 *   - a runner that finds the queue empty stays awake for some rounds of the
 *     scheduler, as the only lookout; on a busy machine such a round is long
 *     and what comes meanwhile is taken together, on an idle one it is short;
 *   - a runner that takes a task while more wait calls one other, who comes
 *     in doubt: as long as the first gets on, the other only watches. If it
 *     does not, its task blocks, and all that are needed are called.
 * That somebody is always looking, and only one, is how Go's scheduler does
 * it (its "spinning" threads).
 *
 * Thread: a runner's.
 * Lifetime: no state of its own. */
#include "crew.h"

#include "apr_atomic.h"
#include "apr_thread_proc.h"

#define LINGER_ROUNDS 32
#define DOUBT_ROUNDS 3
#define NAP (APR_USEC_PER_SEC / 2500)

/* Under lock, which it lets go. */
static int linger(ct_dispatcher_t *d, ct_runner_t *runner)
{
    int round;

    ct_crew_look_out(d, runner);
    for (round = 0; round < LINGER_ROUNDS && d->available == 0
         && !d->closed; ++round) {
        apr_thread_mutex_unlock(d->lock);
        do {
            apr_thread_yield();
        } while (!apr_atomic_read32(&d->waiting) && ++round < LINGER_ROUNDS);
        apr_thread_mutex_lock(d->lock);
    }
    return d->available > 0;
}

static void unpark(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_runner_t **link = &d->parked;

    while (*link != runner) {
        link = &(*link)->next;
    }
    *link = runner->next;
    runner->state = CT_RUNNER_AWAKE;
}

/* @return 0: the runner is to leave */
static int park(ct_dispatcher_t *d, ct_runner_t *runner)
{
    runner->state = CT_RUNNER_PARKED;
    runner->next = d->parked;
    d->parked = runner;
    while (runner->state == CT_RUNNER_PARKED && !d->closed) {
        apr_status_t rv;

        if (d->alive <= d->settings.threads_min) {
            rv = apr_thread_cond_wait(runner->wake, d->lock);
        }
        else {
            rv = apr_thread_cond_timedwait(runner->wake, d->lock,
                                           d->settings.linger);
        }
        if (APR_STATUS_IS_TIMEUP(rv) && runner->state == CT_RUNNER_PARKED
            && d->alive > d->settings.threads_min) {
            unpark(d, runner);
            return 0;
        }
    }
    if (runner->state == CT_RUNNER_PARKED) {
        unpark(d, runner);
        return 0;
    }
    return 1;
}

int ct_watch_rest(ct_dispatcher_t *d, ct_runner_t *runner)
{
    if ((runner->lookout || d->lookouts == 0) && linger(d, runner)) {
        return 1;
    }
    ct_crew_look_away(d, runner);
    return park(d, runner);
}

int ct_watch_others(ct_dispatcher_t *d, ct_runner_t *runner)
{
    int rounds;

    if (runner->patient) {
        apr_thread_cond_timedwait(runner->wake, d->lock, NAP);
    }
    else {
        apr_thread_mutex_unlock(d->lock);
        for (rounds = 0; rounds < DOUBT_ROUNDS; ++rounds) {
            apr_thread_yield();
        }
        apr_thread_mutex_lock(d->lock);
    }
    if (d->moves != runner->seen || d->available == 0) {
        runner->seen = d->moves;
        runner->patient = 1;
        return 1;
    }
    runner->doubtful = 0;
    ct_crew_muster(d);
    return 0;
}
