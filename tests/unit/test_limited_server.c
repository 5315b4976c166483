/* SPDX-License-Identifier: Apache-2.0 */
/* limited, place_watch: a limit that is counted over all processes. Two
 * dispatchers stand for two of them: "x" may run once at a time, "y" twice. */
#include "support.h"

#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform.h"
#include "workers.h"

#define CHILDREN 2
#define NAMES 2
/* A process that is none of them, and one that a place is promised to. */
#define STRANGER 99
#define PROMISED 0xffffffffU

typedef struct server_t {
    ct_place_table_t *table;
    ct_name_limit_t limits[CHILDREN][NAMES];
    journal_t *journal;
    ct_dispatcher_t *d[CHILDREN];
    apr_pool_t *p;
} server_t;

static void limit_make(server_t *server, int child, int number)
{
    ct_name_limit_t *limit = &server->limits[child][number];

    memset(limit, 0, sizeof(*limit));
    limit->name = number == 0 ? "x" : "y";
    limit->number = (unsigned short)(number + 1);
    limit->at_once = (apr_uint32_t)number + 1;
    limit->scope = CT_SCOPE_SERVER;
    limit->places.table = server->table;
    limit->places.kind = (unsigned int)number;
    limit->places.count = limit->at_once;
    limit->places.owner = (apr_uint32_t)child + 100;
    atomic_store(&server->table->kinds[number].count, limit->at_once);
}

static void server_start(server_t *server, apr_pool_t *p, apr_uint32_t threads)
{
    int child, number;

    server->p = p;
    server->journal = journal_make(p);
    server->table = calloc(1, sizeof(*server->table));
    assert_non_null(server->table);
    for (child = 0; child < CHILDREN; ++child) {
        ct_dispatcher_settings_t settings =
            settings_of(server->journal, threads, threads);

        for (number = 0; number < NAMES; ++number) {
            limit_make(server, child, number);
        }
        settings.name_limits.all = server->limits[child];
        settings.name_limits.count = NAMES;
        assert_int_equal(ct_dispatcher_make(&server->d[child], &settings),
                         APR_SUCCESS);
    }
}

static void assert_nothing_left(server_t *server)
{
    int child, number;

    for (number = 0; number < NAMES; ++number) {
        assert_int_equal(ct_places_taken(&server->table->kinds[number]), 0);
        for (child = 0; child < CHILDREN; ++child) {
            assert_int_equal(server->limits[child][number].waiting, 0);
            assert_int_equal(server->limits[child][number].running, 0);
            assert_null(server->limits[child][number].first);
        }
    }
    free(server->table);
}

static void server_finish(server_t *server)
{
    int child;

    for (child = 0; child < CHILDREN; ++child) {
        finish(server->d[child]);
    }
    assert_nothing_left(server);
}

static void defer(server_t *server, int child, deed_t *deeds,
                  const char *plan)
{
    ct_dispatcher_t *d = server->d[child];
    ct_ledger_t *ledger = ledger_of(server->p, server->journal, deeds, plan);

    ct_ledger_enter(ledger, &d->settings.name_limits, 1, NULL);
    assert_int_equal(ct_dispatcher_reserve(d, ledger->count), ledger->count);
    assert_int_equal(ct_dispatcher_push(
        d, ct_batch_make(NULL, ledger->first, ledger->count)), APR_SUCCESS);
}

/* Until so many batches are kept for a name in a child. */
static void kept_reached(server_t *server, int child, int number, int count)
{
    int kept = -1;

    while (kept != count) {
        const ct_batch_t *batch;

        ct_workers_lock(server->d[child]);
        batch = server->limits[child][number].first;
        for (kept = 0; batch; batch = batch->next) {
            ++kept;
        }
        ct_workers_unlock(server->d[child]);
        sched_yield();
    }
}

/* What another child runs holds up here, and lets go here. */
static void waits_for_another_child(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x"), other = DEED("other");
    server_t server;

    first.leave = &leave;
    server_start(&server, *state, 2);
    defer(&server, 0, &first, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    defer(&server, 1, &second, "p");
    defer(&server, 1, &other, "p");
    assert_true(journal_reached(server.journal, NOTED_END, 1));
    assert_ended(server.journal, "other", CROSSTOWN_RAN);
    kept_reached(&server, 1, 0, 1);
    assert_int_equal(journal_count(server.journal, NOTED_START, "x"), 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_END, 3));
    server_finish(&server);
}

