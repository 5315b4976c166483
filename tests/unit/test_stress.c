/* SPDX-License-Identifier: Apache-2.0 */
/* Everything at once, by chance: requests on several threads are refused
 * places, pushed or attended, their tasks wait, meet, ask to be called again
 * and hand over further ones, threads and memory cannot be had for a while,
 * and a drain comes early or late while all of them go on. The model
 * (support_model.h) asks of every task: one end, no call but those that it
 * asked for, in its turn.
 *
 * CROSSTOWN_SEED=n            begin with the choices of a round that failed
 * CROSSTOWN_STRESS_SECONDS=n  go on for so long
 * CROSSTOWN_STRESS_TELL=1     say what happened how often */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "support_calls.h"
#include "support_chaos.h"
#include "support_stress.h"

#if defined(__SANITIZE_THREAD__)
#define SECONDS 10
#else
#define SECONDS 2
#endif
#define ROUNDS_AT_LEAST 20
#define REQUESTS 30                      /* of each producer in a round */

/* One follower in so many may come to its function's first line before its
 * predecessor, which was called before but held up by the kernel there. */
#define OVERTAKEN_ONE_IN 200

/* And one in so many that the drain leaves behind may have been on its way
 * into its function. */
#define LATE_ONE_IN 25

static void choose(round_t *round, uint64_t *luck)
{
    static const apr_interval_time_t patience[] = { 0, 300, SUPPORT_HOUR };
    static const apr_interval_time_t linger[] = { 1, 50, 400, SUPPORT_HOUR };
    static const unsigned int held_up[] = { 0, 40, 6 };
    model_t *model = &round->model;
    ct_dispatcher_settings_t *settings = &model->settings;

    model->early = chance(luck, 3) == 0;
    model->faults = chance(luck, 3) == 0;
    model->inline_overflow = chance(luck, 2);
    model->alone = chance(luck, 6) == 0;
    model->meetings = !model->faults && !model->early;
    settings->threads_min = model->alone ? 1 : 1 + chance(luck, 3);
    settings->threads_max = settings->threads_min
                            + (model->alone ? 0 : chance(luck, 6));
    model->alone = settings->threads_max == 1;
    settings->queue_max = 1 + chance(luck, 40);
    settings->linger = linger[chance(luck, 4)];
    settings->patience = patience[chance(luck, 3)];
    round->count = 1 + chance(luck, MODEL_OWN_THREADS - 1);
    round->begin_drain = chance(luck, round->count * REQUESTS * 2);
    round->drain = chance(luck, 3) ? chance(luck, 3000) : 0;
    chaos_set(held_up[chance(luck, 3)]);
}

/* Now and then few threads with little to do, and each waits for it, perhaps
 * for what the others do too: then nobody comes by who would call whom
 * somebody else has forgotten. */
static void start(round_t *round, uint64_t *luck)
{
    int sparse = chance(luck, 3) == 0;
    int waits = sparse || chance(luck, 4) == 0;
    int in_step = sparse && chance(luck, 2);
    int requests = 1 + chance(luck, REQUESTS);
    int i;

    if (sparse && round->count > 3) {
        round->count = 3;
    }
    /* What is due while there is no thread is looked after once a second. */
    round->model.none_later = round->model.faults && waits;

    /* All of them before the first makes trouble. */
    for (i = 0; i < round->count; ++i) {
        apr_pool_create_unmanaged_ex(&round->producers[i].scratch, NULL,
                                     NULL);
    }
    for (i = 0; i < round->count; ++i) {
        producer_t *producer = &round->producers[i];

        producer->model = &round->model;
        producer->requests = in_step ? 3 * requests
                                     : 1 + (int)chance(luck, REQUESTS);
        producer->waits = waits;
        producer->in_step = in_step;
        producer->most = sparse ? 2 : MODEL_TASKS;
        producer->luck = *luck + 977 * (i + 1);
        producer->thread = own_thread(stress_produce, producer);
    }
}

/* Every place is free again, and no more than there are. */
static void check_places(model_t *model)
{
    apr_uint32_t max = model->settings.queue_max;
    apr_uint32_t got = ct_dispatcher_reserve(model->d, max + 3);

    if (got != max) {
        fprintf(stderr, "%u of %u places\n", (unsigned)got, (unsigned)max);
        stress_give_up(model, got < max ? "places were not given back"
                                        : "more places than the queue has",
                       NULL);
    }
    if (ct_dispatcher_reserve(model->d, 1) != 0) {
        stress_give_up(model, "a place in a full queue", NULL);
    }
    ct_dispatcher_release(model->d, got);
}

static void wait_for_producers(round_t *round)
{
    int i;

    if (!stress_reached(&round->model, &round->finished, round->count)) {
        stress_give_up(&round->model, "a request's thread does not come back",
                       NULL);
    }
    for (i = 0; i < round->count; ++i) {
        pthread_join(round->producers[i].thread, NULL);
        apr_pool_destroy(round->producers[i].scratch);
    }
    threads_refuse(0);
    pools_refuse(0);
}

