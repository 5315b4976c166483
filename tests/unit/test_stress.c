/* SPDX-License-Identifier: Apache-2.0 */
/* Everything at once, by chance: requests on several threads record, are
 * refused places, push or attend, threads cannot be had for a while, and a
 * drain comes early or late. Afterwards the model asks of every task: one
 * end, one call at most, in its turn.
 *
 * CROSSTOWN_SEED=n repeats the choices of a run that failed. */
#include "support.h"

#include <sched.h>
#include <stdlib.h>

#include "crew.h"
#include "support_calls.h"

#define ROUNDS 200
#define PRODUCERS 4
#define REQUESTS 40                      /* of each producer in a round */
#define TASKS 8                          /* of a request, at most */

typedef struct task_t {
    int recorded, starts, overs, ends;
    int here;                            /* asked for the request's thread */
    int away;                            /* ran on another one */
    apr_uint32_t ticket;
    crosstown_outcome_e over_outcome, end_outcome;
    apr_status_t result, over_result, end_result;
    pthread_t owner;
    unsigned int spin;
} task_t;

/* The data of a task: this one, its copy, or what carry made of it. */
typedef struct payload_t {
    task_t *task;
} payload_t;

typedef struct round_t {
    ct_dispatcher_t *d;
    ct_dispatcher_settings_t settings;
    int faults;                          /* threads cannot be had at times */
    int inline_overflow;
    int early;                           /* the drain waits for no producer */
    gate_t begun, finished;
    task_t tasks[PRODUCERS][REQUESTS][TASKS];
    payload_t payloads[PRODUCERS][REQUESTS][TASKS];
} round_t;

typedef struct producer_t {
    round_t *round;
    int number;
    uint64_t luck;
    pthread_t thread;
} producer_t;

static unsigned long long seed = 20250321;
#define SEED "CROSSTOWN_SEED=%llu: "

#define COUNT(of) __atomic_add_fetch(&(of), 1, __ATOMIC_SEQ_CST)

/* 0..below-1 */
static unsigned int chance(uint64_t *luck, unsigned int below)
{
    *luck = *luck * 6364136223846793005u + 1442695040888963407u;
    return (unsigned int)((*luck >> 33) % below);
}

static apr_status_t run(const crosstown_task_t *seen, void *data)
{
    task_t *task = ((payload_t *)data)->task;
    volatile unsigned int spin;

    task->ticket = calls_ticket();
    task->away = !pthread_equal(task->owner, pthread_self());
    COUNT(task->starts);
    apr_pstrdup(seen->pool, seen->name);
    for (spin = 0; spin < task->spin; ++spin) {
    }
    return task->result;
}

static void over(const crosstown_task_t *seen, crosstown_outcome_e outcome,
                 apr_status_t result, void *data)
{
    task_t *task = ((payload_t *)data)->task;

    (void)seen;
    task->over_outcome = outcome;
    task->over_result = result;
    COUNT(task->overs);
}

/* The report knows no data: the model's task comes as the time at which it
 * was recorded. */
static void end(void *context, struct server_rec *server,
                const crosstown_task_t *seen, crosstown_outcome_e outcome,
                apr_status_t result)
{
    task_t *task = (task_t *)(uintptr_t)seen->recorded;

    (void)context;
    (void)server;
    task->end_outcome = outcome;
    task->end_result = result;
    COUNT(task->ends);
}

static void *carry(struct request_rec *r, void *data, apr_pool_t *p)
{
    (void)r;
    return apr_pmemdup(p, data, sizeof(payload_t));
}

