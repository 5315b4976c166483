/* SPDX-License-Identifier: Apache-2.0 */
/* limited, place_watch: a child stops while tasks of it wait for a place, have
 * one, or stay behind in one: another child loses none by that. */
#include "support_limited_server.h"

#include "workers.h"

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

    server_start(&server, *state, 1);
    server_keep_busy(&server, &first, &leave);
    server_defer(&server, 1, &second, "p");
    server_await_kept(&server, 1, 0, 1);
    assert_int_equal(pthread_create(&opener, NULL, open_it, &leave), 0);
    finish(server.d[1]);
    pthread_join(opener, NULL);
    assert_int_equal(journal_count(server.journal, NOTED_START, "x"), 2);
    finish(server.d[0]);
    server_assert_empty(&server);
}

static void a_stop_tells_what_is_kept(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x"), third = DEED("x");
    ct_drained_t drained;
    server_t server;

    server_start(&server, *state, 1);
    server_keep_busy(&server, &first, &leave);
    server_defer(&server, 1, &second, "p");
    server_defer(&server, 1, &third, "p");
    server_await_kept(&server, 1, 0, 2);
    ct_dispatcher_drain(server.d[1], 0, &drained);
    assert_int_equal(drained.stopped, 2);
    assert_int_equal(server.d[1]->waiting, 0);
    ct_dispatcher_destroy(server.d[1]);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_OVER, 3));
    finish(server.d[0]);
    server_assert_empty(&server);
}

/* What a drain leaves running keeps its place until it returns. */
static void left_behind_keeps_its_place(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x");
    ct_drained_t drained;
    server_t server;

    server_start(&server, *state, 1);
    server_keep_busy(&server, &first, &leave);
    ct_dispatcher_drain(server.d[0], 0, &drained);
    assert_int_equal(drained.left_running, 1);
    server_defer(&server, 1, &second, "p");
    server_await_kept(&server, 1, 0, 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_OVER, 2));
    ct_dispatcher_destroy(server.d[0]);
    finish(server.d[1]);
    server_assert_empty(&server);
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
    server_defer(&server, 1, &running, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 1));
    server_defer(&server, 1, deeds, "pp");
    server_await_kept(&server, 1, 1, 1);
    server_defer(&server, 1, &busy, "p");
    assert_true(journal_reached(server.journal, NOTED_START, 2));
    ct_places_give_back(&other);
    server_await_kept(&server, 1, 1, 0);
    assert_int_equal(ct_places_taken(&server.table->kinds[1]), 2);
    ct_dispatcher_drain(server.d[1], 0, &drained);
    assert_int_equal(drained.stopped, 2);
    assert_int_equal(ct_places_taken(&server.table->kinds[1]), 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_OVER, 4));
    ct_dispatcher_destroy(server.d[1]);
    finish(server.d[0]);
    server_assert_empty(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(a_drain_waits_for_another_child),
        with_pool(a_stop_tells_what_is_kept),
        with_pool(left_behind_keeps_its_place),
        with_pool(what_is_let_go_and_stopped),
    };

    return run_group("limited_server: stop", tests);
}
