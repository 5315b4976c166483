/* SPDX-License-Identifier: Apache-2.0 */
/* watch: how a runner waits. To wake a thread costs more than most tasks, so
 * nobody is woken without need:
 *   - a runner that finds the queue empty stays awake for some rounds of the
 *     scheduler, as the only lookout; on a busy machine such a round is long
 *     and what comes meanwhile is taken together, on an idle one it is short;
 *   - a runner that takes a task while more wait calls one other, who comes
 *     in doubt: as long as the first gets on, the other only watches. If it
 *     does not, its task blocks or takes its time, and all that are needed
 *     are called;
 *   - of two that are in each other's way with tasks that cost less than
 *     their hand-over, one stands aside and watches;
 *   - where tasks come steadily a runner that finds the queue empty naps, and
 *     takes together what has come meanwhile, see pace.c;
 *   - who watches naps on while others get on, even if the queue is empty for
 *     a moment: as long as it is there nobody needs to be woken.
 * That somebody is always looking, and only one, is how Go's scheduler does
 * it (its "spinning" threads).
 *
 * Thread: a runner's.
 * Lifetime: no state of its own. */
#include "crew.h"

#include "apr_thread_proc.h"

#include "memory.h"

/* Who stays awake for about as long as a wake-up costs never loses much by it
 * (competitive spinning: Karlin, Li, Manasse and Owicki, 1991). Where tasks
 * come faster than threads can be woken more is won. */
#define LINGER_ROUNDS 8
#define LINGER_ROUNDS_IN_HASTE 32
/* Who has lingered in vain so often does without, until it is woken so soon
 * after it went to sleep that it would have paid. */
#define OFTEN_IN_VAIN 4
#define SOON (APR_USEC_PER_SEC / 20000)
/* Asleep, by a clock that is not set: a yield would let others have the
 * processor for longer. */
#define DOUBT (APR_USEC_PER_SEC / 50000)
#define NAP   (APR_USEC_PER_SEC / 2500)
/* A round that takes longer says that others need the processor; who has been
 * woken is preferred by most schedulers, who yields is not. */
#define LONG_ROUND (APR_USEC_PER_SEC / 1000)
/* A task that takes less than this, in microseconds, is not worth another
 * thread. */
#define WORTH_A_THREAD 10
/* As many tasks in a nap make it worth another. */
#define WORTH_A_NAP 2
/* From one take to the next, in microseconds: less makes a runner hasty, more
 * makes it calm. Between the two it stays as it was: a nap may have been one
 * of them. */
#define HASTE   2
#define LEISURE 20
/* How many takes in a row are looked at to tell that. */
#define TAKES 32
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
    int rounds = runner->hasty ? LINGER_ROUNDS_IN_HASTE : LINGER_ROUNDS;
    int round = 0;

    ct_crew_look_out(d, runner);
    while (round < rounds && ct_queue_available(d) == 0 && !d->closed) {
        apr_thread_mutex_unlock(d->lock);
        round = yield_until_brought(d, round, rounds);
        apr_thread_mutex_lock(d->lock);
    }
    if (ct_queue_available(d) > 0) {
        runner->in_vain = 0;
        return 1;
    }
    ++runner->in_vain;
    return 0;
}

/* Beside a napper another one may linger. */
static int lookout_is_wanted(ct_dispatcher_t *d)
{
    return d->lookouts == (d->napper ? 1 : 0);
}

/* Under lock, which it lets go. */
static void sleep_for(ct_dispatcher_t *d, apr_interval_time_t time)
{
    apr_thread_mutex_unlock(d->lock);
    apr_sleep(time);
    apr_thread_mutex_lock(d->lock);
}

/* Under lock, which it lets go. @return 0: it is no lookout any more, since
 * nobody was left to get on with tasks */
static int nap(ct_dispatcher_t *d, ct_runner_t *runner,
               apr_interval_time_t time)
{
    d->napper = runner;
    sleep_for(d, time);
    d->napper = NULL;
    return runner->doubtful;
}

