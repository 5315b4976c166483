/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: timeouts where links are slow, or threads, memory or the child go
 * away. */
#include "support_deferred.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#include "support_calls.h"

#define MOMENT 2000                      /* microseconds */

static int forward;                      /* atomic; seconds */

static void day_put_forward(int seconds)
{
    __atomic_store_n(&forward, seconds, __ATOMIC_SEQ_CST);
}

/* What others read of the time of day, too. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                         struct timespec *now)
{
    int rv = (int)syscall(SYS_clock_gettime, clock, now);

    if (clock == CLOCK_REALTIME) {
        now->tv_sec += __atomic_load_n(&forward, __ATOMIC_SEQ_CST);
    }
    return rv;
}

typedef struct place_t {
    pthread_t thread;
    int on_worker;
    sigset_t blocked;
} place_t;

static void note_place(crosstown_step_t *step, mark_t *mark)
{
    place_t *place = mark->context;

    place->thread = pthread_self();
    place->on_worker = on_worker();
    pthread_sigmask(SIG_SETMASK, NULL, &place->blocked);
}

static place_t place_of_errbacks(void)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    place_t place = { .thread = pthread_self(), .on_worker = -1 };
    crosstown_deferred_t *d = fresh();

    mark.act = note_place;
    mark.context = &place;
    on_failure(d, &mark);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_SUCCESS);
    deferreds->release(d);
    return place;
}

static void errbacks_run_on_the_clock(void **state)
{
    place_t place = place_of_errbacks();

    assert_int_equal(place.on_worker, 0);
    assert_false(pthread_equal(place.thread, pthread_self()));
    assert_int_equal(workers_held(), 0);
}

/* No signal for the process, but those of its own faults. */
static void the_clock_can_crash_and_nothing_else(void **state)
{
    place_t place = place_of_errbacks();

    assert_false(pthread_equal(place.thread, pthread_self()));
    assert_true(sigismember(&place.blocked, SIGTERM));
    assert_true(sigismember(&place.blocked, SIGALRM));
    assert_false(sigismember(&place.blocked, SIGSEGV));
    assert_false(sigismember(&place.blocked, SIGABRT));
}

/* Timed out, and then at it for as long as the test likes. */
typedef struct slow_t {
    crosstown_deferred_t *d;
    gate_t entered;
    gate_t leave;
} slow_t;

static apr_status_t be_slow(crosstown_step_t *step, void *data)
{
    slow_t *slow = data;

    gate_open(&slow->entered);
    gate_pass(&slow->leave);
    return APR_SUCCESS;
}

static void slow_start(slow_t *slow)
{
    const slow_t new = { fresh(), GATE_INIT, GATE_INIT };

    *slow = new;
    assert_int_equal(deferreds->add(slow->d, NULL, NULL, be_slow, slow),
                     APR_SUCCESS);
    assert_int_equal(deferreds->timeout(slow->d, MOMENT), APR_SUCCESS);
    assert_true(gate_reached(&slow->entered, 1));
}

static void slow_end(slow_t *slow)
{
    gate_open(&slow->leave);
    assert_int_equal(wait_for_end(slow->d, NULL), APR_SUCCESS);
    deferreds->release(slow->d);
}

static void slow_ones_delay_no_other(void **state)
{
    slow_t slow[CT_CLOCK_THREADS - 1];
    crosstown_deferred_t *d = fresh();
    int round, i;

    /* Threads that came to an end in between, or not, make no difference. */
    for (round = 0; round < 2; ++round) {
        for (i = 0; i < CT_CLOCK_THREADS - 1; ++i) {
            slow_start(&slow[i]);
        }
        for (i = 0; i < CT_CLOCK_THREADS - 1; ++i) {
            slow_end(&slow[i]);
        }
    }
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    deferreds->release(d);
}

