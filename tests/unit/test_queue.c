/* SPDX-License-Identifier: Apache-2.0 */
/* queue: the order in which it is emptied, task by task, also of batches that
 * come in parts, come back, or are the drain's by then. */
#include "support.h"

#include "apr_atomic.h"

#include "call_order.h"

static void first_in_first_out(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = bounded_dispatcher(journal, 100);
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
    ct_dispatcher_t *d = bounded_dispatcher(journal, 100);
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
    ct_dispatcher_t *d = bounded_dispatcher(journal, 100);
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
    ct_dispatcher_t *d = bounded_dispatcher(journal, 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(first_in_first_out),
        with_pool(a_part_of_a_batch_is_taken_up_to_its_limit),
        with_pool(what_comes_back_is_first),
        with_pool(what_the_drain_has_is_nobody_elses),
    };

    return run_group("queue", tests);
}
