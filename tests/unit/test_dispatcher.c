/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher: places in the queue and the order in which it is emptied. */
#include "support.h"

#include <stdlib.h>

#include "apr_atomic.h"

#include "call_order.h"
#include "support_calls.h"

static ct_dispatcher_t *bounded(journal_t *journal, apr_uint32_t queue_max)
{
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 1);
    ct_dispatcher_t *d;

    settings.queue_max = queue_max;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    memset(&settings, 0, sizeof(settings));      /* it has its own copy */
    return d;
}

static void making_fails_without_memory(void **state)
{
    ct_dispatcher_settings_t settings = settings_of(journal_make(*state), 1,
                                                    1);
    ct_dispatcher_t *d = (ct_dispatcher_t *)&settings;

    pools_refuse(1);
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_ENOMEM);
    assert_null(d);
}

typedef struct making_t {
    ct_dispatcher_settings_t settings;
    ct_dispatcher_t *d;
    apr_status_t rv;
} making_t;

static void *make_it(void *data)
{
    making_t *making = data;

    making->rv = ct_dispatcher_make(&making->d, &making->settings);
    return NULL;
}

/* One watches for places, the other for what is said: the first one is gone
 * before its memory is. */
static void making_fails_without_the_second_thread(void **state)
{
    ct_switches_t switches = { 0 };
    ct_name_limit_t limit = { .name = "x", .number = 1, .at_once = 1,
                              .places = { .count = 1, .owner = 1 } };
    making_t making = { settings_of(journal_make(*state), 1, 1), NULL, 0 };
    gate_t first = GATE_INIT, second = GATE_INIT, go = GATE_INIT;
    pthread_t maker;

    limit.places.table = calloc(1, sizeof(*limit.places.table));
    making.settings.name_limits.all = &limit;
    making.settings.name_limits.count = 1;
    making.settings.switches = &switches;
    threads_hold_next(&first, &go, 0);
    maker = own_thread(make_it, &making);
    assert_true(gate_reached(&first, 1));
    threads_hold_next(&second, &go, 1);
    gate_open(&go);
    pthread_join(maker, NULL);
    assert_true(gate_reached(&second, 1));
    assert_int_equal(making.rv, EAGAIN);
    assert_null(making.d);
    free(limit.places.table);
}

static void places_are_bounded(void **state)
{
    ct_dispatcher_t *d = bounded(journal_make(*state), 10);

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
    ct_dispatcher_t *d = bounded(journal, 1);
    deed_t deed = DEED("a");

    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    finish(d);
    assert_ended(journal, "a", CROSSTOWN_RAN);
}

/* Places count what waits; a task gives its place back when it is taken. */
static void running_tasks_hold_no_place(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded(journal, 2);
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
    ct_dispatcher_t *d = bounded(journal_make(*state), 7);
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
    rivals_t rivals = { bounded(journal_make(*state), PLACES), 0, 0, 0, 0 };
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

static void first_in_first_out(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded(journal, 100);
    gate_t leave = GATE_INIT;
    deed_t deeds[8];
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 8; ++i) {
        deeds[i].name[0] = (char)('a' + i);
    }
    keep_busy(d, *state, journal, deeds, &leave);
    assert_int_equal(push_plan(d, *state, journal, deeds + 1, "pp"),
                     APR_SUCCESS);
    assert_int_equal(push_plan(d, *state, journal, deeds + 3, "p"),
                     APR_SUCCESS);
    assert_int_equal(push_plan(d, *state, journal, deeds + 4, "pppp"),
                     APR_SUCCESS);
    gate_open(&leave);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "a b c d e f g h");
}

/* Take the next one by hand, and end it. */
static void take(ct_dispatcher_t *d, ct_batch_t *batch, apr_uint32_t index)
{
    ct_batch_t *finished, **next;
    ct_work_t work;

    apr_thread_mutex_lock(d->lock);
    next = ct_queue_next(d);
    assert_non_null(next);
    ct_queue_take(d, next, &work);
    assert_ptr_equal(work.batch, batch);
    assert_int_equal(work.index, index);
    assert_int_equal(work.end, CT_END_OPEN);
    assert_int_equal(d->running, 1);
    apr_atomic_set32(&batch->called, index + 1);
    finished = ct_call_over(d, &work);
    assert_int_equal(d->running, 0);
    apr_thread_mutex_unlock(d->lock);
    if (finished) {
        ct_batch_free(finished);
    }
}

/* A batch may come in parts; one that is not there in full is left alone
 * beyond its limit, and does not block those behind it. */
