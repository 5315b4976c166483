/* SPDX-License-Identifier: Apache-2.0 */
/* What waits is taken when it is due, by whoever has room, and its start is
 * counted before it starts. */
#include "support_store.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>

/* A task that nobody runs yet, due in so many microseconds. */
static apr_int64_t put_waiting(keeper_t *keeper, const char *payload,
                               apr_interval_time_t delay,
                               apr_interval_time_t lifetime)
{
    ct_kept_t kept = task_of(payload);

    kept.owned = 0;
    kept.not_before += delay;
    kept.expires = lifetime ? kept.created + lifetime : 0;
    assert_int_equal(ct_store_put(keeper->store, &kept, 1, KEEPER_PATIENCE),
                     APR_SUCCESS);
    return kept.id;
}

static void test_taken_whole(void **state)
{
    keeper_t *keeper = *state;
    apr_int64_t id;

    keeper_let(keeper, 1);
    keeper_open(keeper);
    id = put_waiting(keeper, "p", 0, 0);
    keeper_await_started(keeper, 1);
    assert_true(keeper->tasks[0].id == id);
    assert_int_equal(keeper->tasks[0].attempt, 1);
    assert_string_equal(keeper->tasks[0].name, "t");
    assert_string_equal(keeper->tasks[0].payload, "p");
    assert_int_equal(keeper->tasks[0].kept.length, 1);
    assert_true(keeper->tasks[0].kept.owned);
    assert_true(keeper->tasks[0].kept.created > apr_time_now()
                                                - apr_time_from_sec(600));
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE state = 1 AND attempt = 1 AND owner > 0"), 1);
    ct_store_end(keeper->store, id, CT_ENDING_DONE, 1, 0, NULL);
    keeper_await_number(keeper, "SELECT count(*) FROM task", 0);
}

static void test_not_before_its_time(void **state)
{
    keeper_t *keeper = *state;
    apr_time_t put = apr_time_now();

    keeper_let(keeper, 10);
    keeper_open(keeper);
    put_waiting(keeper, "late", apr_time_from_sec(2), 0);
    put_waiting(keeper, "never", apr_time_from_sec(86400), 0);
    keeper_await_started(keeper, 1);
    assert_true(apr_time_now() >= put + apr_time_from_sec(2) - 1000);
    assert_string_equal(keeper->tasks[0].payload, "late");
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                                           " WHERE state = 0"), 1);
}

static void test_no_more_than_there_is_room_for(void **state)
{
    keeper_t *keeper = *state;
    int i;

    keeper_open(keeper);
    for (i = 0; i < 5; ++i) {
        put_waiting(keeper, "p", 0, 0);
    }
    keeper_let(keeper, 2);
    keeper_await_started(keeper, 2);
    keeper_await_number(keeper, "SELECT count(*) FROM task WHERE state = 0",
                        3);
    /* The end of one makes room for the next at once. */
    keeper_let(keeper, 3);
    ct_store_end(keeper->store, keeper->tasks[0].id, CT_ENDING_DONE, 1, 0,
                 NULL);
    keeper_await_started(keeper, 3);
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                                           " WHERE state = 0"), 2);
}

/* A task that is over at once, and what is noted of it when the next one
 * starts. */
static keeper_t *brief;
static atomic_int briefs;
static atomic_int left;

static int be_over_at_once(void *context, const ct_kept_t *kept)
{
    if (atomic_fetch_add(&briefs, 1) == 1) {
        atomic_store(&left, (int)keeper_number(brief,
                                               "SELECT count(*) FROM task"));
    }
    ct_store_end(brief->store, kept->id, CT_ENDING_DONE, 1, 0, NULL);
    return 1;
}

static void test_ends_are_noted_while_others_are_taken(void **state)
{
    keeper_t *keeper = brief = *state;
    int i;

    keeper->settings.start = be_over_at_once;
    keeper_open(keeper);
    for (i = 0; i < 3; ++i) {
        put_waiting(keeper, "p", 0, 0);
    }
    keeper_let(keeper, 3);
    keeper_await_number(keeper, "SELECT count(*) FROM task", 0);
    assert_int_equal(atomic_load(&briefs), 3);
    assert_int_equal(atomic_load(&left), 2);
}

static void test_who_is_due_first_is_first(void **state)
{
    keeper_t *keeper = *state;

    keeper_open(keeper);
    put_waiting(keeper, "second", 0, 0);
    put_waiting(keeper, "first", -apr_time_from_sec(60), 0);
    keeper_let(keeper, 2);
    keeper_await_started(keeper, 2);
    assert_string_equal(keeper->tasks[0].payload, "first");
    assert_string_equal(keeper->tasks[1].payload, "second");
}

static void test_what_cannot_be_started_waits_on(void **state)
{
    keeper_t *keeper = *state;

    keeper->refuses = 1;
    keeper_let(keeper, 1);
    keeper_open(keeper);
    put_waiting(keeper, "p", 0, 0);
    keeper_await_started(keeper, 1);
    keeper_await_number(keeper, "SELECT count(*) FROM task WHERE state = 0"
                        " AND attempt = 0 AND owner IS NULL", 1);
    pthread_mutex_lock(&keeper->lock);
    keeper->refuses = 0;
    keeper->started = 0;
    pthread_mutex_unlock(&keeper->lock);
    keeper_await_started(keeper, 1);
    assert_int_equal(keeper->tasks[0].attempt, 1);
}

