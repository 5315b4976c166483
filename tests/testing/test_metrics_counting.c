/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of a task on its way, and what is read of that. */
#include "support.h"

#include <pthread.h>
#include <time.h>

#include "accounting.h"
#include "active_tasks.h"
#include "snapshot.h"

static crosstown_response_t response;
static apr_time_t now_is;            /* 0: the system's time */

apr_time_t apr_time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now_is ? now_is : apr_time_from_sec(now.tv_sec)
                             + now.tv_nsec / 1000;
}

static crosstown_task_t task_of(const char *name)
{
    crosstown_task_t task;

    memset(&task, 0, sizeof(task));
    task.size = sizeof(task);
    task.name = name;
    task.recorded = 1000;
    return task;
}

static void submit(const char *name)
{
    ct_accounting_recorded(ct_name_ids_find(name));
    ct_accounting_queued(ct_name_ids_find(name), 1);
}

static void begin(const char *name, int queued)
{
    crosstown_task_t task = task_of(name);

    ct_accounting_begun(&task, NULL, ct_name_ids_find(name), 0, queued);
}

static apr_interval_time_t end(const char *name, crosstown_outcome_e outcome,
                               apr_status_t result, int queued)
{
    crosstown_task_t task = task_of(name);

    return ct_accounting_ended(&task, outcome, result, queued);
}

static void run(const char *name, apr_status_t result)
{
    ct_accounting_recorded(ct_name_ids_find(name));
    begin(name, 0);
    end(name, CROSSTOWN_RAN, result, 0);
    ct_accounting_pause();
}

static ct_snapshot_t *snapshot(void)
{
    return ct_snapshot_read(crosstown_test_pool());
}

static int setup(void **state)
{
    now_is = 0;
    memset(&response, 0, sizeof(response));
    memset(ct_active_tasks_mine(), 0, sizeof(ct_active_t));
    return record_setup(state);
}

#define counting(test) \
    cmocka_unit_test_setup_teardown(test, setup, end_teardown)

static void each_end_is_counted(void **state)
{
    ct_numbers_t numbers;
    ct_snapshot_t now;
    int i;

    for (i = 0; i < 15; ++i) {
        submit("a");
    }
    end("a", CROSSTOWN_NO_GO, APR_SUCCESS, 0);
    ct_accounting_queued(ct_name_ids_find("a"), -1);
    for (i = 0; i < 2; ++i) {
        end("a", CROSSTOWN_CANCELLED, APR_SUCCESS, 1);
    }
    for (i = 0; i < 3; ++i) {
        end("a", CROSSTOWN_REJECTED, APR_SUCCESS, 1);
    }
    for (i = 0; i < 4; ++i) {
        end("a", CROSSTOWN_STOPPED, APR_SUCCESS, 1);
    }
    begin("a", 1);
    end("a", CROSSTOWN_RAN, APR_EGENERAL, 1);
    begin("a", 1);
    run("b", APR_SUCCESS);
    submit("a");
    ct_accounting_queued(ct_name_ids_find("a"), -1);
    ct_accounting_refused(ct_name_ids_find("a"));

    ct_snapshot_read_total(&numbers);
    assert_int_equal(numbers.recorded, 16);
    assert_int_equal(numbers.ran, 2);
    assert_int_equal(numbers.failed, 1);
    assert_int_equal(numbers.no_go, 1);
    assert_int_equal(numbers.cancelled, 2);
    assert_int_equal(numbers.rejected, 3);
    assert_int_equal(numbers.stopped, 4);
    assert_int_equal(numbers.lost, 0);
    assert_int_equal(numbers.open, 4);
    assert_int_equal(numbers.waiting, 3);
    assert_int_equal(numbers.running, 1);
    assert_int_equal(numbers.wait.count, 3);
    assert_int_equal(numbers.run.count, 2);
    ct_snapshot_read_now(&now);
    assert_memory_equal(&now.total, &numbers, sizeof(numbers));
    assert_int_equal(now.waiting.now, 3);
    assert_int_equal(now.running.now, 1);
    assert_int_equal(now.children, 1);
    assert_int_equal(now.name_count, 0);
    assert_memory_equal(&snapshot()->total, &numbers, sizeof(numbers));
    assert_int_equal(snapshot()->names[0].numbers.open, 4);
    end("a", CROSSTOWN_RAN, APR_SUCCESS, 1);
}

