/* SPDX-License-Identifier: Apache-2.0 */
/* What runs now: entries and stripes, and who has them. */
#include "support.h"

#include <pthread.h>
#include <unistd.h>

#include "accounting.h"
#include "active_tasks.h"
#include "snapshot.h"

static apr_time_t now_is;

apr_time_t apr_time_now(void)
{
    return now_is;
}

static crosstown_task_t task_of(const char *name)
{
    crosstown_task_t task;

    memset(&task, 0, sizeof(task));
    task.size = sizeof(task);
    task.name = name;
    return task;
}

static void begin(const char *name)
{
    crosstown_task_t task = task_of(name);

    ct_accounting_begun(&task, NULL, ct_name_ids_find(name), 0, 0);
}

static void end(const char *name)
{
    crosstown_task_t task = task_of(name);

    ct_accounting_ended(&task, CROSSTOWN_RAN, APR_SUCCESS, 0);
}

static ct_snapshot_t *snapshot(void)
{
    return ct_snapshot_read(crosstown_test_pool());
}

static int setup(void **state)
{
    now_is = 20000;
    memset(ct_active_tasks_mine(), 0, sizeof(ct_active_t));
    return record_setup(state);
}

#define active(test) \
    cmocka_unit_test_setup_teardown(test, setup, end_teardown)

/* A thread of its own for each task that runs at once. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int begun, enough;

static void *run_thread(void *number)
{
    crosstown_task_t task = task_of("held");
    crosstown_response_t told;
    long own = (long)number;
    int wait = 1;

    memset(&told, 0, sizeof(told));
    told.sent = 1;
    told.status = 200 + (int)(own % 100);
    told.uri = "/some/where";
    told.log_id = "id";
    task.response = &told;
    pthread_mutex_lock(&lock);
    now_is = 10000 - own;
    ct_accounting_recorded(ct_name_ids_find("held"));
    ct_accounting_begun(&task, NULL, ct_name_ids_find("held"), 0, 0);
    ct_accounting_pause();           /* the task itself may wait for others */
    ++begun;
    pthread_mutex_unlock(&lock);
    while (wait) {
        apr_sleep(1000);
        pthread_mutex_lock(&lock);
        wait = !enough;
        pthread_mutex_unlock(&lock);
    }
    ct_accounting_ended(&task, CROSSTOWN_RAN, APR_SUCCESS, 0);
    ct_accounting_pause();
    return NULL;
}

#define THREADS (CT_SNAPSHOT_TASKS + 3)

static void so_many_are_listed(void **state)
{
    pthread_t threads[THREADS];
    ct_snapshot_t *now;
    ct_shown_t shown;
    int all = 0;
    long i;

    begun = enough = 0;
    for (i = 0; i < THREADS; ++i) {
        pthread_create(&threads[i], NULL, run_thread, (void *)i);
        while (all <= i) {
            apr_sleep(100);
            pthread_mutex_lock(&lock);
            all = begun;
            pthread_mutex_unlock(&lock);
        }
    }
    now = snapshot();
    assert_int_equal(now->running.now, THREADS);
    assert_int_equal(now->task_count, CT_SNAPSHOT_TASKS);
    for (i = 0; i < now->task_count; ++i) {
        const ct_snapshot_task_t *task = &now->tasks[i];

        assert_int_equal(task->started, 10000 - CT_SNAPSHOT_TASKS + 1 + i);
        assert_int_equal(task->status, 200 + CT_SNAPSHOT_TASKS - 1 - i);
        assert_string_equal(task->name, "held");
        assert_string_equal(task->uri, "/some/where");
        assert_int_equal(task->pid, getpid());
        assert_int_equal(ct_active_tasks_look_own((int)i, &shown), 1);
        assert_string_equal(shown.log_id, "id");
        assert_true(shown.thread > 0 && shown.thread != getpid());
    }
    pthread_mutex_lock(&lock);
    enough = 1;
    pthread_mutex_unlock(&lock);
    for (i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
    }
    now = snapshot();
    assert_int_equal(now->running.now, 0);
    assert_int_equal(now->task_count, 0);
    assert_int_equal(now->total.ran, THREADS);
    assert_int_equal(now->total.open, 0);
    assert_int_equal(ct_active_tasks_look_own(0, &shown), 0);
    /* All entries are free again. */
    for (i = 0; i < CT_SNAPSHOT_TASKS; ++i) {
        assert_int_equal(ct_scoreboard_counters()->entries[i].state % 4, 0);
        assert_int_equal(ct_scoreboard_counters()->entries[i].pid, 0);
    }
}