static void record(producer_t *producer, ct_ledger_t *ledger, task_t *task,
                   payload_t *lasting)
{
    static const ct_statuses_t none;
    ct_rules_t rules = { NULL, &none, 0, 0 };
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    payload_t *data = lasting;
    const char *why;

    lasting->task = task;
    task->recorded = 1;
    task->owner = pthread_self();
    task->here = opts.same_thread = chance(&producer->luck, 4) == 0;
    task->result = chance(&producer->luck, 3) ? APR_SUCCESS : APR_EGENERAL;
    task->spin = chance(&producer->luck, 2000);
    opts.name = "stress";
    opts.over = over;
    if (chance(&producer->luck, 2)) {
        opts.data_size = sizeof(*data);
    }
    else if (chance(&producer->luck, 2)) {
        data = apr_pmemdup(ledger->pool, lasting, sizeof(*lasting));
        opts.carry = carry;
    }
    (void)ct_ledger_record(ledger, run, data, &opts, &rules,
                           (apr_time_t)(uintptr_t)task, &why);
}

/* As at the end of a request: what lacks a place is rejected, or comes first
 * on the request's own thread. */
static void hand_over(producer_t *producer, ct_ledger_t *ledger)
{
    ct_dispatcher_t *d = producer->round->d;
    apr_pool_t *scratch = scratch_of(ledger->pool);
    apr_uint32_t wanted = ct_ledger_places(ledger, 1);
    apr_uint32_t places = ct_dispatcher_reserve(d, wanted);
    apr_uint32_t lacking = wanted - places;
    const ct_record_t *record;
    ct_batch_t *batch;
    apr_status_t rv;
    int i, any = 0;

    if (lacking && !producer->round->inline_overflow) {
        ct_ledger_reject(ledger, places, 1, NULL);
        lacking = 0;
    }
    if (!ledger->first) {
        return;
    }
    batch = ct_batch_make(NULL, ledger->first, ledger->count);
    (void)ct_batch_carry(batch, ledger->first, NULL, ct_dispatcher_pool(d));
    for (i = 0, record = ledger->first; record; record = record->next, ++i) {
        batch->calls[i].here = record->same_thread || lacking > 0;
        lacking -= !record->same_thread && lacking > 0;
        any |= batch->calls[i].here;
    }
    if (any) {
        ct_dispatcher_attend(d, batch, scratch);
        return;
    }
    rv = ct_dispatcher_push(d, batch);
    if (rv == APR_EOF) {
        ct_dispatcher_release(d, places);
        ct_dispatcher_end_batch(d, batch, CROSSTOWN_STOPPED, scratch);
    }
    else if (rv == APR_EAGAIN) {
        (void)(chance(&producer->luck, 2)
               ? ct_dispatcher_refuse(d, scratch)
               : ct_dispatcher_stand_in(d, scratch));
    }
}

static void *produce(void *data)
{
    producer_t *producer = data;
    round_t *round = producer->round;
    ct_report_t report = { end, NULL };
    int i, j, count;

    gate_open(&round->begun);
    for (i = 0; i < REQUESTS; ++i) {
        apr_pool_t *request;
        ct_ledger_t *ledger;

        apr_pool_create_unmanaged_ex(&request, NULL, NULL);
        ledger = ct_ledger_make(request, &report);
        count = 1 + chance(&producer->luck, TASKS);
        for (j = 0; j < count; ++j) {
            record(producer, ledger, &round->tasks[producer->number][i][j],
                   &round->payloads[producer->number][i][j]);
        }
        if (round->faults) {
            threads_refuse(chance(&producer->luck, 3) == 0);
        }
        hand_over(producer, ledger);
        apr_pool_destroy(request);
    }
    gate_open(&round->finished);
    return NULL;
}

static void choose(round_t *round, uint64_t *luck)
{
    static const gate_t gate = GATE_INIT;
    static const apr_interval_time_t patience[] = { 0, 300, SUPPORT_HOUR };
    apr_uint32_t threads_min = 1 + chance(luck, 3);

    round->begun = round->finished = gate;
    round->settings = settings_of(NULL, threads_min,
                                  threads_min + chance(luck, 6));
    round->settings.queue_max = 1 + chance(luck, 40);
    round->settings.linger = chance(luck, 2) ? 50 : SUPPORT_HOUR;
    round->settings.patience = patience[chance(luck, 3)];
    round->settings.report.end = end;
    round->faults = chance(luck, 3) == 0;
    round->inline_overflow = chance(luck, 2);
    round->early = chance(luck, 3) == 0;
}

