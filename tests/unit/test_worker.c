/* SPDX-License-Identifier: Apache-2.0 */
/* worker: what a thread of the pool is like for a task: signals blocked but
 * its own faults, scratch memory that is gone afterwards. */
#include "support.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "workers.h"
#include "support_calls.h"

static void note_signals(deed_t *deed, const crosstown_task_t *task)
{
    sigset_t *blocked = deed->context;

    (void)task;
    pthread_sigmask(SIG_SETMASK, NULL, blocked);
}

static void no_signal_reaches_a_task(void **state)
{
    static const int signals[] = {
        SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM, SIGCHLD,
    };
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");
    sigset_t blocked, before, after;
    unsigned int i;

    sigemptyset(&blocked);
    deed.act = note_signals;
    deed.context = &blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    finish(d);
    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); ++i) {
        assert_true(sigismember(&blocked, signals[i]));
        assert_int_equal(sigismember(&after, signals[i]),
                         sigismember(&before, signals[i]));
    }
}

static void check_faults(const sigset_t *blocked)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
                                  SIGTRAP, SIGSYS };
    unsigned int i;

    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); ++i) {
        assert_false(sigismember(blocked, faults[i]));
    }
}

static void a_fault_of_its_own_does(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");
    sigset_t blocked;

    sigfillset(&blocked);
    deed.act = note_signals;
    deed.context = &blocked;
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    finish(d);
    check_faults(&blocked);
}

/* Its exit code is that of a shell which was aborted. */
static void spawn(deed_t *deed, const crosstown_task_t *task)
{
    int *aborted = deed->context;
    int code = system("kill -ABRT $$");

    (void)task;
    *aborted = WIFSIGNALED(code) && WTERMSIG(code) == SIGABRT;
}

static void a_program_that_it_spawns_can_be_aborted(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deed = DEED("a");
    int aborted = 0;

    deed.act = spawn;
    deed.context = &aborted;
    assert_int_equal(push_plan(d, *state, journal, &deed, "p"), APR_SUCCESS);
    finish(d);
    assert_true(aborted);
}

static void note_worker(deed_t *deed, const crosstown_task_t *task)
{
    (void)task;
    *(int *)deed->context = ct_dispatcher_on_worker();
}

/* Whoever waits there for what only tasks can bring may wait for ever. */
static void a_worker_knows_that_it_is_one(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    deed_t deeds[2] = { DEED("a"), DEED("b") };
    int by_pool = -1, by_request = -1;

    deeds[0].act = deeds[1].act = note_worker;
    deeds[0].context = &by_pool;
    deeds[1].context = &by_request;
    attend_plan(d, *state, journal, deeds, "ph");
    finish(d);
    assert_int_equal(by_pool, 1);
    assert_int_equal(by_request, 0);
}

typedef struct memory_t {
    journal_t *journal;
    int ends_when_gone;
    int overs_when_gone;
    gate_t gone;
} memory_t;

static apr_status_t note_gone(void *data)
{
    memory_t *memory = data;

    memory->ends_when_gone = journal_count(memory->journal, NOTED_END, NULL);
    memory->overs_when_gone = journal_count(memory->journal, NOTED_OVER,
                                            NULL);
    gate_open(&memory->gone);
    return APR_SUCCESS;
}

static void use_scratch(deed_t *deed, const crosstown_task_t *task)
{
    memset(apr_palloc(task->pool, 100000), 1, 100000);
    apr_pool_cleanup_register(task->pool, deed->context, note_gone,
                              apr_pool_cleanup_null);
}

/* It is there for the function, `over` and the hooks, no longer. */
static void scratch_memory_goes_with_the_task(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    memory_t memory = { journal, -1, -1, GATE_INIT };
    gate_t leave = GATE_INIT;
    deed_t deeds[2];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].act = use_scratch;
    deeds[0].context = &memory;
    deeds[1].leave = &leave;
    assert_int_equal(push_plan(d, *state, journal, deeds, "pp"),
                     APR_SUCCESS);
    assert_true(gate_reached(&memory.gone, 1));
    assert_int_equal(memory.overs_when_gone, 1);
    assert_int_equal(memory.ends_when_gone, 1);
    gate_open(&leave);
    finish(d);
}

static apr_status_t count_up(void *count)
{
    ++*(int *)count;
    return APR_SUCCESS;
}

