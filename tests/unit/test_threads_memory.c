/* SPDX-License-Identifier: Apache-2.0 */
/* threads: what APR loses with each thread that it makes, or cannot make, does
 * not add up. Told by what the process has resident. */
#include "support.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "workers.h"
#include "support_calls.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define REFUSALS 200
#define BESIDE 200
#define BIRTHS 2500
#define MOST (1024L * 1024 * 1024)       /* their own, not ours */
#else
#define REFUSALS 20000
#define BESIDE 4000                      /* each leaves a task that waits */
#define BIRTHS 12000                     /* a fifth of them */
#define MOST (2L * 1024 * 1024)
#endif

static long resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static apr_status_t nothing(const crosstown_task_t *task, void *data)
{
    (void)task;
    (void)data;
    return APR_SUCCESS;
}

static apr_status_t push(ct_dispatcher_t *d, int tasks)
{
    ct_record_t record;

    memset(&record, 0, sizeof(record));
    record.task.fn = nothing;
    record.task.name = "-";
    record.next = &record;
    assert_int_equal(ct_dispatcher_reserve(d, tasks), tasks);
    return ct_dispatcher_push(d, ct_batch_make(NULL, &record, tasks));
}

static void tell_nobody(void *context, struct server_rec *server,
                        const crosstown_task_t *task,
                        crosstown_outcome_e outcome, apr_status_t result)
{
    (void)context;
    (void)server;
    (void)task;
    (void)outcome;
    (void)result;
}

static ct_dispatcher_t *silent(apr_pool_t *p, apr_interval_time_t linger)
{
    ct_dispatcher_settings_t settings = settings_of(journal_make(p), 1, 2);
    ct_dispatcher_t *d;

    settings.report.end = tell_nobody;
    settings.linger = linger;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    return d;
}

/* At each it is time to ask again. */
static void many_refusals(void **state)
{
    ct_dispatcher_t *d = silent(*state, SUPPORT_HOUR);
    apr_pool_t *scratch = scratch_of(*state);
    long before = 0;
    int i;

    threads_refuse(1);
    clock_step(SUPPORT_HOUR);
    for (i = 0; i < REFUSALS; ++i) {
        if (i == REFUSALS / 10) {
            before = resident();
        }
        assert_int_equal(push(d, 1), APR_EAGAIN);
        assert_int_equal(ct_dispatcher_stand_in(d, scratch), 1);
    }
    clock_step(0);
    assert_int_equal(d->gauges->refused_threads, REFUSALS);
    assert_in_range(resident() - before + MOST, 0, 2 * MOST);
    threads_refuse(0);
    finish(d);
}

/* A worker is there, so that its pool of threads cannot be renewed. */
static void many_refusals_beside_a_worker(void **state)
{
    journal_t *journal = journal_make(*state);
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 2);
    gate_t leave = GATE_INIT;
    deed_t busy = DEED("busy");
    ct_dispatcher_t *d;
    long before;
    int i;

    settings.report.end = tell_nobody;
    settings.queue_max = BESIDE;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    keep_busy(d, *state, journal, &busy, &leave);
    threads_refuse(1);
    clock_step(SUPPORT_HOUR);
    before = resident();
    for (i = 0; i < BESIDE; ++i) {
        assert_int_equal(push(d, 1), APR_SUCCESS);
    }
    clock_step(0);
    assert_int_equal(d->gauges->refused_threads, BESIDE);
    assert_in_range(resident() - before + MOST, 0, 2 * MOST);
    threads_refuse(0);
    gate_open(&leave);
    finish(d);
}

/* One, idle; or none, if the pool of threads was renewed meanwhile, and the
 * last worker of the one before went after the first of the new one. */
static int is_settled(ct_dispatcher_t *d)
{
    int is;

    apr_thread_mutex_lock(d->lock);
    is = d->alive == (d->idle != NULL);
    apr_thread_mutex_unlock(d->lock);
    return is;
}

static int settled(ct_dispatcher_t *d)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);

    while (!is_settled(d)) {
        if (apr_time_now() > until) {
            return 0;
        }
        sched_yield();
    }
    return 1;
}

/* Who takes the first of two tasks calls another worker before, which leaves
 * as soon as it has nothing to do. */
static void many_births(void **state)
{
    ct_dispatcher_t *d = silent(*state, 1);
    int first = threads_made();
    long before = 0;

    while (threads_made() - first < BIRTHS) {
        if (before == 0 && threads_made() - first > BIRTHS / 10) {
            before = resident();
        }
        assert_int_equal(push(d, 2), APR_SUCCESS);
        assert_true(settled(d));
    }
    assert_in_range(resident() - before + MOST, 0, MOST + MOST / 5);
    /* Each has about a thousand, not one. */
    assert_in_range(d->threads.generation, 1, BIRTHS / 100);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(many_refusals),
        with_pool(many_refusals_beside_a_worker),
        with_pool(many_births),
    };

    return run_group("threads, memory", tests);
}
