/* SPDX-License-Identifier: Apache-2.0 */
/* The scoreboard itself, with processes that count there and go. */
#include "support_metrics.h"

#include <sys/wait.h>
#include <unistd.h>

#include "active_tasks.h"

#define children(test) \
    cmocka_unit_test_setup_teardown(test, metrics_setup, metrics_teardown)

static void what_they_count_is_added_up(void **state)
{
    child_t one, other;

    configure();
    assert_true(ct_scoreboard_is_shared());
    assert_true(snapshot()->shared);
    assert_int_equal(snapshot()->children, 0);
    one = fork_child("a");
    other = fork_child("b");
    assert_total(6, 2, 0, 2);
    assert_waiting(2);
    assert_int_equal(snapshot()->children, 2);
    assert_int_equal(snapshot()->threads.now, 4);
    let_go(&one);
    assert_total(6, 4, 0, 1);
    assert_int_equal(snapshot()->children, 1);
    assert_int_equal(snapshot()->threads.now, 2);
    ap_run_child_status(server(), other.pid, 0, 0, MPM_CHILD_STARTED);
    ap_run_child_status(server(), other.pid + 1, 0, 0, MPM_CHILD_EXITED);
    assert_int_equal(snapshot()->children, 1);
    let_go(&other);
    assert_total(6, 6, 0, 0);
    assert_int_equal(snapshot()->threads.now, 0);
    assert_int_equal(snapshot()->threads.most, 3);
    assert_false(logged("CT0150"));
}

static void what_goes_with_a_child_is_lost_once(void **state)
{
    child_t child;

    configure();
    child = fork_child("a");
    kill_it(&child);
    assert_total(3, 1, 0, 1);
    note_end(child.pid);
    assert_total(3, 1, 2, 0);
    assert_waiting(0);
    assert_true(logged(apr_psprintf(
        crosstown_test_pool(), "CT01504: child process %d crashed or was "
        "killed: 2 task(s) are lost, 1 of them were running: 2 \"a\"",
        (int)child.pid)));
    child = fork_child("b");
    assert_total(6, 2, 2, 1);
    assert_waiting(1);
    let_go(&child);
    assert_total(6, 4, 2, 0);
    child = fork_child("b");
    kill_child(&child);
    assert_true(logged(": 2 task(s) are lost, 1 of them were running: "
                       "2 \"b\""));
    assert_total(9, 5, 4, 0);
    assert_waiting(0);
}

/* By the samples of the parent: nothing has returned in it, while something
 * waits and something runs. */
static void one_of_several_is_stalled(void **state)
{
    ct_snapshot_child_t *first;
    child_t one, other;
    unsigned int next = 0;

    configure();
    one = fork_child("a");
    other = fork_child("a");
    ap_run_monitor(crosstown_test_pool(), server());
    ct_scoreboard_next_child(&next)->waiting[ct_name_ids_find("a")] =
        snapshot()->now;
    metrics_server.later += CT_SNAPSHOT_STALLED - apr_time_from_sec(5);
    assert_int_equal(snapshot()->child_count, 2);
    first = &snapshot()->processes[0];
    assert_int_equal(first->pid, one.pid);
    assert_int_equal(first->waiting, 1);
    assert_int_equal(first->running, 1);
    assert_false(first->is_stalled);
    ap_run_monitor(crosstown_test_pool(), server());
    metrics_server.later += apr_time_from_sec(6);
    first = &snapshot()->processes[0];
    assert_true(first->is_stalled);
    assert_false(first[1].is_stalled);
    let_go(&one);
    assert_int_equal(snapshot()->child_count, 1);
    first = &snapshot()->processes[0];
    assert_int_equal(first->pid, other.pid);
    assert_false(first->is_stalled);
    assert_int_equal(snapshot()->oldest.waiting, 0);
    let_go(&other);
}

/* Three have counters of their own. */
static void more_of_them_share(void **state)
{
    child_t children[6];
    int i;

    configure();
    for (i = 0; i < 6; ++i) {
        children[i] = fork_child(i < 3 ? "own" : "shared");
    }
    assert_total(18, 6, 0, 6);
    assert_waiting(6);
    kill_child(&children[0]);
    assert_total(18, 6, 2, 5);
    kill_child(&children[3]);
    assert_int_equal(snapshot()->task_count, 4);
    assert_int_equal(snapshot()->total.open, 10);
    assert_int_equal(snapshot()->total.lost, 2);
    kill_child(&children[5]);
    let_go(&children[4]);
    assert_total(18, 8, 6, 2);
    assert_waiting(2);
    assert_true(logged(apr_psprintf(
        crosstown_test_pool(), "CT01504: one or more of the child processes "
        "up to %d crashed or was killed: 4 task(s) are lost, 2 of them were "
        "running: 4 \"shared\"", (int)children[4].pid)));
    let_go(&children[1]);
    let_go(&children[2]);
    assert_total(18, 12, 6, 0);
    assert_waiting(0);
    assert_false(logged("CT01502"));
}

static void without_threads_there_are_fewer(void **state)
{
    child_t children[4];
    int i;

    metrics_server.limit = 2;
    metrics_server.threads = 0;
    configure();
    for (i = 0; i < 4; ++i) {
        children[i] = fork_child("a");
    }
    kill_child(&children[2]);
    assert_total(12, 4, 2, 3);
    kill_child(&children[3]);
    assert_true(logged("one or more of the child processes up to"));
    assert_total(12, 4, 4, 2);
    let_go(&children[0]);
    let_go(&children[1]);
}

