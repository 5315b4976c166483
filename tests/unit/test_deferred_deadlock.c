/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: waiting that could never end is an error. */
#include "support_deferred.h"

#define PATIENCE apr_time_from_sec(SUPPORT_PATIENCE)
#define MOMENT 2000                      /* microseconds */

typedef struct question_t {
    crosstown_deferred_t *d;
    apr_interval_time_t timeout;
    apr_status_t rv;
} question_t;

static void ask(void *data)
{
    question_t *question = data;
    crosstown_result_t result;

    memset(&result, 0, sizeof(result));
    result.size = sizeof(result);
    question->rv = deferreds->wait(question->d, question->timeout, &result);
}

static void ask_in_link(crosstown_step_t *step, mark_t *mark)
{
    ask(mark->context);
}

static void a_link_cannot_wait_for_its_own(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    question_t question = { fresh(), PATIENCE, APR_SUCCESS };

    mark.act = ask_in_link;
    mark.context = &question;
    on_result(question.d, &mark);
    fire(question.d, "x");
    assert_int_equal(question.rv, APR_EDEADLK);
    assert_result(question.d, "x");
    deferreds->release(question.d);
}

/* Nor for the one that waits for its own. */
static void a_link_cannot_wait_for_who_waits_for_it(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), mark = MARK(&trail, "a");
    crosstown_deferred_t *inner = fresh();
    question_t question = { fired("outer"), PATIENCE, APR_SUCCESS };

    mark.act = ask_in_link;
    mark.context = &question;
    on_result(inner, &mark);
    wait.waits_for = inner;
    on_result(question.d, &wait);
    fire(inner, "inner");
    assert_int_equal(mark.calls, 1);
    assert_int_equal(question.rv, APR_EDEADLK);
    assert_result(question.d, "inner");
    deferreds->release(inner);
    deferreds->release(question.d);
}

static void a_link_may_wait_for_others(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    question_t question = { fired("other"), PATIENCE, APR_EGENERAL };
    crosstown_deferred_t *d = fired("x");

    mark.act = ask_in_link;
    mark.context = &question;
    on_result(d, &mark);
    assert_int_equal(question.rv, APR_SUCCESS);
    deferreds->release(question.d);
    question.d = fresh();
    question.timeout = MOMENT;
    on_result(d, &mark);
    assert_int_equal(question.rv, APR_TIMEUP);
    deferreds->release(question.d);
    deferreds->release(d);
}

static void the_pool_cannot_wait_for_the_pool(void **state)
{
    question_t question = { NULL, PATIENCE, APR_SUCCESS };
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");

    mark.gives = "done";
    question.d = deferreds->call(NULL, mark_link, &mark, NULL);
    assert_non_null(question.d);
    on_worker_thread(ask, &question);
    assert_int_equal(question.rv, APR_EDEADLK);
    question.timeout = MOMENT;
    ask(&question);
    assert_int_equal(question.rv, APR_TIMEUP);
    /* What is there may be read by all. */
    workers_run_one();
    on_worker_thread(ask, &question);
    assert_int_equal(question.rv, APR_SUCCESS);
    assert_result(question.d, "done");
    deferreds->release(question.d);
}

static void the_pool_may_wait_for_others(void **state)
{
    question_t question = { fresh(), MOMENT, APR_SUCCESS };

    on_worker_thread(ask, &question);
    assert_int_equal(question.rv, APR_TIMEUP);
    deferreds->release(question.d);
}

static void nor_for_what_waits_for_the_pool(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t wait = MARK(&trail, "wait"), mark = MARK(&trail, "a");
    crosstown_deferred_t *called = deferreds->call(NULL, mark_link, &mark,
                                                   NULL);
    question_t question = { fired("x"), PATIENCE, APR_SUCCESS };

    wait.waits_for = called;
    on_result(question.d, &wait);
    on_worker_thread(ask, &question);
    assert_int_equal(question.rv, APR_EDEADLK);
    workers_run_one();
    assert_result(question.d, NULL);
    deferreds->release(called);
    deferreds->release(question.d);
}

static void nor_for_a_gathering_from_the_pool(void **state)
{
    trail_t trail = TRAIL_INIT;
    mark_t mark = MARK(&trail, "a");
    crosstown_deferred_t *several[2] = {
        fired("x"), deferreds->call(NULL, mark_link, &mark, NULL)
    };
    question_t question = {
        deferreds->gather(several, 2, CROSSTOWN_GATHER_ALL), PATIENCE, 0
    };

    on_worker_thread(ask, &question);
    assert_int_equal(question.rv, APR_EDEADLK);
    workers_run_one();
    on_worker_thread(ask, &question);
    assert_int_equal(question.rv, APR_SUCCESS);
    deferreds->release(several[0]);
    deferreds->release(several[1]);
    deferreds->release(question.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(a_link_cannot_wait_for_its_own),
        with_deferreds(a_link_cannot_wait_for_who_waits_for_it),
        with_deferreds(a_link_may_wait_for_others),
        with_deferreds(the_pool_cannot_wait_for_the_pool),
        with_deferreds(the_pool_may_wait_for_others),
        with_deferreds(nor_for_what_waits_for_the_pool),
        with_deferreds(nor_for_a_gathering_from_the_pool),
    };

    return run_group("deferred: deadlock", tests);
}
