/* SPDX-License-Identifier: Apache-2.0 */
/* support: builders: batches, dispatchers, and what is pushed to them. See
 * support.h. */
#include "support.h"

#include <sched.h>

#include "workers.h"
#include "support_calls.h"

ct_ledger_t *ledger_of(apr_pool_t *p, journal_t *journal, deed_t *deeds,
                       const char *plan)
{
    ct_report_t *report = apr_palloc(p, sizeof(*report));
    ct_statuses_t none;
    ct_rules_t rules;
    ct_ledger_t *ledger;
    int i;

    *report = journal_report(journal);
    memset(&none, 0, sizeof(none));
    memset(&rules, 0, sizeof(rules));
    rules.no_go = &none;
    ledger = ct_ledger_make(p, report);
    for (i = 0; plan[i]; ++i) {
        crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
        const char *why = "";

        if (!deeds[i].name[0]) {
            deeds[i].name[0] = (char)('a' + i);
        }
        deeds[i].journal = journal;
        opts.name = deeds[i].name;
        opts.over = deed_over;
        opts.same_thread = plan[i] == 'h';
        assert_int_equal(ct_ledger_record(ledger, deed_run, &deeds[i], &opts,
                                          &rules, i + 1, &why), APR_SUCCESS);
    }
    return ledger;
}

/* Without cmocka, which only the thread of the test may use. */
static ct_batch_t *batch_of_ledger(const ct_ledger_t *ledger)
{
    ct_batch_t *batch = ct_batch_make(NULL, ledger->first, ledger->count);
    const ct_record_t *record = ledger->first;
    apr_uint32_t i;

    for (i = 0; i < batch->count; ++i, record = record->next) {
        batch->calls[i].run_inline = record->same_thread;
    }
    return batch;
}

ct_batch_t *batch_of(apr_pool_t *p, journal_t *journal, deed_t *deeds,
                     const char *plan)
{
    return batch_of_ledger(ledger_of(p, journal, deeds, plan));
}

ct_dispatcher_settings_t settings_of(journal_t *journal,
                                     apr_uint32_t threads_min,
                                     apr_uint32_t threads_max)
{
    ct_dispatcher_settings_t settings;

    memset(&settings, 0, sizeof(settings));
    settings.threads_min = threads_min;
    settings.threads_max = threads_max;
    settings.queue_max = 1000;
    settings.linger = SUPPORT_HOUR;
    settings.patience = SUPPORT_HOUR;
    settings.now = clock_now;
    settings.time_left = time_left_now;
    settings.report = journal_report(journal);
    return settings;
}

ct_dispatcher_t *dispatcher_of(journal_t *journal, apr_uint32_t threads_min,
                               apr_uint32_t threads_max)
{
    ct_dispatcher_settings_t settings = settings_of(journal, threads_min,
                                                    threads_max);
    ct_dispatcher_t *d;

    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    return d;
}

ct_dispatcher_t *bounded_dispatcher(journal_t *journal,
                                    apr_uint32_t queue_max)
{
    ct_dispatcher_settings_t settings = settings_of(journal, 1, 1);
    ct_dispatcher_t *d;

    settings.queue_max = queue_max;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    memset(&settings, 0, sizeof(settings));      /* it has its own copy */
    return d;
}

static apr_uint32_t places_of(const char *plan)
{
    apr_uint32_t places = 0;

    for (; *plan; ++plan) {
        places += *plan == 'p';
    }
    return places;
}

ct_batch_t *reserved_batch(ct_dispatcher_t *d, apr_pool_t *p,
                           journal_t *journal, deed_t *deeds,
                           const char *plan)
{
    apr_uint32_t places = places_of(plan);

    assert_int_equal(ct_dispatcher_reserve(d, places), places);
    return batch_of(p, journal, deeds, plan);
}

apr_status_t push_plan(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
                       deed_t *deeds, const char *plan)
{
    return ct_dispatcher_push(d, reserved_batch(d, p, journal, deeds, plan));
}

void keep_busy(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
               deed_t *busy, gate_t *leave)
{
    busy->leave = leave;
    assert_int_equal(push_plan(d, p, journal, busy, "p"), APR_SUCCESS);
    assert_true(journal_reached(journal, NOTED_START, 1));
}