static void a_thread_keeps_its_entry_and_stripe(void **state)
{
    ct_active_t *mine = ct_active_tasks_mine();
    ct_counters_t *counters = ct_scoreboard_counters();
    ct_entry_t *entry;

    begin("a");
    entry = mine->entry;
    assert_ptr_equal(entry, &counters->entries[0]);
    assert_ptr_equal(mine->stripe, &counters->stripes[0]);
    assert_int_equal(mine->alone, 1);
    end("a");
    assert_int_equal(entry->state % 4, 1);
    assert_int_equal(snapshot()->task_count, 0);
    begin("a");
    assert_ptr_equal(mine->entry, entry);
    assert_int_equal(snapshot()->task_count, 1);
    end("a");
    ct_accounting_pause();
    assert_null(mine->entry);
    ct_accounting_pause();
    mine->number = 3;                /* the one that it had last */
    begin("a");
    assert_ptr_equal(mine->entry, &counters->entries[3]);
    assert_ptr_equal(mine->stripe, &counters->stripes[3]);
    end("a");
    ct_accounting_pause();
    counters->entries[3].state += 1; /* somebody else has it */
    begin("a");
    assert_ptr_equal(mine->entry, &counters->entries[0]);
    end("a");
    ct_accounting_pause();
    mine->number = 7;                /* its stripe is all others' */
    begin("a");
    assert_ptr_equal(mine->entry, &counters->entries[0]);
    end("a");
    ct_accounting_pause();
    assert_int_equal(counters->used[0] + counters->used[3], 2);
    assert_int_equal(counters->used[7], 0);
}

static void entries_are_given_up_by_their_process(void **state)
{
    ct_counters_t *counters = ct_scoreboard_counters();
    apr_uint64_t before;

    begin("a");
    before = counters->entries[0].state;
    ct_active_tasks_clear(counters, getpid() + 1);
    assert_int_equal(counters->entries[0].state, before);
    ct_active_tasks_clear(counters, getpid());
    assert_int_equal(counters->entries[0].state, 8);
    assert_int_equal(counters->entries[0].pid, 0);
    counters->entries[1].state = 5;  /* taken, and no more than that */
    ct_active_tasks_clear(counters, getpid());
    assert_int_equal(counters->entries[1].state, 5);
    ct_active_tasks_clear(counters, 0);
    assert_int_equal(counters->entries[1].state, 8);
    assert_int_equal(counters->entries[2].state, 0);
    assert_int_equal(counters->entries[0].state, 8);
}

/* Any function: it is not called. */
static apr_status_t nothing(const crosstown_task_t *task, void *data)
{
    return APR_SUCCESS;
}

static const ct_snapshot_task_t *only_one(void)
{
    const ct_snapshot_t *now = snapshot();

    assert_int_equal(now->task_count, 1);
    return &now->tasks[0];
}

static void a_task_is_described(void **state)
{
    crosstown_task_t task = task_of("a");
    crosstown_response_t kept;
    apr_uint64_t before;

    ct_accounting_describe(&task, "nobody runs", NULL);
    ct_accounting_begun(&task, nothing, ct_name_ids_find("a"), 0, 0);
    before = ct_scoreboard_counters()->entries[0].state;
    assert_null(only_one()->target);
    assert_null(only_one()->by);
    assert_ptr_equal(only_one()->fn, nothing);
    memset(&kept, 0, sizeof(kept));
    kept.status = 202;
    kept.uri = "/kept";
    task.response = &kept;
    task.attempt = 7;
    ct_accounting_describe(&task, "http://there/", "a header");
    assert_int_equal(ct_scoreboard_counters()->entries[0].state, before + 4);
    assert_string_equal(only_one()->target, "http://there/");
    assert_string_equal(only_one()->by, "a header");
    assert_string_equal(only_one()->uri, "/kept");
    assert_int_equal(only_one()->attempt, 7);
    assert_ptr_equal(only_one()->fn, nothing);
    end("a");
    begin("a");                      /* nothing is left of it */
    assert_null(only_one()->target);
    assert_null(only_one()->by);
    assert_string_equal(only_one()->uri, "-");
    end("a");
    ct_accounting_describe(&task, "it is over", NULL);
    assert_int_equal(snapshot()->task_count, 0);
    ct_accounting_pause();
}

static void what_is_held_stays_described(void **state)
{
    crosstown_task_t task = task_of("a"), other = task_of("a");
    crosstown_response_t kept;
    ct_active_t held;

    memset(&kept, 0, sizeof(kept));
    kept.status = 202;
    kept.uri = "/kept";
    task.pool = other.pool = crosstown_test_pool();
    other.response = &kept;
    ct_accounting_begun(&task, nothing, ct_name_ids_find("a"), 0, 0);
    ct_accounting_describe(&other, "redis://there/", "a header");
    ct_accounting_hold(&task, &held);
    ct_accounting_describe(&task, "too late", NULL);
    assert_string_equal(only_one()->target, "redis://there/");
    assert_string_equal(only_one()->by, "a header");
    assert_string_equal(only_one()->uri, "/kept");
    assert_ptr_equal(only_one()->fn, nothing);
    assert_int_equal(only_one()->thread, 0);      /* it is on none */
    ct_accounting_take_up(&held);
    end("a");
    ct_accounting_put_down(&held);
    assert_int_equal(snapshot()->task_count, 0);
    ct_accounting_pause();
}

static void an_unknown_name_is_a_dash(void **state)
{
    ct_shown_t shown;

    begin("a");
    ct_scoreboard_counters()->entries[0].name = ct_name_ids_find("a") ^ 1;
    assert_int_equal(ct_active_tasks_look_own(0, &shown), 1);
    assert_string_equal(shown.name, "-");
    end("a");
    ct_accounting_pause();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        active(so_many_are_listed),
        active(a_thread_keeps_its_entry_and_stripe),
        active(entries_are_given_up_by_their_process),
        active(a_task_is_described),
        active(what_is_held_stays_described),
        active(an_unknown_name_is_a_dash),
    };

    return cmocka_run_group_tests_name("metrics: active tasks", tests, NULL,
                                       NULL);
}