static atomic_int before;            /* a task's start: had ended */

static void count_before(deed_t *deed, const crosstown_task_t *task)
{
    before = journal_count(deed->journal, NOTED_END, "x");
}

/* In the order in which they came, and what stands behind one of them in its
 * request stays behind it. */
static void order_is_kept(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x");
    deed_t deeds[3] = { DEED("a"), DEED("x"), DEED("b") };
    deed_t last = DEED("x");
    server_t server;

    first.leave = &leave;
    server_start(&server, *state, 2);
    defer(&server, 0, &first, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    defer(&server, 1, deeds, "ppp");
    kept_reached(&server, 1, 0, 1);
    defer(&server, 1, &last, "p");
    kept_reached(&server, 1, 0, 2);
    assert_string_equal(journal_starts(server.journal, *state), "x a");
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_END, 5));
    assert_memory_equal(journal_starts(server.journal, *state), "x a x", 5);
    server_finish(&server);
}

static void *open_it(void *gate)
{
    gate_open(gate);
    return NULL;
}

/* The drain goes on as long as another child may give a place back. */
static void a_drain_waits_for_another_child(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x");
    pthread_t opener;
    server_t server;

    first.leave = &leave;
    server_start(&server, *state, 1);
    defer(&server, 0, &first, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    defer(&server, 1, &second, "p");
    kept_reached(&server, 1, 0, 1);
    assert_int_equal(pthread_create(&opener, NULL, open_it, &leave), 0);
    finish(server.d[1]);
    pthread_join(opener, NULL);
    assert_int_equal(journal_count(server.journal, NOTED_START, "x"), 2);
    finish(server.d[0]);
    assert_nothing_left(&server);
}

static void a_stop_tells_what_is_kept(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x"), third = DEED("x");
    ct_drained_t drained;
    server_t server;

    first.leave = &leave;
    server_start(&server, *state, 1);
    defer(&server, 0, &first, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    defer(&server, 1, &second, "p");
    defer(&server, 1, &third, "p");
    kept_reached(&server, 1, 0, 2);
    ct_dispatcher_drain(server.d[1], 0, &drained);
    assert_int_equal(drained.stopped, 2);
    assert_int_equal(server.d[1]->waiting, 0);
    ct_dispatcher_destroy(server.d[1]);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_OVER, 3));
    finish(server.d[0]);
    assert_nothing_left(&server);
}

/* What a drain leaves running keeps its place until it returns. */
static void left_behind_keeps_its_place(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x");
    ct_drained_t drained;
    server_t server;

    first.leave = &leave;
    server_start(&server, *state, 1);
    defer(&server, 0, &first, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    ct_dispatcher_drain(server.d[0], 0, &drained);
    assert_int_equal(drained.left_running, 1);
    defer(&server, 1, &second, "p");
    kept_reached(&server, 1, 0, 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_OVER, 2));
    ct_dispatcher_destroy(server.d[0]);
    finish(server.d[1]);
    assert_nothing_left(&server);
}

/* A place was promised to a child that was killed before it took it. */
static void a_promise_to_the_dead(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x");
    server_t server;

    first.leave = &leave;
    server_start(&server, *state, 1);
    atomic_store(&server.table->kinds[0].owners[0], PROMISED);
    defer(&server, 0, &first, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    defer(&server, 1, &second, "p");
    kept_reached(&server, 1, 0, 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_END, 2));
    server_finish(&server);
}

/* A place that is free for a moment is for whoever was kept, not for a
 * newcomer. */
static void the_kept_come_first(void **state)
{
    deed_t second = DEED("x"), third = DEED("x");
    server_t server;

    third.act = count_before;
    server_start(&server, *state, 1);
    atomic_store(&server.table->kinds[0].owners[0], STRANGER);
    defer(&server, 1, &second, "p");
    kept_reached(&server, 1, 0, 1);
    ct_workers_lock(server.d[1]);
    atomic_store(&server.table->kinds[0].owners[0], 0);
    ct_workers_unlock(server.d[1]);
    defer(&server, 1, &third, "p");
    assert_true(journal_reached(server.journal, NOTED_END, 2));
    assert_int_equal(before, 1);
    server_finish(&server);
}

