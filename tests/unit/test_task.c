/* SPDX-License-Identifier: Apache-2.0 */
/* task: what a consumer sees of it, and who is told its end, in what order. */
#include "support.h"

#include "task.h"

typedef struct told_t {
    int order;
    int over_at;
    int end_at;
    const crosstown_task_t *over_task;
    const crosstown_task_t *end_task;
    crosstown_outcome_e over_outcome;
    crosstown_outcome_e end_outcome;
    apr_status_t over_result;
    apr_status_t end_result;
    struct server_rec *server;
} told_t;

static void tell_over(const crosstown_task_t *task,
                      crosstown_outcome_e outcome, apr_status_t result,
                      void *data)
{
    told_t *told = data;

    told->over_at = ++told->order;
    told->over_task = task;
    told->over_outcome = outcome;
    told->over_result = result;
}

static void tell_end(void *context, struct server_rec *server,
                     const crosstown_task_t *task,
                     crosstown_outcome_e outcome, apr_status_t result)
{
    told_t *told = context;

    told->end_at = ++told->order;
    told->end_task = task;
    told->end_outcome = outcome;
    told->end_result = result;
    told->server = server;
}

static ct_task_t task_of(told_t *told)
{
    ct_task_t task;

    memset(&task, 0, sizeof(task));
    task.over = tell_over;
    task.data = told;
    task.name = "letter";
    task.server = (struct server_rec *)told;
    task.recorded = 1234567890123456;
    return task;
}

static void a_view_shows_the_task(void **state)
{
    static const crosstown_response_t response;
    ct_task_view_t view;
    told_t told;
    ct_task_t task = task_of(&told);

    memset(&view, 0xff, sizeof(view));
    ct_task_view(&view, &task, &response, *state);
    assert_int_equal(view.task.size, sizeof(crosstown_task_t));
    assert_ptr_equal(view.task.name, task.name);
    assert_ptr_equal(view.task.response, &response);
    assert_ptr_equal(view.task.pool, *state);
    assert_int_equal(view.task.recorded, 1234567890123456);
    ct_task_view(&view, &task, NULL, *state);
    assert_int_equal(view.task.attempt, 1);
    assert_null(view.task.response);
}

static void over_is_told_before_the_report(void **state)
{
    told_t told;
    ct_task_t task = task_of(&told);
    ct_report_t report = { .end = tell_end, .context = &told };
    ct_task_view_t view;

    memset(&told, 0, sizeof(told));
    ct_task_view(&view, &task, NULL, *state);
    ct_task_end(&task, &view, CROSSTOWN_RAN, APR_EGENERAL, &report);
    assert_int_equal(told.over_at, 1);
    assert_int_equal(told.end_at, 2);
    assert_ptr_equal(told.over_task, &view.task);
    assert_ptr_equal(told.end_task, &view.task);
    assert_int_equal(told.over_outcome, CROSSTOWN_RAN);
    assert_int_equal(told.end_outcome, CROSSTOWN_RAN);
    assert_int_equal(told.over_result, APR_EGENERAL);
    assert_int_equal(told.end_result, APR_EGENERAL);
    assert_ptr_equal(told.server, &told);
}

static void every_outcome_is_passed_on(void **state)
{
    told_t told;
    ct_task_t task = task_of(&told);
    ct_report_t report = { .end = tell_end, .context = &told };
    ct_task_view_t view;
    int outcome;

    memset(&told, 0, sizeof(told));
    ct_task_view(&view, &task, NULL, *state);
    for (outcome = CROSSTOWN_RAN; outcome <= CROSSTOWN_STOPPED; ++outcome) {
        ct_task_end(&task, &view, outcome, APR_SUCCESS, &report);
        assert_int_equal(told.over_outcome, outcome);
        assert_int_equal(told.end_outcome, outcome);
        assert_int_equal(told.order, 2 * (outcome + 1));
    }
}

static void a_task_without_over_is_reported(void **state)
{
    told_t told;
    ct_task_t task = task_of(&told);
    ct_report_t report = { .end = tell_end, .context = &told };
    ct_task_view_t view;

    memset(&told, 0, sizeof(told));
    task.over = NULL;
    ct_task_view(&view, &task, NULL, *state);
    ct_task_end(&task, &view, CROSSTOWN_CANCELLED, APR_SUCCESS, &report);
    assert_int_equal(told.over_at, 0);
    assert_int_equal(told.end_at, 1);
    assert_int_equal(told.end_outcome, CROSSTOWN_CANCELLED);
}

static void words_are_kept_with_the_view(void **state)
{
    told_t told;
    ct_task_t task = task_of(&told);
    ct_task_view_t view;
    crosstown_task_t copy;
    char words[] = "the first";

    ct_task_view(&view, &task, NULL, *state);
    assert_null(view.words);
    ct_task_say(&view.task, words);
    words[0] = 'T';
    assert_string_equal(view.words, "the first");
    copy = view.task;
    ct_task_say(&copy, "the last");
    assert_string_equal(view.words, "the last");
    ct_task_view(&view, &task, NULL, *state);
    assert_null(view.words);
}

/* Who runs a task inside one of his own shows a copy with a pool that is gone
 * before the report. */
static void words_outlive_the_pool_of_a_copy(void **state)
{
    told_t told;
    ct_task_t task = task_of(&told);
    ct_task_view_t view;
    crosstown_task_t copy;
    char *other;

    ct_task_view(&view, &task, NULL, *state);
    copy = view.task;
    apr_pool_create(&copy.pool, *state);
    ct_task_say(&copy, "not yet");
    apr_pool_clear(copy.pool);
    other = apr_palloc(copy.pool, 64);
    memset(other, 'x', 64);
    assert_string_equal(view.words, "not yet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(words_are_kept_with_the_view),
        with_pool(words_outlive_the_pool_of_a_copy),
        with_pool(a_view_shows_the_task),
        with_pool(over_is_told_before_the_report),
        with_pool(every_outcome_is_passed_on),
        with_pool(a_task_without_over_is_reported),
    };

    return run_group("task", tests);
}