apr_pool_t *scratch_of(apr_pool_t *p)
{
    apr_pool_t *scratch;

    apr_pool_create(&scratch, p);
    return scratch;
}

void attend_plan(ct_dispatcher_t *d, apr_pool_t *p, journal_t *journal,
                 deed_t *deeds, const char *plan)
{
    ct_batch_t *batch = reserved_batch(d, p, journal, deeds, plan);

    ct_dispatcher_attend(d, batch, scratch_of(p));
}

static void *attend_alone(void *data)
{
    attendant_t *attendant = data;
    apr_pool_t *pool;

    apr_pool_create_unmanaged_ex(&pool, NULL, NULL);
    attend_plan(attendant->d, pool, attendant->journal, attendant->deeds,
                attendant->plan);
    apr_pool_destroy(pool);
    gate_open(&attendant->done);
    return NULL;
}

void attendant_start(attendant_t *attendant, ct_dispatcher_t *d,
                     journal_t *journal, deed_t *deeds, const char *plan)
{
    attendant_t made = { d, journal, deeds, plan, 0, GATE_INIT };

    *attendant = made;
    attendant->thread = own_thread(attend_alone, attendant);
}

void attendant_start_waiting(attendant_t *attendant, ct_dispatcher_t *d,
                             journal_t *journal, deed_t *deeds,
                             const char *plan)
{
    gate_t looked = GATE_INIT;

    yields_watch(&looked, 100);
    attendant_start(attendant, d, journal, deeds, plan);
    assert_true(gate_reached(&looked, 1));
    yields_watch(NULL, 0);
}

void attendant_join(attendant_t *attendant)
{
    if (!gate_reached(&attendant->done, 1)) {
        fail_msg("attending \"%s\" does not come to an end",
                 attendant->plan);
    }
    pthread_join(attendant->thread, NULL);
}

static struct {
    const char *name;                    /* atomic; NULL: nobody is held */
    gate_t *reached;
    gate_t *go;
} held;

static void hold_before_call(void *context, const crosstown_task_t *task,
                             unsigned int label)
{
    const char *name = __atomic_load_n(&held.name, __ATOMIC_SEQ_CST);

    (void)context;
    (void)label;
    if (name && strcmp(task->name, name) == 0
        && __atomic_exchange_n(&held.name, NULL, __ATOMIC_SEQ_CST)) {
        gate_t *go = held.go;

        gate_open(held.reached);
        gate_pass(go);
    }
}

ct_dispatcher_t *dispatcher_that_holds(journal_t *journal,
                                       apr_uint32_t threads_min,
                                       apr_uint32_t threads_max,
                                       const char *name, gate_t *reached,
                                       gate_t *go)
{
    ct_dispatcher_settings_t settings = settings_of(journal, threads_min,
                                                    threads_max);
    ct_dispatcher_t *d;

    held.reached = reached;
    held.go = go;
    __atomic_store_n(&held.name, name, __ATOMIC_SEQ_CST);
    settings.report.begin = hold_before_call;
    settings.patience = SUPPORT_HOUR / 2;
    assert_int_equal(ct_dispatcher_make(&d, &settings), APR_SUCCESS);
    return d;
}

void finish(ct_dispatcher_t *d)
{
    ct_drained_t drained;

    ct_dispatcher_drain(d, apr_time_from_sec(SUPPORT_PATIENCE), &drained);
    assert_int_equal(drained.stopped, 0);
    assert_int_equal(drained.left_running, 0);
    assert_int_equal(d->waiting, 0);
    ct_dispatcher_destroy(d);
}

static int workers_are(ct_dispatcher_t *d, apr_uint32_t alive,
                   apr_uint32_t parked)
{
    ct_worker_t *worker;
    apr_uint32_t asleep = 0;
    int is;

    apr_thread_mutex_lock(d->lock);
    for (worker = d->idle; worker; worker = worker->next) {
        ++asleep;
    }
    is = d->alive == alive && asleep == parked;
    apr_thread_mutex_unlock(d->lock);
    return is;
}

/* Nobody tells when a worker falls asleep, hence the looking. */
int workers_reached(ct_dispatcher_t *d, apr_uint32_t alive,
                    apr_uint32_t parked)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(SUPPORT_PATIENCE);

    while (!workers_are(d, alive, parked)) {
        if (apr_time_now() > until) {
            return 0;
        }
        sched_yield();
    }
    return 1;
}
