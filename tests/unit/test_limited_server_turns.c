/* SPDX-License-Identifier: Apache-2.0 */
/* limited, place_watch: who has the next place that is free: the tasks of a
 * child in the order in which they came, and each child in its turn. */
#include "support_limited_server.h"

#include <limits.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform.h"
#include "workers.h"

#define DEEDS 300
/* A process that is none of the children. */
#define STRANGER 99

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

    server_start(&server, *state, 2);
    server_keep_busy(&server, &first, &leave);
    server_defer(&server, 1, deeds, "ppp");
    server_await_kept(&server, 1, 0, 1);
    server_defer(&server, 1, &last, "p");
    server_await_kept(&server, 1, 0, 2);
    assert_string_equal(journal_starts(server.journal, *state), "x a");
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_END, 5));
    assert_memory_equal(journal_starts(server.journal, *state), "x a x", 5);
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
    server_defer(&server, 1, &second, "p");
    server_await_kept(&server, 1, 0, 1);
    ct_workers_lock(server.d[1]);
    atomic_store(&server.table->kinds[0].owners[0], 0);
    ct_workers_unlock(server.d[1]);
    server_defer(&server, 1, &third, "p");
    assert_true(journal_reached(server.journal, NOTED_END, 2));
    assert_int_equal(before, 1);
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
    server_start(&server, *state, 2);
    server_keep_busy(&server, &first, &leave);
    for (i = 0; i < DEEDS; ++i) {
        memset(&deeds[i], 0, sizeof(deeds[i]));
        strcpy(deeds[i].name, "x");
        deeds[i].act = until_both_wait;
        deeds[i].context = server.table;
        server_defer(&server, 0, &deeds[i], "p");
    }
    server_await_kept(&server, 0, 0, DEEDS);
    last.act = count_before;
    server_defer(&server, 1, &last, "p");
    server_await_kept(&server, 1, 0, 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_END, DEEDS + 2));
    assert_in_range(before, 1, DEEDS / 2);
    server_finish(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(order_is_kept),
        with_pool(the_kept_come_first),
        with_pool(nobody_is_starved),
    };

    return run_group("limited_server: turns", tests);
}
