/* SPDX-License-Identifier: Apache-2.0 */
/* support_limited_server: see support_limited_server.h. */
#include "support_limited_server.h"

#include <sched.h>
#include <stdlib.h>

#include "workers.h"

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

void server_start(server_t *server, apr_pool_t *p, apr_uint32_t threads)
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

void server_assert_empty(server_t *server)
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

void server_finish(server_t *server)
{
    int child;

    for (child = 0; child < CHILDREN; ++child) {
        finish(server->d[child]);
    }
    server_assert_empty(server);
}

void server_defer(server_t *server, int child, deed_t *deeds,
                  const char *plan)
{
    ct_dispatcher_t *d = server->d[child];
    ct_ledger_t *ledger = ledger_of(server->p, server->journal, deeds, plan);

    ct_ledger_enter(ledger, &d->settings.name_limits, 1, NULL);
    assert_int_equal(ct_dispatcher_reserve(d, ledger->count), ledger->count);
    assert_int_equal(ct_dispatcher_push(
        d, ct_batch_make(NULL, ledger->first, ledger->count)), APR_SUCCESS);
}

void server_keep_busy(server_t *server, deed_t *busy, gate_t *leave)
{
    busy->leave = leave;
    server_defer(server, 0, busy, "p");
    assert_true(journal_reached(server->journal, NOTED_START, 1));
}

/* Nobody tells when that is so, hence the looking. */
void server_await_kept(server_t *server, int child, int number, int count)
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
