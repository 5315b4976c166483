/* SPDX-License-Identifier: Apache-2.0 */
/* held_many: tasks that are over later, hundreds at once, finished while their
 * functions still run. */
#include "support_held.h"

#include <stdlib.h>

#define MANY 300
#define FINISHERS 3

typedef struct storm_t {
    holder_t holders[MANY];
    ct_dispatcher_t *d;
    atomic_int next;
} storm_t;

/* As soon as it is known, so that some functions have not returned yet. */
static int finish_next(storm_t *storm)
{
    int i = atomic_fetch_add(&storm->next, 1);
    apr_status_t result;

    if (i >= MANY) {
        return 0;
    }
    result = i % 2 ? APR_EGENERAL : APR_SUCCESS;
    gate_pass(&storm->holders[i].returns);
    if (!ct_dispatcher_finish(storm->d, storm->holders[i].held, result,
                              i % 3 ? "words" : NULL)) {
        abort();
    }
    return 1;
}

static void *finish_many(void *storm)
{
    while (finish_next(storm)) {
    }
    return NULL;
}

/* Each has a holder of its own. */
static void hold_all(storm_t *storm, ct_dispatcher_t *d, deed_t *deeds)
{
    const holder_t holder = HOLDER(d);
    int i;

    storm->d = d;
    for (i = 0; i < MANY; ++i) {
        storm->holders[i] = holder;
        deeds[i] = deed_that_holds("held", &storm->holders[i]);
    }
}

/* Push all of them, while `finishing` runs on several threads. */
static void run_storm(storm_t *storm, apr_pool_t *p, journal_t *journal,
                      deed_t *deeds, void *(*finishing)(void *storm))
{
    pthread_t finishers[FINISHERS];
    int i;

    for (i = 0; i < FINISHERS; ++i) {
        assert_int_equal(pthread_create(&finishers[i], NULL, finishing,
                                        storm), 0);
    }
    for (i = 0; i < MANY; i += 3) {
        assert_int_equal(push_plan(storm->d, p, journal, &deeds[i], "ppp"),
                         APR_SUCCESS);
    }
    for (i = 0; i < FINISHERS; ++i) {
        pthread_join(finishers[i], NULL);
    }
}

static void many_at_once(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 3);
    storm_t *storm = apr_pcalloc(*state, sizeof(*storm));
    deed_t *deeds = apr_pcalloc(*state, MANY * sizeof(*deeds));

    hold_all(storm, d, deeds);
    run_storm(storm, *state, journal, deeds, finish_many);
    assert_true(journal_reached(journal, NOTED_END, MANY));
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_OVER, NULL), MANY);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), MANY);
}

/* ---- said from two sides at once ---- */

#define KEPT 64
#define MARK 'k'

static void mark_kept(const crosstown_task_t *task, void *kept)
{
    memset(kept, MARK, KEPT);
}

static void look_at_kept(void *kept)
{
    int i;

    for (i = 0; i < KEPT; ++i) {
        if (((const char *)kept)[i] != MARK) {
            abort();
        }
    }
}

/* Its function goes on to say something while it may be finished. */
static void hold_and_say(deed_t *deed, const crosstown_task_t *task)
{
    holder_t *holder = deed->context;

    if (task->attempt > 1) {
        deed->result = APR_SUCCESS;
        return;
    }
    holder->held = ct_dispatcher_hold(task);
    gate_open(&holder->returns);
    ct_task_say(task, "of its function");
}

static ct_report_t notes;            /* as the journal has them */

static void end_with_words(void *context, struct server_rec *server,
                           const crosstown_task_t *task,
                           crosstown_outcome_e outcome, apr_status_t result)
{
    const char *words = ct_task_view_of(task)->words;

    if (result != APR_SUCCESS
        && (!words || strcmp(words, "of another") != 0)) {
        abort();
    }
    notes.end(context, server, task, outcome, result);
}

/* One in four is to be called again. */
static void *say_and_finish(void *data)
{
    storm_t *storm = data;
    int i;

    while ((i = atomic_fetch_add(&storm->next, 1)) < MANY) {
        const crosstown_held_t *held;
        const crosstown_task_t *task;

        gate_pass(&storm->holders[i].returns);
        held = storm->holders[i].held;
        task = ct_dispatcher_held_task(storm->d, held);
        ct_task_say(task, "of another");
        (void)ct_dispatcher_finish(
            storm->d, storm->holders[i].held,
            i % 4 ? APR_EGENERAL : ct_task_ask_again(task, 0), NULL);
    }
    return NULL;
}

/* It may be finished while its function, and the report, are still busy with
 * it: nobody writes into what is another's. */
static void said_from_two_sides(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 3);
    storm_t *storm = apr_pcalloc(*state, sizeof(*storm));
    deed_t *deeds = apr_pcalloc(*state, MANY * sizeof(*deeds));
    int i;

    notes = settings.report;
    settings.report.end = end_with_words;
    settings.report.hold = mark_kept;
    settings.report.kept_size = KEPT;
    settings.report.take_up = settings.report.put_down = look_at_kept;
    assert_int_equal(ct_dispatcher_make(&storm->d, &settings), APR_SUCCESS);
    hold_all(storm, storm->d, deeds);
    for (i = 0; i < MANY; ++i) {
        deeds[i].act = hold_and_say;
    }
    run_storm(storm, *state, journal, deeds, say_and_finish);
    assert_true(journal_reached(journal, NOTED_END, MANY));
    finish(storm->d);
    assert_int_equal(journal_count(journal, NOTED_START, NULL),
                     MANY + MANY / 4);
}

/* More at once than there are lists at first: each is found, the oldest one
 * first, and no other one. */
static void thousands_wait(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    storm_t *storm = apr_pcalloc(*state, sizeof(*storm));
    deed_t *deeds = apr_pcalloc(*state, MANY * sizeof(*deeds));
    int i;

    hold_all(storm, d, deeds);
    for (i = 0; i < MANY; i += 3) {
        assert_int_equal(push_plan(d, *state, journal, &deeds[i], "ppp"),
                         APR_SUCCESS);
    }
    for (i = 0; i < MANY; ++i) {
        assert_true(gate_reached(&storm->holders[i].returns, 1));
    }
    for (i = 0; i < MANY; ++i) {
        assert_non_null(ct_dispatcher_held_task(d, storm->holders[i].held));
        assert_true(ct_dispatcher_finish(d, storm->holders[i].held,
                                         APR_SUCCESS, NULL));
        assert_null(ct_dispatcher_held_task(d, storm->holders[i].held));
        assert_false(ct_dispatcher_finish(d, storm->holders[i].held,
                                          APR_SUCCESS, NULL));
    }
    finish(d);
    assert_int_equal(journal_count(journal, NOTED_END, NULL), MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(many_at_once),
        with_pool(said_from_two_sides),
        with_pool(thousands_wait),
    };

    return run_group("held_many", tests);
}
