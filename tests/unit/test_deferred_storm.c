/* SPDX-License-Identifier: Apache-2.0 */
/* deferred: eight threads do everything with the same deferreds, by chance.
 * In the end each link has run once, alone and in its turn, and each deferred
 * is gone.
 *
 * CROSSTOWN_SEED=n            begin with the choices of a round that failed
 * CROSSTOWN_STRESS_SECONDS=n  go on for so long */
#include "support_deferred.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support_calls.h"
#include "support_chaos.h"

#define SECONDS 2
#define THREADS 8
#define SHARED 12
#define STEPS 60
#define ROUNDS_AT_LEAST 10

/* A link of a thread. Written by whoever runs it, which is one at a time. */
typedef struct cell_t {
    struct round_t *round;
    int thread;
    int shared;                      /* which deferred */
    int turn;                        /* of this thread's links there */
    int runs;
    int inner;                       /* hand that one on; < 0: none */
} cell_t;

typedef struct worker_t {
    struct round_t *round;
    int number;
    uint64_t luck;
    pthread_t thread;
    int cells_used;
    int turns[SHARED];
    cell_t cells[STEPS * 3];
} worker_t;

/* last_turn[d] belongs to the chain of d: no lock but that of the chain. */
typedef struct round_t {
    crosstown_deferred_t *shared[SHARED];
    worker_t workers[THREADS];
    int last_turn[SHARED][THREADS];
    int inside[SHARED];
    int gone;                        /* atomic */
    int wrong;                       /* atomic */
} round_t;

static void expect(round_t *round, int is_true, const char *what)
{
    if (!is_true) {
        fprintf(stderr, "%s\n", what);
        __atomic_add_fetch(&round->wrong, 1, __ATOMIC_SEQ_CST);
    }
}

static apr_status_t count_gone(void *data)
{
    __atomic_add_fetch((int *)data, 1, __ATOMIC_SEQ_CST);
    return APR_SUCCESS;
}

static apr_status_t run_cell(crosstown_step_t *step, void *data)
{
    cell_t *cell = data;
    round_t *round = cell->round;
    int *last = &round->last_turn[cell->shared][cell->thread];

    expect(round, ++round->inside[cell->shared] == 1, "two links at once");
    expect(round, *last + 1 == cell->turn, "a link out of its turn");
    *last = cell->turn;
    ++cell->runs;
    if (cell->inner >= 0) {
        step->wait_for = deferreds->keep(round->shared[cell->inner]);
    }
    --round->inside[cell->shared];
    return cell->turn % 5 == 0 ? APR_EGENERAL : APR_SUCCESS;
}

static const crosstown_link_t row[] = {
    { run_cell, run_cell }, CROSSTOWN_CHAIN_END
};

/* Only later ones are waited for, so that there is no ring. */
static void add_cell(worker_t *worker, int at, int waits)
{
    cell_t *cell = &worker->cells[worker->cells_used++];
    crosstown_deferred_t *d = worker->round->shared[at];

    cell->round = worker->round;
    cell->thread = worker->number;
    cell->shared = at;
    cell->turn = ++worker->turns[at];
    cell->inner = waits && at + 1 < SHARED
                  ? at + 1 + (int)chance(&worker->luck, SHARED - at - 1) : -1;
    if (chance(&worker->luck, 2)) {
        deferreds->add_both(d, run_cell, cell);
    }
    else {
        deferreds->add_links(d, row, cell);
    }
}

static void look(worker_t *worker, crosstown_deferred_t *d,
                 apr_interval_time_t timeout)
{
    crosstown_result_t result;
    apr_status_t rv;

    memset(&result, 0, sizeof(result));
    result.size = sizeof(result);
    rv = deferreds->wait(d, timeout, &result);
    expect(worker->round, rv == APR_SUCCESS || rv == APR_TIMEUP,
           "wait() failed");
    if (rv == APR_SUCCESS && result.status != APR_SUCCESS) {
        expect(worker->round, result.message && *result.message,
               "a failure without words");
    }
}

static void gather_two(worker_t *worker, int at)
{
    crosstown_deferred_t *several[2];
    crosstown_deferred_t *d;

    several[0] = worker->round->shared[at];
    several[1] = worker->round->shared[chance(&worker->luck, SHARED)];
    d = deferreds->gather(several, 2,
                          (crosstown_gather_e)chance(&worker->luck, 3));
    if (chance(&worker->luck, 8) == 0) {
        deferreds->cancel(d);
    }
    look(worker, d, 0);
    deferreds->release(d);
}

static void stash(worker_t *worker, crosstown_deferred_t *d)
{
    char id[CROSSTOWN_STASH_ID_SIZE];
    crosstown_deferred_t *taken = NULL;

    if (deferreds->stash(d, id) == APR_SUCCESS) {
        deferreds->retrieve(id, &taken);
    }
    expect(worker->round, taken == d, "the stash has lost one");
    deferreds->release(taken);
}

