/* SPDX-License-Identifier: Apache-2.0 */
/* rest: how a runner waits that finds the queue empty. To wake a thread costs
 * more than most tasks, so nobody is woken without need:
 *   - it stays awake for some rounds of the scheduler, as the only lookout; on
 *     a busy machine such a round is long and what comes meanwhile is taken
 *     together, on an idle one it is short;
 *   - else it is parked until it is called, and leaves if it is not for long.
 *
 * Thread: a runner's.
 * Lifetime: no state of its own. */
#include "crew.h"

#include "apr_thread_proc.h"

#include "memory.h"

/* Who stays awake for about as long as a wake-up costs never loses much by it
 * (competitive spinning: Karlin, Li, Manasse and Owicki, 1991). */
#define LINGER_ROUNDS 8
/* Who has lingered in vain so often does without, until it is woken so soon
 * after it went to sleep that it would have paid. */
#define OFTEN_IN_VAIN 4
#define SOON (APR_USEC_PER_SEC / 20000)
/* A round that takes longer says that others need the processor; who has been
 * woken is preferred by most schedulers, who yields is not. */
#define LONG_ROUND (APR_USEC_PER_SEC / 1000)
/* After so many waiting tasks memory is given back. */
#define HIGH_TIDE 50000

/* Not under lock. @return how many rounds it took; all, if one was long */
static int yield_until_brought(ct_dispatcher_t *d, int round, int rounds)
{
    apr_time_t before = d->settings.now();

    while (round < rounds && !atomic_load(&d->inbox)) {
        apr_time_t now;

        apr_thread_yield();
        ++round;
        now = d->settings.now();
        if (now - before > LONG_ROUND) {
            return rounds;
        }
        before = now;
    }
    return round;
}

/* Under lock, which it lets go. */
static int linger(ct_dispatcher_t *d, ct_runner_t *runner)
{
    int round = 0;

    ct_crew_look_out(d, runner);
    while (round < LINGER_ROUNDS && ct_queue_available(d) == 0 && !d->closed) {
        apr_thread_mutex_unlock(d->lock);
        round = yield_until_brought(d, round, LINGER_ROUNDS);
        apr_thread_mutex_lock(d->lock);
    }
    if (ct_queue_available(d) > 0) {
        runner->in_vain = 0;
        return 1;
    }
    ++runner->in_vain;
    return 0;
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

/* @return 0: the runner is to leave; it counts as callable until it has */
static int park(ct_dispatcher_t *d, ct_runner_t *runner)
{
    runner->state = CT_RUNNER_PARKED;
    runner->next = d->parked;
    d->parked = runner;
    atomic_fetch_add(&d->callable, 1);
    while (runner->state == CT_RUNNER_PARKED && !d->closed) {
        apr_status_t rv;

        if (ct_queue_available(d) > 0) {
            unpark(d, runner);
            atomic_fetch_sub(&d->callable, 1);
            return 1;
        }
        if (d->alive <= d->settings.threads_min) {
            rv = apr_thread_cond_wait(runner->wake, d->lock);
        }
        else {
            rv = apr_thread_cond_timedwait(runner->wake, d->lock,
                                           d->settings.linger);
        }
        if (APR_STATUS_IS_TIMEUP(rv) && runner->state == CT_RUNNER_PARKED
            && d->alive > d->settings.threads_min
            && ct_queue_available(d) == 0) {
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

static int sleep_until_called(ct_dispatcher_t *d, ct_runner_t *runner)
{
    apr_time_t since = d->settings.now();
    int stay = park(d, runner);

    if (stay && d->settings.now() - since < SOON) {
        runner->in_vain = 0;
    }
    return stay;
}

/* The C library keeps what was freed, by other threads than had allocated it,
 * for a long time. @return 1: there is work again */
static int ebb(ct_dispatcher_t *d)
{
    d->crest = 0;
    apr_thread_mutex_unlock(d->lock);
    ct_memory_give_back();
    apr_thread_mutex_lock(d->lock);
    return ct_queue_available(d) > 0;
}

int ct_rest(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_crew_pause(d);
    if ((runner->lookout || d->lookouts == 0)
        && runner->in_vain < OFTEN_IN_VAIN && linger(d, runner)) {
        return 1;
    }
    if (d->crest >= HIGH_TIDE && ebb(d)) {
        return 1;
    }
    ct_crew_look_away(d, runner);
    return sleep_until_called(d, runner);
}
