/* SPDX-License-Identifier: Apache-2.0 */
/* clock: one thread watches for the next alarm; the one that rings has let
 * another watch before. A POSIX condition, because APR's waits by the time of
 * day. */
#include "clock.h"

#include <pthread.h>
#include <time.h>

#include "platform.h"
#include "signals.h"

/* A stop waits for a link that runs on the clock's thread. */
#define PATIENCE (APR_USEC_PER_SEC / 4)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;            /* once made: for whoever watches */
static pthread_cond_t unwatched;          /* once made: for the spare one */
static pthread_cond_t fewer;              /* once made: for whoever stops */
static int made;                          /* start-up */
static int going;                         /* lock */
static int threads;                       /* lock */
static int watched;                       /* lock: one of them waits for the
                                             next alarm */
static int spare;                         /* lock: one of them waits until
                                             nobody does */
static ct_heap_t heap;                    /* lock; of alarms, whose first
                                             members lie in it */

apr_time_t ct_clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec((apr_time_t)now.tv_sec) + now.tv_nsec / 1000;
}

static ct_alarm_t *next_alarm(void)
{
    return (ct_alarm_t *)ct_heap_first(&heap);
}

static void *tick(void *data);

/* Under lock. Nobody joins them: when the last one says that it has ended it
 * has nothing left to do but to let the lock go. */
static int make_thread(void)
{
    ct_signals_t signals;
    pthread_t thread;
    int is_made;

    ct_signals_block(&signals);
    is_made = pthread_create(&thread, NULL, tick, NULL) == 0;
    ct_signals_restore(&signals);
    if (is_made) {
        pthread_detach(thread);
        ++threads;
    }
    return is_made;
}

/* Under lock. @return 0: there is no thread, and none could be made */
static int have_it_watched(void)
{
    if (watched) {
        return 1;
    }
    if (spare) {
        pthread_cond_signal(&unwatched);
        return 1;
    }
    return (threads < CT_CLOCK_THREADS && make_thread()) || threads > 0;
}

/* Under lock, which is let go while it rings. */
static void unlock_and_ring(ct_alarm_t *alarm)
{
    void (*ring_it)(void *) = alarm->ring;
    void *what = alarm->what;

    ct_heap_take(&heap, &alarm->timed);
    if (heap.count > 0) {
        (void)have_it_watched();
    }
    pthread_mutex_unlock(&lock);
    ring_it(what);
    pthread_mutex_lock(&lock);
}

/* Under lock, which waiting lets go. */
static void watch(void)
{
    const ct_alarm_t *alarm = next_alarm();

    watched = 1;
    if (!alarm) {
        pthread_cond_wait(&changed, &lock);
    }
    else {
        struct timespec at;

        at.tv_sec = (time_t)apr_time_sec(alarm->timed.at);
        at.tv_nsec = (long)apr_time_usec(alarm->timed.at) * 1000;
        pthread_cond_timedwait(&changed, &lock, &at);
    }
    watched = 0;
}

/* Under lock. @return is it needed? */
static int wait_as_spare(void)
{
    if (spare) {
        return 0;
    }
    spare = 1;
    pthread_cond_wait(&unwatched, &lock);
    spare = 0;
    return 1;
}

static void *tick(void *data)
{
    int is_needed = 1;

    pthread_mutex_lock(&lock);
    while (going && is_needed) {
        ct_alarm_t *alarm = next_alarm();

        if (watched) {
            is_needed = wait_as_spare();
        }
        else if (!alarm || alarm->timed.at > ct_clock_now()) {
            watch();
        }
        else {
            unlock_and_ring(alarm);
        }
    }
    if (--threads == 0) {
        pthread_cond_signal(&fewer);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

apr_status_t ct_clock_set(ct_alarm_t *alarm, apr_interval_time_t after)
{
    apr_time_t now = ct_clock_now();
    apr_status_t rv = APR_EOF;

    pthread_mutex_lock(&lock);
    if (going) {
        alarm->timed.at = after < APR_INT64_MAX - now ? now + after
                          : APR_INT64_MAX;
        rv = ct_heap_put(&heap, &alarm->timed);
    }
    if (rv == APR_SUCCESS && !have_it_watched()) {
        ct_heap_take(&heap, &alarm->timed);
        rv = APR_EAGAIN;
    }
    if (rv == APR_SUCCESS && next_alarm() == alarm) {
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
    return rv;
}

int ct_clock_unset(ct_alarm_t *alarm)
{
    int was_set;

    pthread_mutex_lock(&lock);
    was_set = alarm->timed.place > 0;
    if (was_set) {
        ct_heap_take(&heap, &alarm->timed);
    }
    pthread_mutex_unlock(&lock);
    return was_set;
}

static apr_status_t make_conditions(void)
{
    pthread_condattr_t attributes;
    apr_status_t rv;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    rv = pthread_cond_init(&changed, &attributes);
    if (rv == APR_SUCCESS) {
        rv = pthread_cond_init(&unwatched, &attributes);
    }
    if (rv == APR_SUCCESS) {
        rv = pthread_cond_init(&fewer, &attributes);
    }
    pthread_condattr_destroy(&attributes);
    return rv;
}

apr_status_t ct_clock_start(void)
{
    apr_status_t rv = made ? APR_SUCCESS : make_conditions();

    if (rv == APR_SUCCESS) {
        made = 1;
        pthread_mutex_lock(&lock);
        going = 1;
        pthread_mutex_unlock(&lock);
    }
    return rv;
}

static int drop_one(void)
{
    ct_alarm_t *alarm;
    void (*drop)(void *) = NULL;
    void *what = NULL;

    pthread_mutex_lock(&lock);
    alarm = next_alarm();
    if (alarm) {
        drop = alarm->drop;
        what = alarm->what;
        ct_heap_take(&heap, &alarm->timed);
    }
    pthread_mutex_unlock(&lock);
    if (!alarm) {
        return 0;
    }
    drop(what);
    return 1;
}

/* Under lock. What then still rings ends with the process, as a task of the
 * pool that does not return. */
static void wait_for_threads(void)
{
    struct timespec until = ct_until(PATIENCE);

    while (threads > 0
           && pthread_cond_timedwait(&fewer, &lock, &until) == 0) {
    }
}

void ct_clock_stop(void)
{
    pthread_mutex_lock(&lock);
    going = 0;
    if (threads > 0) {
        pthread_cond_signal(&changed);
        pthread_cond_signal(&unwatched);
        wait_for_threads();
    }
    pthread_mutex_unlock(&lock);
    while (drop_one()) {
    }
}
