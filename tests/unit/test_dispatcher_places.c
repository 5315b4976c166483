/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher: places in the queue: never more than there are, whoever asks for
 * how many, and each one back when its task is taken. */
#include "support.h"

#include "support_calls.h"

static void places_are_bounded(void **state)
{
    ct_dispatcher_t *d = bounded_dispatcher(journal_make(*state), 10);

    assert_int_equal(ct_dispatcher_reserve(d, 0), 0);
    assert_int_equal(ct_dispatcher_reserve(d, 4), 4);
    assert_int_equal(ct_dispatcher_reserve(d, 7), 6);
    assert_int_equal(ct_dispatcher_reserve(d, 1), 0);
    ct_dispatcher_release(d, 1);
    assert_int_equal(ct_dispatcher_reserve(d, 5), 1);
    ct_dispatcher_release(d, 10);
    assert_int_equal(ct_dispatcher_reserve(d, 10), 10);
    ct_dispatcher_release(d, 10);
    assert_int_equal(ct_dispatcher_reserve(d, 0xffffffffU), 10);
    ct_dispatcher_release(d, 10);
    finish(d);
}

static void one_place_is_enough(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded_dispatcher(journal, 1);
    deed_t deed = DEED("a");

    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    finish(d);
    assert_ended(journal, "a", CROSSTOWN_RAN);
}

/* Places count what waits; a task gives its place back when it is taken. */
static void running_tasks_hold_no_place(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded_dispatcher(journal, 2);
    gate_t leave = GATE_INIT;
    deed_t deeds[3] = { DEED("a"), DEED("b"), DEED("c") };

    keep_busy(d, *state, journal, deeds, &leave);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "pp"),
                     APR_SUCCESS);
    assert_int_equal(ct_dispatcher_reserve(d, 1), 0);
    gate_open(&leave);
    assert_true(journal_reached(journal, NOTED_END, 3));
    assert_int_equal(ct_dispatcher_reserve(d, 5), 2);
    ct_dispatcher_release(d, 2);
    finish(d);
}

#define GRABBERS 4
#define GRABS 5000

typedef struct grab_t {
    ct_dispatcher_t *d;
    int *held;
    int *too_many;
} grab_t;

static void *grab(void *data)
{
    grab_t *grab = data;
    int i;

    for (i = 0; i < GRABS; ++i) {
        int got = (int)ct_dispatcher_reserve(grab->d, 1 + i % 5);

        if (__atomic_add_fetch(grab->held, got, __ATOMIC_SEQ_CST) > 7) {
            __atomic_add_fetch(grab->too_many, 1, __ATOMIC_SEQ_CST);
        }
        __atomic_sub_fetch(grab->held, got, __ATOMIC_SEQ_CST);
        ct_dispatcher_release(grab->d, got);
    }
    return NULL;
}

static void places_are_bounded_for_many_threads(void **state)
{
    ct_dispatcher_t *d = bounded_dispatcher(journal_make(*state), 7);
    int held = 0, too_many = 0;
    grab_t what = { d, &held, &too_many };
    pthread_t threads[GRABBERS];
    int i;

    for (i = 0; i < GRABBERS; ++i) {
        threads[i] = own_thread(grab, &what);
    }
    for (i = 0; i < GRABBERS; ++i) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(too_many, 0);
    finish(d);
}

/* A request with more tasks than there are places takes all that are free, and
 * not for a moment more: of two who give five back and want one of ten, and
 * want a thousand, the first goes without only if the second has all. Both
 * stay awake, or they would not meet: where they have no processor each, a
 * turn lasts as long as the system lets one of them have it, and there are
 * fewer. */
#define PLACES 10
#define TURNS 200000
#define LONGEST apr_time_from_sec(5)

typedef struct rivals_t {
    ct_dispatcher_t *d;
    atomic_int turn;                     /* both begin the turn together */
    atomic_int over;                     /* there is no further one */
    atomic_int done;
    int got;                             /* by the greedy one in this turn */
} rivals_t;

static void *want_too_much(void *data)
{
    rivals_t *rivals = data;
    int turn;

    for (turn = 1;; ++turn) {
        while (atomic_load(&rivals->turn) < turn) {
            if (atomic_load(&rivals->over)) {
                return NULL;
            }
        }
        rivals->got = (int)ct_dispatcher_reserve(rivals->d, 1000);
        atomic_store(&rivals->done, turn);
    }
}

static void who_wants_too_much_takes_nothing_from_others(void **state)
{
    rivals_t rivals = { .d = bounded_dispatcher(journal_make(*state),
                                                PLACES) };
    pthread_t greedy = own_thread(want_too_much, &rivals);
    apr_time_t enough = apr_time_now() + LONGEST;
    int turn, wrong = 0;

    for (turn = 1; turn <= TURNS && apr_time_now() < enough; ++turn) {
        int got;

        assert_int_equal(ct_dispatcher_reserve(rivals.d, 5), 5);
        atomic_store(&rivals.turn, turn);
        ct_dispatcher_release(rivals.d, 5);
        got = (int)ct_dispatcher_reserve(rivals.d, 1);
        while (atomic_load(&rivals.done) < turn) {
            continue;
        }
        wrong += got == 0 && rivals.got < PLACES;
        ct_dispatcher_release(rivals.d, got + rivals.got);
    }
    atomic_store(&rivals.over, 1);
    pthread_join(greedy, NULL);
    assert_int_equal(wrong, 0);
    finish(rivals.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(places_are_bounded),
        with_pool(one_place_is_enough),
        with_pool(running_tasks_hold_no_place),
        with_pool(places_are_bounded_for_many_threads),
        with_pool(who_wants_too_much_takes_nothing_from_others),
    };

    return run_group("dispatcher: places", tests);
}