static void a_part_of_a_batch_is_taken_up_to_its_limit(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded(journal, 100);
    ct_batch_t *one, *two;
    deed_t deeds[5];

    memset(deeds, 0, sizeof(deeds));
    one = batch_of(*state, journal, deeds, "ppp");
    two = batch_of(*state, journal, deeds + 3, "pp");
    assert_int_equal(ct_dispatcher_reserve(d, 5), 5);
    one->limit = 2;
    two->limit = 2;
    ct_queue_append(d, one);
    ct_queue_append(d, two);
    assert_int_equal(d->available, 4);
    assert_int_equal(one->stands, CT_STANDS_QUEUED);
    take(d, one, 0);
    assert_int_equal(d->waiting, 4);
    assert_int_equal(one->stands, CT_STANDS_QUEUED);
    take(d, one, 1);
    assert_int_equal(one->stands, CT_STANDS_NOWHERE);
    take(d, two, 0);
    one->limit = 3;
    ct_queue_append(d, one);
    take(d, two, 1);
    take(d, one, 2);
    assert_int_equal(d->available, 0);
    assert_int_equal(d->waiting, 0);
    assert_null(d->first);
    assert_ptr_equal(d->end, &d->first);
    finish(d);
}

/* What was kept aside stands before all others, in its order, and what is
 * brought afterwards behind it. */
static void what_comes_back_is_first(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded(journal, 100);
    ct_batch_t *batches[4];
    deed_t deeds[4];
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 4; ++i) {
        batches[i] = batch_of(*state, journal, deeds + i, "p");
    }
    assert_int_equal(ct_dispatcher_reserve(d, 4), 4);
    ct_queue_put_first(d, NULL);
    assert_ptr_equal(d->end, &d->first);
    batches[1]->next = batches[2];
    ct_queue_put_first(d, batches[1]);
    ct_queue_append(d, batches[3]);
    ct_queue_put_first(d, batches[0]);
    assert_int_equal(d->available, 4);
    for (i = 0; i < 4; ++i) {
        take(d, batches[i], 0);
    }
    assert_ptr_equal(d->end, &d->first);
    finish(d);
}

/* Nobody else tells its end, and it does not begin to wait for its time. */
static void what_the_drain_has_is_nobody_elses(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded(journal, 1);
    deed_t deed = DEED("a");
    ct_batch_t *batch = batch_of(*state, journal, &deed, "p");
    ct_left_t left;
    ct_work_t work;

    batch->calls[0].task.delay = SUPPORT_HOUR;
    assert_int_equal(ct_dispatcher_reserve(d, 1), 1);
    ct_queue_append(d, batch);
    ct_queue_take(d, ct_queue_next(d), &work);
    assert_true(ct_call_leave(&work, &left));
    assert_ptr_equal(left.batch, batch);
    assert_int_equal(left.index, 0);
    assert_true(left.uncalled);
    assert_false(ct_call_leave(&work, &left));
    ct_call_run(d, &work, scratch_of(*state));
    assert_ptr_equal(work.batch, batch);
    assert_int_equal(d->later.heap.count, 0);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 0);
    assert_null(ct_call_over(d, &work));
    ct_call_release(d, batch, 1);
    finish(d);
}

static void an_unwanted_batch_is_ended(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded(journal, 100);
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    ct_dispatcher_end_batch(d, batch_of(*state, journal, deeds, "php"),
                            CROSSTOWN_REJECTED, scratch_of(*state));
    assert_ended(journal, "a", CROSSTOWN_REJECTED);
    assert_ended(journal, "b", CROSSTOWN_REJECTED);
    assert_ended(journal, "c", CROSSTOWN_REJECTED);
    assert_int_equal(journal_count(journal, NOTED_START, NULL), 0);
    finish(d);
}

static void its_pool_is_good_for_any_thread(void **state)
{
    ct_dispatcher_t *d = bounded(journal_make(*state), 1);
    apr_pool_t *pool = ct_dispatcher_pool(d);
    apr_allocator_t *allocator = apr_pool_allocator_get(pool);
    apr_pool_t *below;

    assert_non_null(apr_allocator_mutex_get(allocator));
    assert_ptr_equal(apr_allocator_owner_get(allocator), pool);
    assert_null(apr_pool_parent_get(pool));
    assert_int_equal(apr_pool_create(&below, pool), APR_SUCCESS);
    apr_pool_destroy(below);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(making_fails_without_the_second_thread),
        with_pool(making_fails_without_memory),
        with_pool(places_are_bounded),
        with_pool(one_place_is_enough),
        with_pool(running_tasks_hold_no_place),
        with_pool(places_are_bounded_for_many_threads),
        with_pool(who_wants_too_much_takes_nothing_from_others),
        with_pool(first_in_first_out),
        with_pool(a_part_of_a_batch_is_taken_up_to_its_limit),
        with_pool(what_comes_back_is_first),
        with_pool(what_the_drain_has_is_nobody_elses),
        with_pool(an_unwanted_batch_is_ended),
        with_pool(its_pool_is_good_for_any_thread),
    };

    return run_group("dispatcher", tests);
}