#define check(what, round, task) \
    do { \
        if (!(what)) { \
            fail_msg(SEED "not so: %s (faults %d, inline %d, early %d; " \
                     "starts %d, overs %d, ends %d, outcomes %d and %d)", \
                     seed, #what, (round)->faults, \
                     (round)->inline_overflow, (round)->early, \
                     (task)->starts, (task)->overs, (task)->ends, \
                     (task)->over_outcome, (task)->end_outcome); \
        } \
    } while (0)

static void check_task(const round_t *round, const task_t *task, int *torn)
{
    check(task->overs == task->recorded, round, task);
    check(task->ends == task->recorded, round, task);
    check(task->starts <= task->recorded, round, task);
    check(task->over_outcome == task->end_outcome, round, task);
    switch (task->end_outcome) {
    case CROSSTOWN_RAN:
        check(task->starts == task->recorded, round, task);
        check(task->end_result == task->result, round, task);
        check(task->over_result == task->result, round, task);
        check(!(task->here && task->away
                && round->settings.patience == SUPPORT_HOUR), round, task);
        break;
    case CROSSTOWN_REJECTED:
        check(task->starts == 0, round, task);
        break;
    default:
        check(task->end_outcome == CROSSTOWN_STOPPED, round, task);
        check(round->early, round, task);
        *torn += task->starts;
    }
}

static void check_round(const round_t *round, const ct_drained_t *drained)
{
    const task_t *any = &round->tasks[0][0][0];
    apr_uint32_t ticket;
    int i, j, k, torn = 0;

    for (i = 0; i < PRODUCERS; ++i) {
        for (j = 0; j < REQUESTS; ++j) {
            for (ticket = 0, k = 0; k < TASKS; ++k) {
                const task_t *task = &round->tasks[i][j][k];

                check_task(round, task, &torn);
                if (task->starts) {
                    check(task->ticket > ticket, round, task);
                    ticket = task->ticket;
                }
            }
        }
    }
    check(torn <= (int)drained->left_running, round, any);
    check(round->early || drained->stopped + drained->left_running == 0,
          round, any);
}

static void play(apr_pool_t *p, uint64_t luck)
{
    round_t *round = apr_pcalloc(p, sizeof(*round));
    const task_t *any = &round->tasks[0][0][0];
    producer_t producers[PRODUCERS];
    ct_drained_t drained;
    int i;

    choose(round, &luck);
    assert_int_equal(ct_dispatcher_make(&round->d, &round->settings),
                     APR_SUCCESS);
    for (i = 0; i < PRODUCERS; ++i) {
        producers[i].round = round;
        producers[i].number = i;
        producers[i].luck = luck + 977 * (i + 1);
        producers[i].thread = own_thread(produce, &producers[i]);
    }
    check(gate_reached(round->early ? &round->begun : &round->finished,
                       PRODUCERS), round, any);
    for (i = chance(&luck, 200); round->early && i > 0; --i) {
        sched_yield();
    }
    time_left_set(round->early && chance(&luck, 2) ? 0 : -1);
    ct_dispatcher_drain(round->d, round->early ? chance(&luck, 2) * 1000
                                               : apr_time_from_sec(10),
                        &drained);
    check(gate_reached(&round->finished, PRODUCERS), round, any);
    for (i = 0; i < PRODUCERS; ++i) {
        pthread_join(producers[i].thread, NULL);
    }
    check(crew_reached(round->d, 0, 0), round, any);
    check(round->d->waiting == 0, round, any);
    ct_dispatcher_destroy(round->d);
    threads_refuse(0);
    time_left_set(-1);
    check_round(round, &drained);
}

static void many_requests(void **state)
{
    const char *given = getenv("CROSSTOWN_SEED");
    int i;

    seed = given ? strtoull(given, NULL, 10) : seed;
    for (i = 0; i < ROUNDS; ++i) {
        apr_pool_t *p = scratch_of(*state);

        play(p, seed * 1000003 + i);
        apr_pool_destroy(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { with_pool(many_requests) };

    return run_group("stress", tests);
}