/* A task that hands over another is not over yet: equal is the end. What is
 * expected may go down again, where the dispatcher is closed. */
static void wait_for_tasks(model_t *model)
{
    time_t until = time(NULL) + 2 * MODEL_PATIENCE;

    while (MODEL_READ(model->overs) != MODEL_READ(model->expected)) {
        stress_look(model);
        if (time(NULL) > until) {
            stress_give_up(model, "tasks are left lying", NULL);
        }
        sched_yield();
    }
    /* Destroying the dispatcher would give back what was forgotten. */
    if (!stress_reached(model, &model->gone, MODEL_READ(model->carried))) {
        stress_give_up(model, "a batch is not given back", NULL);
    }
}

static void drain(round_t *round, uint64_t *luck, ct_drained_t *drained)
{
    model_t *model = &round->model;
    apr_interval_time_t patience = apr_time_from_sec(MODEL_PATIENCE);
    time_t until = time(NULL) + MODEL_PATIENCE;

    if (model->early) {
        while (MODEL_READ(model->overs) < round->begin_drain
               && MODEL_READ(round->finished) < round->count
               && time(NULL) < until) {
            sched_yield();
        }
        patience = round->drain;
        model_time_left(chance(luck, 2) ? 0 : -1);
    }
    MODEL_WRITE(model->stopping, 1);
    ct_dispatcher_drain(model->d, patience, drained);
    MODEL_WRITE(model->drained, 1);
    if (!ct_dispatcher_closed(model->d)) {
        stress_give_up(model, "open after the drain", NULL);
    }
}

static void play(apr_pool_t *p, uint64_t luck, model_tally_t *tally)
{
    round_t *round = apr_pcalloc(p, sizeof(*round));
    model_t *model = &round->model;
    ct_drained_t drained;

    chance(&luck, 1);
    pthread_mutex_init(&model->lock, NULL);
    model_settings(model);
    choose(round, &luck);
    if (ct_dispatcher_make(&model->d, &model->settings) != APR_SUCCESS) {
        stress_give_up(model, "no dispatcher could be made", NULL);
    }
    start(round, &luck);
    if (!model->early) {
        wait_for_producers(round);
        if (chance(&luck, 2)) {
            wait_for_tasks(model);
            check_places(model);
        }
    }
    drain(round, &luck, &drained);
    if (model->early) {
        wait_for_producers(round);
    }
    wait_for_tasks(model);
    check_places(model);
    ct_dispatcher_destroy(model->d);
    model_check(model, &drained, tally);
    stress_look(model);
    model_free(model);
}

static unsigned long number(const char *name, unsigned long otherwise)
{
    const char *given = getenv(name);

    return given ? strtoul(given, NULL, 10) : otherwise;
}

static void tell(const model_tally_t *tally, int rounds)
{
    printf("stress: %d rounds, %lu tasks: %lu on a request's thread, %lu "
           "rejected, %lu stopped, %lu left running (%lu called late), %lu "
           "not given; %lu of %lu followers overtook, %lu requests "
           "attended; %lu called again, %lu had no place for that, %lu "
           "delayed\n", rounds, tally->tasks,
           tally->inline_runs, tally->rejected, tally->stopped,
           tally->abandoned, tally->late, tally->given_back, tally->overtaken,
           tally->followers, tally->attended, tally->again,
           tally->cut_short, tally->delayed);
}

/* What a single round may show without being wrong. */
static void judge(const model_tally_t *tally)
{
    if (tally->overtaken * OVERTAKEN_ONE_IN > tally->followers) {
        fail_msg("%lu of %lu tasks were called before their predecessors",
                 tally->overtaken, tally->followers);
    }
    if (tally->late > 1 + tally->abandoned / LATE_ONE_IN) {
        fail_msg("%lu of %lu tasks left running were called after their end "
                 "was told", tally->late, tally->abandoned);
    }
}

static void everything_at_once(void **state)
{
    time_t until = time(NULL) + number("CROSSTOWN_STRESS_SECONDS", SECONDS);
    model_tally_t tally;
    int rounds;

    memset(&tally, 0, sizeof(tally));
    stress_seed = number("CROSSTOWN_SEED", stress_seed);
    model_own_thread(1);
    for (rounds = 0; rounds < ROUNDS_AT_LEAST || time(NULL) < until;
         ++rounds, ++stress_seed) {
        apr_pool_t *p = scratch_of(*state);

        stress_watch();
        play(p, stress_seed * 1000003, &tally);
        apr_pool_destroy(p);
    }
    alarm(0);
    chaos_set(0);
    if (getenv("CROSSTOWN_STRESS_TELL")) {
        tell(&tally, rounds);
    }
    judge(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = { with_pool(everything_at_once) };

    return run_group("stress", tests);
}