/* Between tasks it is empty, and stays. */
static void with_the_dispatcher_it_goes_for_good(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 3);
    gate_t leave = GATE_INIT;
    ct_drained_t drained;
    deed_t deeds[3];
    int gone = 0;
    int i;

    memset(deeds, 0, sizeof(deeds));
    for (i = 0; i < 3; ++i) {
        deeds[i].leave = &leave;
    }
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 3));
    gate_open(&leave);
    ct_dispatcher_drain(d, SUPPORT_HOUR, &drained);
    assert_true(workers_reached(d, 0, 0));
    for (i = 0; i < 3; ++i) {
        apr_pool_cleanup_register(d->workers[i].scratch, &gone, count_up,
                                  apr_pool_cleanup_null);
    }
    apr_pool_cleanup_register(ct_dispatcher_pool(d), &gone, count_up,
                              apr_pool_cleanup_null);
    ct_dispatcher_destroy(d);
    assert_int_equal(gone, 4);
}

static apr_status_t open_gate(void *gate)
{
    gate_open(gate);
    return APR_SUCCESS;
}

static void *carry_a_gate(struct request_rec *r, void *data, apr_pool_t *p)
{
    apr_pool_cleanup_register(p, (void *)r, open_gate, apr_pool_cleanup_null);
    return data;
}

/* What was carried lives until the last task of the request is over. */
static void the_batch_goes_with_its_last_task(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t leave = GATE_INIT, gone = GATE_INIT;
    ct_ledger_t *ledger;
    ct_batch_t *batch;
    deed_t deeds[3];

    memset(deeds, 0, sizeof(deeds));
    deeds[0].leave = &leave;
    ledger = ledger_of(*state, journal, deeds, "ppp");
    ledger->first->carry = carry_a_gate;
    batch = ct_batch_make(NULL, ledger->first, 3);
    assert_int_equal(ct_batch_carry(batch, ledger->first,
                                    (struct request_rec *)&gone,
                                    ct_dispatcher_pool(d)), APR_SUCCESS);
    assert_int_equal(ct_dispatcher_reserve(d, 3), 3);
    assert_int_equal(ct_dispatcher_push(d, batch), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_END, 2));
    assert_true(workers_reached(d, 2, 1));
    assert_int_equal(gone.opened, 0);
    gate_open(&leave);
    assert_true(gate_reached(&gone, 1));
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 3);
    finish(d);
}

/* It is as if there were no thread to be had. */
static void without_memory_there_is_no_worker(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 1);
    int before = threads_made();
    deed_t deeds[4];

    memset(deeds, 0, sizeof(deeds));
    apr_cpystrn(deeds[3].name, "x", sizeof(deeds[3].name));
    pools_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, deeds, "ppp"), APR_EAGAIN);
    pools_refuse(0);
    assert_true(workers_reached(d, 0, 0));
    assert_int_equal(threads_made(), before);
    assert_int_equal(ct_dispatcher_refuse(d, scratch_of(*state)), 3);
    assert_ended(journal, "a", CROSSTOWN_REJECTED);
    assert_ended(journal, "c", CROSSTOWN_REJECTED);
    clock_step(SUPPORT_HOUR);
    assert_int_equal(push_plan(d, *state, journal, deeds + 3, "p"),
                     APR_SUCCESS);
    clock_step(0);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "x");
}

static void the_others_take_what_was_for_one_without_memory(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_t *d = dispatcher_of(journal, 1, 2);
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy");
    deed_t deeds[1];

    memset(deeds, 0, sizeof(deeds));
    keep_busy(d, *state, journal, &busy, &leave);
    pools_refuse(1);
    assert_int_equal(push_plan(d, *state, journal, deeds, "p"), APR_SUCCESS);
    assert_true(workers_reached(d, 1, 0));
    assert_int_equal(journal_count(journal, NOTED_END, NULL), 0);
    pools_refuse(0);
    gate_open(&leave);
    finish(d);
    assert_string_equal(journal_starts(journal, *state), "busy a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(no_signal_reaches_a_task),
        with_pool(a_fault_of_its_own_does),
        with_pool(a_program_that_it_spawns_can_be_aborted),
        with_pool(a_worker_knows_that_it_is_one),
        with_pool(scratch_memory_goes_with_the_task),
        with_pool(with_the_dispatcher_it_goes_for_good),
        with_pool(the_batch_goes_with_its_last_task),
        with_pool(without_memory_there_is_no_worker),
        with_pool(the_others_take_what_was_for_one_without_memory),
    };

    return run_group("worker", tests);
}