/* Set while one rings and nobody watches, and the other way round. */
static void those_set_meanwhile_are_in_time(void **state)
{
    crosstown_deferred_t *before = fresh(), *meanwhile = fresh();
    slow_t slow;

    assert_int_equal(deferreds->timeout(before, 20 * MOMENT), APR_SUCCESS);
    slow_start(&slow);
    assert_int_equal(deferreds->timeout(meanwhile, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(meanwhile, NULL), APR_TIMEUP);
    assert_int_equal(wait_for_end(before, NULL), APR_TIMEUP);
    slow_end(&slow);
    deferreds->release(before);
    deferreds->release(meanwhile);
}

/* With a thread more than there may be, or one that cannot be had, it waits
 * until one is through. */
static void more_than_that_come_later(void **state)
{
    slow_t slow[CT_CLOCK_THREADS];
    crosstown_deferred_t *d = fresh();
    int made = threads_made();
    int i;

    for (i = 0; i < CT_CLOCK_THREADS; ++i) {
        slow_start(&slow[i]);
    }
    assert_int_equal(threads_made() - made, CT_CLOCK_THREADS);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(threads_made() - made, CT_CLOCK_THREADS);
    assert_pending(d);
    slow_end(&slow[0]);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    for (i = 1; i < CT_CLOCK_THREADS; ++i) {
        slow_end(&slow[i]);
    }
    deferreds->release(d);
}

static void without_a_second_thread_it_waits_for_the_first(void **state)
{
    crosstown_deferred_t *d = fresh();
    slow_t slow;

    slow_start(&slow);
    threads_refuse(1);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    threads_refuse(0);
    assert_pending(d);
    slow_end(&slow);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    deferreds->release(d);
}

static void the_child_is_told_what_it_has_to_stop(void **state)
{
    crosstown_deferred_t *d = fresh();
    char id[CROSSTOWN_STASH_ID_SIZE];
    int uses = child_uses();

    assert_int_equal(deferreds->timeout(d, SUPPORT_HOUR), APR_SUCCESS);
    assert_int_equal(child_uses(), uses + 1);
    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    assert_int_equal(child_uses(), uses + 2);
    fire(d, "x");
    assert_result(d, "x");
    assert_int_equal(child_uses(), uses + 2);
    child_stop();
    assert_int_equal(deferreds->timeout(d, SUPPORT_HOUR), APR_EOF);
    assert_int_equal(deferreds->stash(d, id), APR_SUCCESS);
    assert_int_equal(child_uses(), uses + 2);
    assert_int_equal(deferreds->retrieve(id, &d), APR_SUCCESS);
    deferreds->release(d);
    deferreds->release(d);
}

static void *stop(void *gate)
{
    child_stop();
    gate_open(gate);
    return NULL;
}

/* A stop waits a moment for what rings, by a clock that nobody sets: the time
 * of day is put forward by an hour meanwhile. */
static void a_stop_does_not_wait_for_ever(void **state)
{
    gate_t stopped = GATE_INIT;
    crosstown_deferred_t *d = fresh();
    pthread_t thread;
    slow_t slow;
    int in_time;

    slow_start(&slow);
    day_put_forward(3600);
    thread = own_thread(stop, &stopped);
    in_time = gate_reached(&stopped, 1);
    gate_open(&slow.leave);
    pthread_join(thread, NULL);
    day_put_forward(0);
    assert_true(in_time);
    /* A new clock has nothing of the old one. */
    child_start();
    slow_end(&slow);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_TIMEUP);
    deferreds->release(d);
}

static void nothing_is_kept_once_it_is_done(void **state)
{
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fresh();

    watch_memory(d, &gone);
    assert_int_equal(deferreds->timeout(d, SUPPORT_HOUR), APR_SUCCESS);
    fire(d, "x");
    deferreds->release(d);
    assert_int_equal(gone.opened, 1);
}

static void a_stop_lets_go_of_all(void **state)
{
    gate_t gone = GATE_INIT;
    crosstown_deferred_t *d = fresh(), *e = fresh();

    watch_memory(d, &gone);
    assert_int_equal(deferreds->timeout(d, SUPPORT_HOUR), APR_SUCCESS);
    assert_int_equal(deferreds->timeout(e, SUPPORT_HOUR), APR_SUCCESS);
    deferreds->release(d);
    assert_int_equal(gone.opened, 0);
    child_stop();
    assert_int_equal(gone.opened, 1);
    assert_int_equal(deferreds->timeout(e, MOMENT), APR_EOF);
    fire(e, "x");
    assert_result(e, "x");
    deferreds->release(e);
}

static void odd_times_are_refused(void **state)
{
    crosstown_deferred_t *d = fresh();

    assert_int_equal(deferreds->timeout(d, 0), APR_EINVAL);
    assert_int_equal(deferreds->timeout(d, -MOMENT), APR_EINVAL);
    fire(d, "x");
    assert_result(d, "x");
    deferreds->release(d);
}

static void without_a_thread_there_is_no_timeout(void **state)
{
    crosstown_deferred_t *d = fresh();

    threads_refuse(1);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_EAGAIN);
    threads_refuse(0);
    fire(d, "x");
    assert_result(d, "x");
    deferreds->release(d);
}

#ifdef HEAP_CAN_BE_EMPTY
static void without_memory_there_is_no_timeout(void **state)
{
    crosstown_deferred_t *d = fresh();
    apr_status_t rv;

    heap_empty(1);
    rv = deferreds->timeout(d, MOMENT);
    heap_empty(0);
    assert_int_equal(rv, APR_ENOMEM);
    fire(d, "x");
    assert_result(d, "x");
    deferreds->release(d);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(errbacks_run_on_the_clock),
        with_deferreds(the_clock_can_crash_and_nothing_else),
        with_deferreds(slow_ones_delay_no_other),
        with_deferreds(those_set_meanwhile_are_in_time),
        with_deferreds(more_than_that_come_later),
        with_deferreds(without_a_second_thread_it_waits_for_the_first),
        with_deferreds(the_child_is_told_what_it_has_to_stop),
        with_deferreds(a_stop_does_not_wait_for_ever),
        with_deferreds(nothing_is_kept_once_it_is_done),
        with_deferreds(a_stop_lets_go_of_all),
        with_deferreds(odd_times_are_refused),
        with_deferreds(without_a_thread_there_is_no_timeout),
#ifdef HEAP_CAN_BE_EMPTY
        with_deferreds(without_memory_there_is_no_timeout),
#endif
    };

    return run_group("deferred: timeout trouble", tests);
}
