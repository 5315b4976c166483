/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: timeouts where the pool, threads, memory or the child go away. */
#include "support_deferred.h"

#include "support_calls.h"

#define MOMENT 2000                      /* microseconds */

typedef struct place_t {
    pthread_t thread;
    int on_crew;
    sigset_t blocked;
} place_t;

static void note_place(crosstown_step_t *step, mark_t *mark)
{
    place_t *place = mark->context;

    place->thread = pthread_self();
    place->on_crew = on_crew();
    pthread_sigmask(SIG_SETMASK, NULL, &place->blocked);
}

static place_t place_of_errbacks(void)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    place_t place = { .thread = pthread_self(), .on_crew = -1 };
    crosstown_deferred_t *d = fresh();

    mark.act = note_place;
    mark.context = &place;
    on_failure(d, &mark);
    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_int_equal(wait_for_end(d, NULL), APR_SUCCESS);
    deferreds->release(d);
    return place;
}

static void errbacks_run_on_the_pool_or_on_the_clock(void **state)
{
    place_t place;

    crew_set(CREW_RUNS);
    place = place_of_errbacks();
    assert_int_equal(place.on_crew, 1);
    crew_refuse_with(APR_EAGAIN);
    place = place_of_errbacks();
    assert_int_equal(place.on_crew, 0);
    assert_false(pthread_equal(place.thread, pthread_self()));
}

/* No signal for the process, but those of its own faults. */
static void the_clock_can_crash_and_nothing_else(void **state)
{
    place_t place;

    crew_refuse_with(APR_EAGAIN);
    place = place_of_errbacks();
    assert_false(pthread_equal(place.thread, pthread_self()));
    assert_true(sigismember(&place.blocked, SIGTERM));
    assert_true(sigismember(&place.blocked, SIGALRM));
    assert_false(sigismember(&place.blocked, SIGSEGV));
    assert_false(sigismember(&place.blocked, SIGABRT));
}

/* The pool has taken it, and then does not run it. */
static void a_stopping_pool_does_not_forget_it(void **state)
{
    crosstown_deferred_t *d = fresh();

    assert_int_equal(deferreds->timeout(d, MOMENT), APR_SUCCESS);
    assert_true(crew_reached_work());
    assert_pending(d);
    crew_end_one(CROSSTOWN_STOPPED);
    assert_failed(d, APR_TIMEUP, NULL);
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
        with_deferreds(errbacks_run_on_the_pool_or_on_the_clock),
        with_deferreds(the_clock_can_crash_and_nothing_else),
        with_deferreds(a_stopping_pool_does_not_forget_it),
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
