/* SPDX-License-Identifier: Apache-2.0 */
/* oldest: since when tasks of a name wait, wherever they do: in the queue, in
 * the inbox, aside for a limit, for their time. */
#include "support_again.h"

#include "workers.h"

/* What a dispatcher of a test has told. */
static struct {
    pthread_mutex_t lock;
    ct_oldest_t last;
    int count;
} told = { PTHREAD_MUTEX_INITIALIZER, { { 0 }, { 0 } }, 0 };

static void tell(const ct_oldest_t *oldest)
{
    pthread_mutex_lock(&told.lock);
    told.last = *oldest;
    ++told.count;
    pthread_mutex_unlock(&told.lock);
}

/* Wait until something is, or nothing is, told to wait. @return 0: not */
static int told_reached(int waits)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);
    int reached;

    do {
        apr_sleep(1000);
        pthread_mutex_lock(&told.lock);
        reached = told.count > 0 && (told.last.waiting[0] != 0) == waits;
        pthread_mutex_unlock(&told.lock);
    } while (!reached && apr_time_now() < until);
    return reached;
}

static ct_dispatcher_t *telling(journal_t *journal)
{
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 1);
    ct_dispatcher_t *d;

    settings.oldest = tell;
    assert_int_equal(ct_clock_start(), APR_SUCCESS);
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    return d;
}

/* A batch with this label, recorded then. */
static void push_aged(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
                      deed_t *deed, unsigned short label, apr_time_t recorded)
{
    ct_batch_t *batch = reserved_batch(d, p, journal, deed, "p");

    batch->calls[0].label = label;
    batch->calls[0].task.recorded = recorded;
    assert_int_equal(ct_dispatcher_push(d, batch), APR_SUCCESS);
}

static void the_oldest_of_each_name(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy"), deeds[4] = { DEED("a"), DEED("b"), DEED("c"),
                                             DEED("d") };
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    apr_time_t now = apr_time_now();
    ct_oldest_t oldest;

    assert_false(ct_oldest_look(d, &oldest));
    assert_int_equal(oldest.waiting[0], 0);
    keep_busy(d, *state, journal, &busy, &leave);
    assert_false(ct_oldest_look(d, &oldest));
    push_aged(d, *state, journal, &deeds[0], 1, now - 100);
    push_aged(d, *state, journal, &deeds[1], 2, now - 300);
    assert_true(ct_oldest_look(d, &oldest));
    push_aged(d, *state, journal, &deeds[2], 1, now - 200);
    push_aged(d, *state, journal, &deeds[3], 2, now - 250);
    assert_true(ct_oldest_look(d, &oldest));
    assert_int_equal(oldest.waiting[0], 0);
    assert_int_equal(oldest.waiting[1], now - 200);
    assert_int_equal(oldest.waiting[2], now - 300);
    assert_int_equal(oldest.retrying[1], 0);
    gate_open(&leave);
    assert_true(journal_reached(journal, NOTED_END, 5));
    assert_false(ct_oldest_look(d, &oldest));
    finish(d);
}

/* What waits for its time is not late; one that is tried again is old all the
 * same. */
static void the_time_has_not_come(void **state)
{
    again_t again = AGAIN(2, SUPPORT_HOUR);
    deed_t deeds[2] = { DEED("delayed"), deed_of("again", &again) };
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    apr_time_t now = apr_time_now();
    ct_drained_t drained;
    ct_oldest_t oldest;

    push_delayed(d, *state, journal, &deeds[0], "p", 0, SUPPORT_HOUR);
    push_aged(d, *state, journal, &deeds[1], 3, now - 100);
    assert_true(later_reached(d, 2));
    assert_true(ct_oldest_look(d, &oldest));
    assert_int_equal(oldest.waiting[0], 0);
    assert_int_equal(oldest.waiting[3], 0);
    assert_int_equal(oldest.retrying[0], 0);
    assert_int_equal(oldest.retrying[3], now - 100);
    ct_dispatcher_drain(d, 0, &drained);
    assert_int_equal(drained.stopped, 2);
    ct_dispatcher_destroy(d);
}

/* One that is due and finds nobody waits since then. */
static void an_attempt_is_due(void **state)
{
    gate_t leave = GATE_INIT, leave_next = GATE_INIT;
    again_t again = AGAIN(2, 1000);
    deed_t busy = DEED("busy"), next = DEED("next");
    deed_t deed = deed_of("again", &again);
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    apr_time_t now = apr_time_now();
    ct_oldest_t oldest;

    keep_busy(d, *state, journal, &busy, &leave);
    push_aged(d, *state, journal, &deed, 4, now - 100);
    next.leave = &leave_next;
    push_plan(d, *state, journal, &next, "p");
    gate_open(&leave);
    assert_true(journal_reached(journal, NOTED_START, 3));
    do {
        apr_sleep(1000);
        assert_true(ct_oldest_look(d, &oldest));
    } while (oldest.waiting[4] == 0);
    assert_in_range(oldest.waiting[4], now, apr_time_now());
    assert_int_equal(oldest.retrying[4], now - 100);
    gate_open(&leave_next);
    assert_true(journal_reached(journal, NOTED_END, 3));
    finish(d);
}

static void those_kept_for_a_limit(void **state)
{
    gate_t leave = GATE_INIT;
    ct_name_limit_t limit = { .name = "x", .number = 1, .at_once = 1 };
    journal_t *journal = journal_make(*state);
    ct_dispatcher_settings_t settings = settings_of(journal, 2, 2);
    deed_t deeds[2] = { DEED("x"), DEED("x") };
    apr_time_t now = apr_time_now();
    ct_dispatcher_t *d;
    ct_oldest_t oldest;
    int i;

    settings.name_limits.all = &limit;
    settings.name_limits.count = 1;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    for (i = 0; i < 2; ++i) {
        ct_batch_t *batch = reserved_batch(d, *state, journal, &deeds[i], "p");

        deeds[i].leave = &leave;
        batch->calls[0].name_limit = 1;
        batch->calls[0].task.recorded = now - 100 - i;
        assert_true(ct_name_limit_enter(&limit));
        assert_int_equal(ct_dispatcher_push(d, batch), APR_SUCCESS);
        assert_true(journal_reached(journal, NOTED_START, 1));
    }
    assert_true(ct_oldest_look(d, &oldest));
    assert_int_equal(oldest.waiting[0], now - 101);
    gate_open(&leave);
    gate_open(&leave);
    assert_true(journal_reached(journal, NOTED_END, 2));
    finish(d);
}

/* By itself while something waits, and once more when nothing does. */
static void it_is_told(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy"), deed = DEED("a");
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = telling(journal);

    keep_busy(d, *state, journal, &busy, &leave);
    push_aged(d, *state, journal, &deed, 0, 17);
    assert_true(told_reached(1));
    assert_int_equal(told.last.waiting[0], 17);
    gate_open(&leave);
    assert_true(told_reached(0));
    finish(d);
    ct_clock_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(the_oldest_of_each_name),
        with_pool(the_time_has_not_come),
        with_pool(an_attempt_is_due),
        with_pool(those_kept_for_a_limit),
        with_pool(it_is_told),
    };

    return run_group("oldest", tests);
}
