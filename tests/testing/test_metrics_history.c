/* SPDX-License-Identifier: Apache-2.0 */
/* The parent takes samples, for all to see. */
#include "support_metrics.h"

#include <sys/wait.h>
#include <unistd.h>

static void samples_are_taken_by_the_parent(void **state)
{
    ct_snapshot_t *now;
    child_t child;
    int i;

    configure();
    assert_int_equal(snapshot()->sample_count, 0);
    child = fork_child("a");
    metrics_server.later += apr_time_from_sec(100);
    ap_run_monitor(crosstown_test_pool(), server());
    now = snapshot();
    assert_int_equal(now->sample_count, 1);
    assert_true(now->samples->when <= now->now
                && now->samples->when > now->now - apr_time_from_sec(60));
    assert_int_equal(now->samples->recorded, 3);
    assert_int_equal(now->samples->ran, 1);
    assert_int_equal(now->samples->waiting, 1);
    assert_int_equal(now->samples->running, 1);
    assert_int_equal(now->samples->threads, 2);
    kill_child(&child);
    metrics_server.later += apr_time_from_sec(5);
    ap_run_monitor(crosstown_test_pool(), server());
    assert_int_equal(snapshot()->sample_count, 1);
    metrics_server.later += apr_time_from_sec(5);
    ap_run_monitor(crosstown_test_pool(), server());
    now = snapshot();
    assert_int_equal(now->sample_count, 2);
    assert_int_equal(now->samples[0].lost, 0);
    assert_int_equal(now->samples[1].lost, 2);
    assert_int_equal(now->samples[1].waiting, 0);
    metrics_server.later -= apr_time_from_sec(3600);
    ap_run_monitor(crosstown_test_pool(), server());
    assert_int_equal(snapshot()->sample_count, 3);
    for (i = 0; i < CT_SNAPSHOT_SAMPLES; ++i) {
        metrics_server.later += apr_time_from_sec(10);
        ap_run_monitor(crosstown_test_pool(), server());
    }
    now = snapshot();
    assert_int_equal(now->sample_count, CT_SNAPSHOT_SAMPLES - 1);
    for (i = 1; i < now->sample_count; ++i) {
        assert_true(now->samples[i].when > now->samples[i - 1].when);
    }
    assert_true(now->samples[i - 1].when > now->now - apr_time_from_sec(9));
}

static void monitor(int seconds)
{
    metrics_server.later += apr_time_from_sec(seconds);
    ap_run_monitor(crosstown_test_pool(), server());
}

/* What was counted in the last minute and half hour, and no more. */
static void what_is_recent(void **state)
{
    ct_snapshot_t *now;
    child_t child;
    int i;

    configure();
    child = fork_child("a");
    monitor(100);
    now = snapshot();
    assert_int_equal(now->minute.numbers.recorded, 3);
    assert_true(now->minute.took >= apr_time_from_sec(100));
    for (i = 0; i < 6; ++i) {
        monitor(10);
    }
    let_go(&child);
    now = snapshot();
    assert_in_range(now->minute.took, apr_time_from_sec(60),
                    apr_time_from_sec(71));
    assert_int_equal(now->minute.numbers.recorded, 0);
    assert_int_equal(now->minute.numbers.ran, 2);
    assert_int_equal(now->names[0].minute.numbers.run.count, 2);
    assert_int_equal(now->half_hour.numbers.recorded, 3);
    assert_int_equal(now->half_hour.numbers.ran, 3);
    for (i = 0; i < 7; ++i) {
        monitor(10);
    }
    now = snapshot();
    assert_int_equal(now->minute.numbers.ran, 0);
    assert_int_equal(now->half_hour.numbers.ran, 3);
    for (i = 0; i < 180; ++i) {
        monitor(10);
    }
    now = snapshot();
    assert_in_range(now->half_hour.took, apr_time_from_sec(1800),
                    apr_time_from_sec(1871));
    assert_int_equal(now->half_hour.numbers.ran, 0);
    assert_int_equal(now->total.ran, 3);
}

static void finish(const char *name, crosstown_outcome_e outcome, int times)
{
    crosstown_task_t task = task_of(name);
    int i;

    for (i = 0; i < times; ++i) {
        ct_accounting_ended(&task, outcome, APR_SUCCESS, 1);
    }
}

static void a_sample_has_each_number(void **state)
{
    crosstown_task_t task = task_of("a");
    ct_snapshot_sample_t *sample;
    pid_t pid;

    configure();
    pid = fork();
    if (pid == 0) {
        ct_scoreboard_take(server());
        queue("a", 40);
        call("a");
        ct_accounting_ended(&task, CROSSTOWN_RAN, APR_EGENERAL, 1);
        finish("a", CROSSTOWN_NO_GO, 3);
        finish("a", CROSSTOWN_CANCELLED, 4);
        finish("a", CROSSTOWN_REJECTED, 5);
        finish("a", CROSSTOWN_STOPPED, 6);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    metrics_server.later = apr_time_from_sec(3600);
    ap_run_monitor(crosstown_test_pool(), server());
    sample = snapshot()->samples;
    assert_int_equal(sample->recorded, 40);
    assert_int_equal(sample->ran, 1);
    assert_int_equal(sample->failed, 1);
    assert_int_equal(sample->no_go, 3);
    assert_int_equal(sample->cancelled, 4);
    assert_int_equal(sample->rejected, 5);
    assert_int_equal(sample->stopped, 6);
    assert_int_equal(sample->lost, 0);
    assert_int_equal(sample->waiting, 21);
}

/* Nobody sees what a process without shared memory would keep. */
static void without_memory_there_are_none(void **state)
{
    metrics_server.no_memory = 1;
    configure();
    metrics_server.later = apr_time_from_sec(7200);
    ap_run_monitor(crosstown_test_pool(), server());
    assert_int_equal(snapshot()->sample_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(samples_are_taken_by_the_parent,
                                        metrics_setup, metrics_teardown),
        cmocka_unit_test_setup_teardown(what_is_recent,
                                        metrics_setup, metrics_teardown),
        cmocka_unit_test_setup_teardown(a_sample_has_each_number,
                                        metrics_setup, metrics_teardown),
        cmocka_unit_test_setup_teardown(without_memory_there_are_none,
                                        metrics_setup, metrics_teardown),
    };

    return cmocka_run_group_tests_name("metrics: history", tests, NULL, NULL);
}