/* A batch that has a place, and is not taken any more, gives back that one and
 * no other. */
static void what_is_let_go_and_stopped(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t running = DEED("y"), busy = DEED("busy");
    deed_t deeds[2] = { DEED("y"), DEED("y") };
    ct_drained_t drained;
    server_t server;
    ct_places_t other;

    running.leave = busy.leave = &leave;
    server_start(&server, *state, 2);
    other = server.limits[0][1].places;
    assert_true(ct_places_take(&other, 0));
    defer(&server, 1, &running, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    defer(&server, 1, deeds, "pp");
    kept_reached(&server, 1, 1, 1);
    defer(&server, 1, &busy, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 2));
    ct_places_give_back(&other);
    kept_reached(&server, 1, 1, 0);
    assert_int_equal(ct_places_taken(&server.table->kinds[1]), 2);
    ct_dispatcher_drain(server.d[1], 0, &drained);
    assert_int_equal(drained.stopped, 2);
    assert_int_equal(ct_places_taken(&server.table->kinds[1]), 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_OVER, 4));
    ct_dispatcher_destroy(server.d[1]);
    finish(server.d[0]);
    assert_nothing_left(&server);
}

/* ---- many ---- */

#define DEEDS 300

static void never_too_many(void **state)
{
    static deed_t deeds[DEEDS];
    server_t server;
    int i;

    deeds_inside_reset();
    server_start(&server, *state, 4);
    for (i = 0; i < DEEDS; ++i) {
        memset(&deeds[i], 0, sizeof(deeds[i]));
        apr_cpystrn(deeds[i].name, i % 3 ? "y" : "other",
                    sizeof(deeds[i].name));
        deeds[i].act = i % 3 ? deed_counts_inside : NULL;
    }
    for (i = 0; i < DEEDS; i += 6) {
        defer(&server, i % 4 / 2, &deeds[i], "pppppp");
    }
    assert_true(journal_reached(server.journal, NOTED_END, DEEDS));
    assert_in_range(deeds_most_inside(), 1, 2);
    server_finish(&server);
}

/* How many threads wait for a place: they are put behind each other where they
 * stand, and counted. */
static int waiters(ct_place_table_t *table)
{
    const int requeue = 4;           /* FUTEX_CMP_REQUEUE */

    return (int)syscall(SYS_futex, &table->changes, requeue, 0,
                        (void *)(long)INT_MAX, &table->changes,
                        atomic_load(&table->changes));
}

/* A place is not given back before both children wait for it, so that none
 * goes without only because its thread has not had a processor. */
static void until_both_wait(deed_t *deed, const crosstown_task_t *task)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);

    while (atomic_load(&before) < 0 && waiters(deed->context) < CHILDREN
           && apr_time_now() < until) {
        sched_yield();
    }
}

/* One child always has more to do: the other comes to its turn before that is
 * through. Where the system cannot tell whether anybody waits, nothing is
 * promised, and it may not. */
static void nobody_is_starved(void **state)
{
    static deed_t deeds[DEEDS];
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), last = DEED("x");
    server_t server;
    int i;

    if (!CT_HAS_FUTEX) {
        skip();
    }
    before = -1;
    first.leave = &leave;
    server_start(&server, *state, 2);
    defer(&server, 0, &first, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    for (i = 0; i < DEEDS; ++i) {
        memset(&deeds[i], 0, sizeof(deeds[i]));
        strcpy(deeds[i].name, "x");
        deeds[i].act = until_both_wait;
        deeds[i].context = server.table;
        defer(&server, 0, &deeds[i], "p");
    }
    kept_reached(&server, 0, 0, DEEDS);
    last.act = count_before;
    defer(&server, 1, &last, "p");
    kept_reached(&server, 1, 0, 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_END, DEEDS + 2));
    assert_in_range(before, 1, DEEDS / 2);
    server_finish(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(waits_for_another_child),
        with_pool(order_is_kept),
        with_pool(a_drain_waits_for_another_child),
        with_pool(a_stop_tells_what_is_kept),
        with_pool(left_behind_keeps_its_place),
        with_pool(a_promise_to_the_dead),
        with_pool(the_kept_come_first),
        with_pool(what_is_let_go_and_stopped),
        with_pool(never_too_many),
        with_pool(nobody_is_starved),
    };

    return run_group("limited_server", tests);
}
