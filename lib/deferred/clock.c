/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the alarms lie in a heap, the next one at place 1. One thread watches
 * for it; the one that rings has let another watch before. A POSIX condition,
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
static pthread_cond_t changed;            /* once made: for who watches */
static pthread_cond_t unwatched;          /* once made: for the spare one */
static pthread_cond_t fewer;              /* once made: for who stops */
static int made;                          /* start-up */
static int going;                         /* lock */
static int threads;                       /* lock */
static int watched;                       /* lock: one of them waits for the
                                             next alarm */
static int spare;                         /* lock: one of them waits until
                                             nobody does */
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

    take_out(alarm);
    if (count > 0) {
        (void)have_it_watched();
    }
    ct_locks_give(&lock);
    ring_it(what);
    ct_locks_take(&lock);
}

/* Under lock, which waiting lets go. */
static void watch(void)
{
    watched = 1;
    if (count == 0) {
        pthread_cond_wait(&changed, &lock);
    }
    else {
        struct timespec at;

        at.tv_sec = apr_time_sec(heap[1]->at);
        at.tv_nsec = apr_time_usec(heap[1]->at) * 1000;
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

    ct_locks_take(&lock);
    while (going && is_needed) {
        if (watched) {
            is_needed = wait_as_spare();
        }
        else if (count == 0 || heap[1]->at > ct_clock_now()) {
            watch();
        }
        else {
            unlock_and_ring(heap[1]);
        }
    }
    if (--threads == 0) {
        pthread_cond_signal(&fewer);
    }
    ct_locks_give(&lock);
    return NULL;
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
    if (rv == APR_SUCCESS && !have_it_watched()) {
        rv = APR_EAGAIN;
    }
    if (rv == APR_SUCCESS) {
        alarm->at = after < APR_INT64_MAX - now ? now + after
                    : APR_INT64_MAX;
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

/* Under lock. What then still rings ends with the process, as a task of the
 * pool that does not return. */
static void wait_for_threads(void)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PATIENCE;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        ++until.tv_sec;
    }
    while (threads > 0
           && pthread_cond_timedwait(&fewer, &lock, &until) == 0) {
    }
}

void ct_clock_stop(void)
{
    ct_locks_take(&lock);
    going = 0;
    if (threads > 0) {
        pthread_cond_signal(&changed);
        pthread_cond_signal(&unwatched);
        wait_for_threads();
    }
    ct_locks_give(&lock);
    while (drop_one()) {
    }
}
