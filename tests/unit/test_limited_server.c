/* SPDX-License-Identifier: Apache-2.0 */
/* limited, place_watch: a limit that is counted over all processes: what runs
 * in one of them holds up in the others, and never too much runs at once. */
#include "support_limited_server.h"

/* A place that is promised to a process. */
#define PROMISED 0xffffffffU

/* What another child runs holds up here, and lets go here. */
static void waits_for_another_child(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x"), other = DEED("other");
    server_t server;

    server_start(&server, *state, 2);
    server_keep_busy(&server, &first, &leave);
    server_defer(&server, 1, &second, "p");
    server_defer(&server, 1, &other, "p");
    assert_true(journal_reached(server.journal, NOTED_END, 1));
    assert_ended(server.journal, "other", CROSSTOWN_RAN);
    server_await_kept(&server, 1, 0, 1);
    assert_int_equal(journal_count(server.journal, NOTED_START, "x"), 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_END, 3));
    server_finish(&server);
}

/* A place was promised to a child that was killed before it took it. */
static void a_promise_to_the_dead(void **state)
{
    gate_t leave = GATE_INIT;
    deed_t first = DEED("x"), second = DEED("x");
    server_t server;

    server_start(&server, *state, 1);
    atomic_store(&server.table->kinds[0].owners[0], PROMISED);
    server_keep_busy(&server, &first, &leave);
    server_defer(&server, 1, &second, "p");
    server_await_kept(&server, 1, 0, 1);
    gate_open(&leave);
    assert_true(journal_reached(server.journal, NOTED_END, 2));
    server_finish(&server);
}

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
        server_defer(&server, i % 4 / 2, &deeds[i], "pppppp");
    }
    assert_true(journal_reached(server.journal, NOTED_END, DEEDS));
    assert_in_range(deeds_most_inside(), 1, 2);
    server_finish(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(waits_for_another_child),
        with_pool(a_promise_to_the_dead),
        with_pool(never_too_many),
    };

    return run_group("limited_server", tests);
}