static void nobody_is_without_counters(void **state)
{
    child_t child;
    int i;

    configure();
    child.pid = fork();
    if (child.pid == 0) {
        for (i = 0; i < 3 + 256; ++i) {
            ct_scoreboard_take(server());
        }
        if (!logged("CT01502")) {
            ct_scoreboard_take(server());
            queue("a", logged("CT01502: more than 259 children") ? 1 : 100);
        }
        _exit(0);
    }
    await_end(&child);
    assert_int_equal(snapshot()->children, 3 + 256);
    for (i = 0; i < 3 + 256; ++i) {
        note_end(child.pid);
    }
    assert_int_equal(snapshot()->children, 0);
    assert_total(1, 0, 0, 0);
    assert_waiting(1);
}

static void all_is_kept_through_restarts(void **state)
{
    apr_time_t since;
    child_t gone, there;

    configure();
    since = snapshot()->since;
    assert_true(since > 0 && since <= apr_time_now());
    gone = fork_child("gone");
    there = fork_child("there");
    kill_it(&gone);
    configure();
    assert_int_equal(snapshot()->since, since);
    assert_total(6, 2, 2, 1);
    assert_true(logged("2 \"gone\""));
    note_end(gone.pid);
    assert_total(6, 2, 2, 1);
    let_go(&there);
    assert_total(6, 4, 2, 0);

    *(apr_size_t *)metrics_server.retained += 1;    /* another version's */
    configure();
    assert_total(0, 0, 0, 0);
    there = fork_child("there");
    assert_total(3, 1, 0, 1);
    let_go(&there);
    metrics_server.state = AP_SQ_MS_CREATE_PRE_CONFIG;
    *(apr_size_t *)metrics_server.retained += 1;
    configure();
    assert_total(3, 3, 0, 0);
}

static void without_memory_each_counts_for_itself(void **state)
{
    child_t child;
    int status;

    metrics_server.no_memory = 1;
    configure();
    assert_false(ct_scoreboard_is_shared());
    assert_true(logged("CT01501: no shared memory for the counters of 3"));
    assert_true(snapshot()->since > 0);
    child.pid = fork();
    if (child.pid == 0) {
        ct_scoreboard_take(server());
        work("a");
        assert_total(3, 1, 0, 1);
        _exit(snapshot()->children == 1 && !logged("CT01502") ? 7 : 1);
    }
    waitpid(child.pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 7);
    note_end(child.pid);
    assert_total(0, 0, 0, 0);
}

static void five_names_are_told(void **state)
{
    child_t child;

    configure();
    child.pid = fork();
    if (child.pid == 0) {
        ct_scoreboard_take(server());
        queue("one", 1);
        queue("four", 4);
        queue("three", 3);
        queue("nine", 9);
        queue("six", 6);
        queue("seven", 7);
        queue("two", 2);
        call("two");
        _exit(0);
    }
    await_end(&child);
    note_end(child.pid);
    assert_true(logged(
        ": 32 task(s) are lost, 1 of them were running: 9 \"nine\", 7 "
        "\"seven\", 6 \"six\", 4 \"four\", 3 \"three\" and 3 more of 2 other "
        "name(s)"));
    assert_total(32, 0, 32, 0);
}

/* A drain has told the end of a task that is still in its function. */
static void a_task_that_was_told_is_not_lost(void **state)
{
    child_t child;

    configure();
    child.pid = fork();
    if (child.pid == 0) {
        crosstown_task_t task = task_of("a");

        ct_scoreboard_take(server());
        queue("a", 2);
        call("a");
        ct_accounting_ended(&task, CROSSTOWN_STOPPED, APR_SUCCESS, 1);
        _exit(0);
    }
    await_end(&child);
    note_end(child.pid);
    assert_true(logged(": 1 task(s) are lost, 1 of them were running"));
    assert_int_equal(snapshot()->total.stopped, 1);
    assert_int_equal(snapshot()->total.lost, 1);
    assert_waiting(0);
    child = fork_child("a");
    assert_waiting(1);
    let_go(&child);
    assert_waiting(0);
    assert_int_equal(snapshot()->total.open, 0);
}

static void a_child_sees_its_own_tasks_only(void **state)
{
    child_t children[5];
    int i;

    configure();
    for (i = 0; i < 5; ++i) {
        children[i] = fork_child("theirs");
    }
    if (fork() == 0) {
        ct_shown_t shown;
        int found = 0;

        ct_scoreboard_take(server());
        queue("mine", 1);
        call("mine");
        for (i = 0; i < CT_SNAPSHOT_TASKS; ++i) {
            found += ct_active_tasks_look_own(i, &shown)
                     && !strcmp(shown.name, "mine")
                     && shown.pid == getpid() && shown.thread == gettid()
                     && !strcmp(shown.log_id, "-")
                     && !strcmp(shown.uri, "-") && shown.status == 0;
            found += 10 * (ct_active_tasks_look_own(i, &shown)
                           && shown.pid != getpid());
        }
        _exit(found);
    }
    wait(&i);
    assert_int_equal(WEXITSTATUS(i), 1);
    for (i = 0; i < 5; ++i) {
        let_go(&children[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        children(what_they_count_is_added_up),
        children(one_of_several_is_stalled),
        children(what_goes_with_a_child_is_lost_once),
        children(more_of_them_share),
        children(without_threads_there_are_fewer),
        children(nobody_is_without_counters),
        children(all_is_kept_through_restarts),
        children(without_memory_each_counts_for_itself),
        children(five_names_are_told),
        children(a_task_that_was_told_is_not_lost),
        children(a_child_sees_its_own_tasks_only),
    };

    return cmocka_run_group_tests_name("metrics: children", tests, NULL, NULL);
}