static void do_something(worker_t *worker)
{
    int at = (int)chance(&worker->luck, SHARED);
    crosstown_deferred_t *d = worker->round->shared[at];

    switch (chance(&worker->luck, 15)) {
    case 0:
        deferreds->fire(d, worker);
        break;
    case 1:
        deferreds->fail(d, APR_ENOENT, "by chance");
        break;
    case 2:
        deferreds->cancel(d);
        break;
    case 3:
        deferreds->pause(d);
        add_cell(worker, at, 0);
        deferreds->resume(d);
        break;
    case 4:
        look(worker, d, 0);
        break;
    case 5:
        look(worker, d, 20);
        break;
    case 6:
        gather_two(worker, at);
        break;
    case 7:
        deferreds->timeout(d, 50);
        break;
    case 8:
        deferreds->release(deferreds->keep(d));
        break;
    case 9:
        stash(worker, d);
        break;
    case 10:
    case 11:
        add_cell(worker, at, 1);
        break;
    default:
        add_cell(worker, at, 0);
    }
}

static void *work(void *data)
{
    worker_t *worker = data;
    int i;

    for (i = 0; i < STEPS; ++i) {
        do_something(worker);
    }
    for (i = 0; i < SHARED; ++i) {
        deferreds->release(worker->round->shared[i]);
    }
    return NULL;
}

static void fire_when_cancelled(crosstown_deferred_t *d, void *data)
{
    deferreds->fire(d, data);
}

static void start(round_t *round, uint64_t *luck)
{
    int i, j;

    memset(round, 0, sizeof(*round));
    for (i = 0; i < SHARED; ++i) {
        crosstown_deferred_t *d
            = deferreds->make(chance(luck, 2) ? fire_when_cancelled : NULL,
                              round);

        assert_non_null(d);
        apr_pool_cleanup_register(deferreds->pool(d), &round->gone,
                                  count_gone, apr_pool_cleanup_null);
        round->shared[i] = d;
        for (j = 0; j < THREADS; ++j) {
            deferreds->keep(d);
        }
    }
    for (i = 0; i < THREADS; ++i) {
        worker_t *worker = &round->workers[i];

        worker->round = round;
        worker->number = i;
        worker->luck = *luck + 977 * (i + 1);
        worker->thread = own_thread(work, worker);
    }
}

/* Everything fires now, if it has not. From there on nothing is left to wait
 * for; but an alarm may be at work on the clock's thread. */
static void finish_round(round_t *round)
{
    crosstown_result_t result;
    int i;

    result.size = sizeof(result);
    for (i = 0; i < THREADS; ++i) {
        pthread_join(round->workers[i].thread, NULL);
    }
    for (i = SHARED - 1; i >= 0; --i) {
        deferreds->fire(round->shared[i], round);
    }
    for (i = 0; i < SHARED; ++i) {
        assert_int_equal(deferreds->wait(round->shared[i],
                                         apr_time_from_sec(SUPPORT_PATIENCE),
                                         &result), APR_SUCCESS);
        deferreds->release(round->shared[i]);
    }
    child_stop();
    child_start();
}

static void check(round_t *round)
{
    int i, j;

    for (i = 0; i < THREADS; ++i) {
        worker_t *worker = &round->workers[i];

        for (j = 0; j < worker->cells_used; ++j) {
            expect(round, worker->cells[j].runs == 1,
                   "a link did not run once");
        }
        for (j = 0; j < SHARED; ++j) {
            expect(round, round->last_turn[j][i] == worker->turns[j],
                   "a link is missing");
        }
    }
    expect(round, __atomic_load_n(&round->gone, __ATOMIC_SEQ_CST) == SHARED,
           "a deferred is left");
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void many_threads_share_them(void **state)
{
    round_t *round = apr_palloc(*state, sizeof(*round));
    uint64_t seed = number_from("CROSSTOWN_SEED", (uint64_t)time(NULL));
    apr_time_t until = clock_now()
        + apr_time_from_sec(number_from("CROSSTOWN_STRESS_SECONDS", SECONDS));
    int rounds = 0;

    workers_refuse_with(APR_EAGAIN);
    while (rounds < ROUNDS_AT_LEAST || clock_now() < until) {
        uint64_t luck = seed;

        start(round, &luck);
        finish_round(round);
        check(round);
        if (round->wrong) {
            print_error("CROSSTOWN_SEED=%" PRIu64 ", round %d\n", seed,
                        rounds);
            _fail(__FILE__, __LINE__);
        }
        ++rounds;
        ++seed;
    }
    unseen_ignore();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deferreds(many_threads_share_them),
    };

    return run_group("deferred: storm", tests);
}
