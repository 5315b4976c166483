/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the alarms lie in a heap, the next one at place 1. A POSIX condition,
 * because APR's waits by the time of day. The heap grows and is kept. */
#include "clock.h"

#include <stdlib.h>
#include <time.h>

#include "locks.h"
#include "signals.h"

#define ROOM_AT_FIRST 64
/* Nanoseconds that a stop waits for a link that runs on the clock's thread. */
#define PATIENCE 250000000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;            /* between start and stop */
static pthread_t thread;                  /* lock; if ticking */
static int going;                         /* lock */
static int ticking;                       /* lock: the thread was made */
static ct_alarm_t **heap;                 /* lock; from place 1 on */
static apr_size_t count;                  /* lock */
static apr_size_t room;                   /* lock */

apr_time_t ct_clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec((apr_time_t)now.tv_sec) + now.tv_nsec / 1000;
}

static void put(ct_alarm_t *alarm, apr_size_t place)
{
    heap[place] = alarm;
    alarm->place = place;
}

static void sift_up(ct_alarm_t *alarm, apr_size_t place)
{
    while (place > 1 && alarm->at < heap[place / 2]->at) {
        put(heap[place / 2], place);
        place /= 2;
    }
    put(alarm, place);
}

static void sift_down(ct_alarm_t *alarm, apr_size_t place)
{
    apr_size_t child;

    while ((child = 2 * place) <= count) {
        if (child < count && heap[child + 1]->at < heap[child]->at) {
            ++child;
        }
        if (alarm->at <= heap[child]->at) {
            break;
        }
        put(heap[child], place);
        place = child;
    }
    put(alarm, place);
}

static void take_out(ct_alarm_t *alarm)
{
    apr_size_t place = alarm->place;
    ct_alarm_t *last = heap[count--];

    alarm->place = 0;
    if (last == alarm) {
        return;
    }
    if (place > 1 && last->at < heap[place / 2]->at) {
        sift_up(last, place);
    }
    else {
        sift_down(last, place);
    }
}

/* Under lock, which it lets go. */
static void ring(ct_alarm_t *alarm)
{
    void (*ring_it)(void *) = alarm->ring;
    void *what = alarm->what;

    take_out(alarm);
    alarm->rang = 1;
    ct_locks_give(&lock);
    ring_it(what);
    ct_locks_take(&lock);
}

/* Under lock, which it lets go. */
static void rest(apr_time_t until)
{
    struct timespec at;

    at.tv_sec = apr_time_sec(until);
    at.tv_nsec = apr_time_usec(until) * 1000;
    pthread_cond_timedwait(&changed, &lock, &at);
}

static void *tick(void *data)
{
    ct_locks_take(&lock);
    while (going) {
        if (count == 0) {
            pthread_cond_wait(&changed, &lock);
        }
        else if (heap[1]->at > ct_clock_now()) {
            rest(heap[1]->at);
        }
        else {
            ring(heap[1]);
        }
    }
    ct_locks_give(&lock);
    return NULL;
}

/* Under lock. */
static apr_status_t make_thread(void)
{
    ct_signals_t signals;

    if (!ticking) {
        ct_signals_block(&signals);
        ticking = pthread_create(&thread, NULL, tick, NULL) == 0;
        ct_signals_restore(&signals);
    }
    return ticking ? APR_SUCCESS : APR_EAGAIN;
}

/* Under lock. */
static apr_status_t make_room(void)
{
    apr_size_t wanted = room ? 2 * room : ROOM_AT_FIRST;
    ct_alarm_t **larger;

    if (count + 1 < room) {
        return APR_SUCCESS;
    }
    larger = realloc(heap, wanted * sizeof(*heap));
    if (!larger) {
        return APR_ENOMEM;
    }
    heap = larger;
    room = wanted;
    return APR_SUCCESS;
}

apr_status_t ct_clock_set(ct_alarm_t *alarm, apr_interval_time_t after)
{
    apr_time_t now = ct_clock_now();
    apr_status_t rv;

    ct_locks_take(&lock);
    rv = going ? make_room() : APR_EOF;
    if (rv == APR_SUCCESS) {
        rv = make_thread();
    }
    if (rv == APR_SUCCESS) {
        alarm->at = after < APR_INT64_MAX - now ? now + after
                    : APR_INT64_MAX;
        alarm->rang = 0;
        sift_up(alarm, ++count);
        if (alarm->place == 1) {
            pthread_cond_signal(&changed);
        }
    }
    ct_locks_give(&lock);
    return rv;
}

int ct_clock_unset(ct_alarm_t *alarm)
{
    int was_set;

    ct_locks_take(&lock);
    was_set = alarm->place > 0;
    if (was_set) {
        take_out(alarm);
    }
    ct_locks_give(&lock);
    return was_set;
}

apr_status_t ct_clock_start(void)
{
    pthread_condattr_t attributes;
    apr_status_t rv;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    rv = pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (rv == APR_SUCCESS) {
        ct_locks_take(&lock);
        going = 1;
        ct_locks_give(&lock);
    }
    return rv;
}

static int drop_one(void)
{
    ct_alarm_t *alarm = NULL;
    void (*drop)(void *) = NULL;
    void *what = NULL;

    ct_locks_take(&lock);
    if (count > 0) {
        alarm = heap[count];
        drop = alarm->drop;
        what = alarm->what;
        take_out(alarm);
    }
    ct_locks_give(&lock);
    if (!alarm) {
        return 0;
    }
    drop(what);
    return 1;
}

/* Then it ends with the process, as a task of the pool that does not return.
 * @return has it ended? */
static int join(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PATIENCE;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        ++until.tv_sec;
    }
    return pthread_timedjoin_np(thread, NULL, &until) == 0
           || pthread_detach(thread) != 0;
}

void ct_clock_stop(void)
{
    int was_going;
    int ended;

    ct_locks_take(&lock);
    was_going = going;
    ended = !ticking;
    going = ticking = 0;
    if (was_going) {
        pthread_cond_signal(&changed);
    }
    ct_locks_give(&lock);
    ended = ended || join();
    while (drop_one()) {
    }
    if (was_going && ended) {
        pthread_cond_destroy(&changed);
    }
}