static void times_are_those_of_the_clock(void **state)
{
    ct_snapshot_t *now;

    now_is = 1000 + 30;              /* a task is recorded at 1000 */
    ct_accounting_recorded(ct_name_ids_find("a"));
    begin("a", 0);
    now_is += 700;
    assert_int_equal(end("a", CROSSTOWN_RAN, APR_SUCCESS, 0), 700);
    now_is += 50;                    /* the next one begins where it ended */
    ct_accounting_recorded(ct_name_ids_find("a"));
    begin("a", 0);
    assert_int_equal(end("a", CROSSTOWN_RAN, APR_SUCCESS, 0), 50);
    ct_accounting_interrupt();
    now_is += 1000;
    begin("a", 0);
    assert_int_equal(end("a", CROSSTOWN_RAN, APR_SUCCESS, 0), 0);
    ct_accounting_pause();
    now_is += 1000;
    begin("a", 0);
    assert_int_equal(end("a", CROSSTOWN_RAN, APR_SUCCESS, 0), 0);
    assert_int_equal(end("a", CROSSTOWN_NO_GO, APR_SUCCESS, 0), 0);
    ct_accounting_pause();
    now_is = 500;                    /* put back: no time is below 0 */
    begin("a", 0);
    end("a", CROSSTOWN_RAN, APR_SUCCESS, 0);

    now = snapshot();
    assert_int_equal(now->total.run.sum, 750);
    assert_int_equal(now->total.run.count, 5);
    assert_int_equal(now->total.run.buckets[ct_histogram_bucket(700)], 1);
    assert_int_equal(now->total.run.buckets[ct_histogram_bucket(50)], 1);
    assert_int_equal(now->total.run.buckets[0], 3);
    assert_int_equal(now->total.wait.sum, 30 + 730 + 1780 + 2780);
    ct_accounting_pause();
}

static void a_response_tells_since_when(void **state)
{
    crosstown_task_t task = task_of("a");

    now_is = 5000;
    response.sent = 4980;
    task.response = &response;
    response.uri = "/";
    ct_accounting_begun(&task, NULL, ct_name_ids_find("a"), 0, 0);
    ct_accounting_ended(&task, CROSSTOWN_RAN, APR_SUCCESS, 0);
    ct_accounting_recorded(ct_name_ids_find("a"));
    assert_int_equal(snapshot()->total.wait.sum, 20);
    ct_accounting_pause();
}

static void names_are_sorted(void **state)
{
    const char *const wanted[] = { "", "a", "b", "c", "d", "other" };
    ct_snapshot_t *now;
    int i;

    run("d", 0);
    run("other", 0);
    run("b", 0);
    run("", 0);
    run("c", 0);
    ct_accounting_recorded(ct_name_ids_find("refused"));
    ct_accounting_refused(ct_name_ids_find("refused"));
    run("a", 0);
    run("a", 0);
    now = snapshot();
    assert_int_equal(now->name_count, 6);
    for (i = 0; i < 6; ++i) {
        assert_string_equal(now->names[i].name, wanted[i]);
        assert_int_equal(now->names[i].numbers.ran, 1 + (i == 1));
        assert_int_equal(now->names[i].numbers.open, 0);
    }
    assert_int_equal(now->total.ran, 7);
    assert_int_equal(now->total.open, 0);
    assert_int_equal(now->sample_count, 0);
}

static void only_names_are_sorted(void **state)
{
    run("z", 0);
    assert_string_equal(snapshot()->names[0].name, "z");
    run("b", 0);
    assert_string_equal(snapshot()->names[0].name, "b");
    assert_string_equal(snapshot()->names[1].name, "z");
}