/* @return 0: few tasks came meanwhile, or see nap(). Where those who take
 * tasks nap themselves, it takes two of their naps to see them get on. */
static int nap_on(ct_dispatcher_t *d, ct_runner_t *runner)
{
    apr_interval_time_t pace = ct_pace_nap(d);

    if (pace > 0) {
        return nap(d, runner, 2 * pace);
    }
    runner->seen = d->moves;
    return nap(d, runner, NAP) && d->moves - runner->seen >= WORTH_A_NAP;
}

/* Under lock, which it lets go. @return 0: tasks do not come steadily */
static int nap_at_pace(ct_dispatcher_t *d, ct_runner_t *runner)
{
    apr_interval_time_t pace = ct_pace_nap(d);

    if (pace == 0) {
        return 0;
    }
    ct_crew_look_out(d, runner);
    sleep_for(d, pace);
    return 1;
}

/* The others are parked: what comes next must wake one. */
static void do_without_napper(ct_dispatcher_t *d)
{
    if (d->napper && d->callable + 1 == d->settings.threads_max) {
        ct_crew_look_away(d, d->napper);
    }
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
    do_without_napper(d);
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

int ct_watch_rest(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_crew_pause(d);
    if (runner->doubtful && runner->patient && nap_on(d, runner)) {
        return 1;
    }
    if ((runner->lookout || lookout_is_wanted(d))
        && (nap_at_pace(d, runner)
            || (runner->in_vain < OFTEN_IN_VAIN && linger(d, runner)))) {
        return 1;
    }
    if (d->crest >= HIGH_TIDE && ebb(d)) {
        return 1;
    }
    ct_crew_look_away(d, runner);
    return sleep_until_called(d, runner);
}

void ct_watch_takes(ct_dispatcher_t *d, ct_runner_t *runner)
{
    apr_time_t now;

    ct_pace_note(d);
    if (d->moves - runner->seen > 1) {
        ++runner->meetings;
    }
    runner->seen = d->moves;
    if (++runner->takes < TAKES) {
        return;
    }
    now = d->settings.now();
    if (now - runner->since < TAKES * HASTE) {
        runner->hasty = 1;
    }
    else if (now - runner->since > TAKES * LEISURE) {
        runner->hasty = 0;
    }
    if (runner->meetings > TAKES / 4 && d->lookouts == 0
        && now - runner->since < TAKES * WORTH_A_THREAD) {
        ct_crew_look_out(d, runner);
        runner->doubtful = runner->patient = 1;
    }
    runner->takes = runner->meetings = 0;
    runner->since = now;
}

/* Who is patient wants them to be through with what waits within one more nap,
 * or so fast that more threads would not pay. */
static int get_on(ct_dispatcher_t *d, ct_runner_t *runner)
{
    apr_uint32_t moved = d->moves - runner->seen;
    apr_uint32_t others = d->running > 0 ? d->running : 1;

    if (!runner->patient) {
        return moved > 0;
    }
    return moved >= others * (NAP / WORTH_A_THREAD)
           || moved >= ct_queue_gather(d);
}

static apr_interval_time_t time_to_watch(ct_dispatcher_t *d,
                                         ct_runner_t *runner)
{
    apr_interval_time_t pace = ct_pace_nap(d);

    if (!runner->patient) {
        return DOUBT;
    }
    return pace > 0 ? 2 * pace : NAP;
}

int ct_watch_others(ct_dispatcher_t *d, ct_runner_t *runner)
{
    ct_crew_pause(d);
    if (!nap(d, runner, time_to_watch(d, runner))) {
        return 1;
    }
    if (ct_queue_available(d) == 0 || get_on(d, runner)) {
        runner->seen = d->moves;
        runner->patient = 1;
        return 1;
    }
    runner->doubtful = 0;
    if (d->running > 0) {
        ct_crew_muster(d);
    }
    return 0;
}