static void test_what_has_expired_is_dead(void **state)
{
    keeper_t *keeper = *state;

    keeper_open(keeper);
    put_waiting(keeper, "old", 0, 1000);
    put_waiting(keeper, "young", 0, apr_time_from_sec(3600));
    apr_sleep(2000);
    keeper_let(keeper, 5);
    keeper_await_started(keeper, 1);
    assert_string_equal(keeper->tasks[0].payload, "young");
    assert_int_equal(keeper_number(keeper, "SELECT count(*) FROM task"
                     " WHERE state = 2 AND attempt = 0 AND owner IS NULL"
                     " AND died > 0 AND error = 'expired'"), 1);
}

/* The two statements of the manual. */
static void test_a_person_retries_and_deletes(void **state)
{
    keeper_t *keeper = *state;

    keeper_let(keeper, 5);
    keeper_open(keeper);
    ct_store_end(keeper->store, keeper_put(keeper, "a"), CT_ENDING_DEAD, 7, 0,
                 "no");
    ct_store_end(keeper->store, keeper_put(keeper, "b"), CT_ENDING_DEAD, 7, 0,
                 "no");
    keeper_await_number(keeper, "SELECT count(*) FROM tasks"
                                " WHERE state = 'dead' AND error = 'no'", 2);
    keeper_run(keeper, "DELETE FROM task WHERE state = 2"
                       " AND CAST(payload AS TEXT) = 'b'");
    keeper_run(keeper, "UPDATE task SET state = 0, attempt = 0,"
                       " not_before = 0 WHERE state = 2 AND name = 't'");
    keeper_await_started(keeper, 1);
    assert_string_equal(keeper->tasks[0].payload, "a");
    assert_int_equal(keeper->tasks[0].attempt, 1);
}

static void test_old_dead_ones_go(void **state)
{
    keeper_t *keeper = *state;

    keeper_open(keeper);
    ct_store_end(keeper->store, keeper_put(keeper, "a"), CT_ENDING_DEAD, 1, 0,
                 NULL);
    ct_store_end(keeper->store, keeper_put(keeper, "b"), CT_ENDING_DEAD, 1, 0,
                 NULL);
    keeper_await_number(keeper, "SELECT count(*) FROM task WHERE state = 2",
                        2);
    keeper_close(keeper);
    keeper_run(keeper, "UPDATE task SET died = died - 31 * 86400000"
                       " WHERE CAST(payload AS TEXT) = 'a'");
    keeper_run(keeper, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
                       " SELECT i + 1 FROM n WHERE i < 10600)"
                       " INSERT INTO task (name, token, state, attempt, died,"
                       " not_before, created, payload) SELECT 'many', '', 2,"
                       " 1, strftime('%s', 'now') * 1000 + i, 0, 0, x''"
                       " FROM n");
    keeper_open(keeper);
    keeper_await_number(keeper, "SELECT count(*) FROM task"
                                " WHERE name <> 'many'", 1);
    keeper_await_number(keeper, "SELECT count(*) FROM task"
                                " WHERE name = 'many'", 10000);
    assert_int_equal(keeper_number(keeper, "SELECT min(died)"
                     " - (SELECT max(died) FROM task) FROM task"
                     " WHERE name = 'many'"), -9999);
}

/* ---- who opens is overtaken ---- */

static atomic_int is_overtaken;      /* let the new thread get ahead */
static atomic_int start_was_called;
static int store_was_known;

/* In the place of the C library's: called behind the making of the thread. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
    int (*real)(int, const sigset_t *, sigset_t *) =
        (int (*)(int, const sigset_t *, sigset_t *))dlsym(RTLD_NEXT,
                                                          "pthread_sigmask");
    apr_time_t until = apr_time_now() + KEEPER_PATIENCE;

    while (!before && atomic_load(&is_overtaken)
           && !atomic_load(&start_was_called) && apr_time_now() < until) {
        apr_sleep(1000);
    }
    return real(how, set, before);
}

static int note_store(void *context, const ct_kept_t *record)
{
    keeper_t *keeper = context;

    store_was_known = keeper->store != NULL;
    atomic_store(&start_was_called, 1);
    return 1;
}

/* A task may be over before ct_store_open() has returned; its end has to be
 * said to somebody. */
static void test_known_before_the_first_start(void **state)
{
    keeper_t *keeper = *state;

    keeper_open(keeper);
    put_waiting(keeper, "p", 0, 0);
    keeper_close(keeper);
    keeper_let(keeper, 10);
    keeper->settings.start = note_store;
    atomic_store(&is_overtaken, 1);
    keeper_open(keeper);
    assert_true(atomic_load(&start_was_called));
    assert_true(store_was_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_taken_whole),
        with_keeper(test_not_before_its_time),
        with_keeper(test_no_more_than_there_is_room_for),
        with_keeper(test_ends_are_noted_while_others_are_taken),
        with_keeper(test_who_is_due_first_is_first),
        with_keeper(test_what_cannot_be_started_waits_on),
        with_keeper(test_what_has_expired_is_dead),
        with_keeper(test_a_person_retries_and_deletes),
        with_keeper(test_old_dead_ones_go),
        with_keeper(test_known_before_the_first_start),
    };

    return run_group("store: take", tests);
}