static void gauges_have_the_highest_of_a_child(void **state)
{
    ct_gauges_t *gauges = &ct_scoreboard_child()->gauges;
    ct_snapshot_t *now;

    gauges->threads = 4;
    gauges->most_threads = 5;
    gauges->most_running = 6;
    gauges->most_waiting = 7;
    now = snapshot();
    assert_int_equal(now->threads.now, 4);
    assert_int_equal(now->threads.most, 5);
    assert_int_equal(now->running.most, 6);
    assert_int_equal(now->waiting.most, 7);
    assert_int_equal(now->shared, 0);
    assert_int_equal(now->since, ct_scoreboard_shared()->since);
    assert_true(now->now >= now->since && now->since > 0);
}

static APR_OPTIONAL_FN_TYPE(crosstown_tally) *tally_fn(void)
{
    return APR_RETRIEVE_OPTIONAL_FN(crosstown_tally);
}

static void a_tally_has_the_size_that_it_says(void **state)
{
    crosstown_tally_t tally;

    run("a", APR_EGENERAL);
    submit("a");
    end("a", CROSSTOWN_NO_GO, 0, 0);
    submit("a");
    submit("a");
    end("a", CROSSTOWN_REJECTED, 0, 1);
    submit("a");
    end("a", CROSSTOWN_CANCELLED, 0, 1);
    submit("a");
    end("a", CROSSTOWN_STOPPED, 0, 1);
    memset(&tally, 0x7f, sizeof(tally));
    tally.size = sizeof(tally);
    assert_int_equal(tally_fn()(&tally), APR_SUCCESS);
    assert_int_equal(tally.size, sizeof(tally));
    assert_int_equal(tally.recorded, 6);
    assert_int_equal(tally.ran, 1);
    assert_int_equal(tally.failed, 1);
    assert_int_equal(tally.no_go, 1);
    assert_int_equal(tally.cancelled, 1);
    assert_int_equal(tally.rejected, 1);
    assert_int_equal(tally.stopped, 1);
    assert_int_equal(tally.lost, 0);
    assert_int_equal(tally.open, 1);
    memset(&tally, 0x7f, sizeof(tally));
    tally.size = APR_OFFSETOF(crosstown_tally_t, ran);
    assert_int_equal(tally_fn()(&tally), APR_SUCCESS);
    assert_int_equal(tally.recorded, 6);
    assert_int_equal(tally.ran, 0x7f7f7f7f7f7f7f7f);
    assert_null(crosstown_test_logged("CT01503"));
    tally.size = sizeof(tally.size) - 1;
    assert_int_equal(tally_fn()(&tally), APR_EINVAL);
    assert_int_equal(tally_fn()(NULL), APR_EINVAL);
    assert_non_null(crosstown_test_logged("CT01503"));
    tally.size = sizeof(tally.size);
    assert_int_equal(tally_fn()(&tally), APR_SUCCESS);
}

/* A scrape would take a step back for a restart of the server. */
static void *look_back(void *done)
{
    apr_uint64_t before = 0;
    ct_numbers_t total;

    while (!atomic_load((atomic_int *)done)) {
        ct_snapshot_read_total(&total);
        if (total.recorded < before) {
            return done;
        }
        before = total.recorded;
    }
    return NULL;
}

static void refused_ones_are_never_seen(void **state)
{
    atomic_int done = 0;
    pthread_t looking;
    void *back;
    int i;

    assert_null(crosstown_test_configure("CrosstownQueue 1"));
    assert_int_equal(crosstown_test_start(), OK);
    assert_int_equal(crosstown.submit(NULL, deed, NULL, NULL), APR_SUCCESS);
    pthread_create(&looking, NULL, look_back, &done);
    for (i = 0; i < 200000; ++i) {
        assert_int_equal(crosstown.submit(NULL, deed, NULL, NULL),
                         APR_EAGAIN);
    }
    atomic_store(&done, 1);
    pthread_join(looking, &back);
    assert_null(back);
    assert_int_equal(snapshot()->total.recorded, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        counting(each_end_is_counted),
        counting(times_are_those_of_the_clock),
        counting(a_response_tells_since_when),
        counting(names_are_sorted),
        counting(only_names_are_sorted),
        counting(refused_ones_are_never_seen),
        counting(gauges_have_the_highest_of_a_child),
        counting(a_tally_has_the_size_that_it_says),
    };

    return cmocka_run_group_tests_name("metrics: counting", tests, NULL, NULL);
}
