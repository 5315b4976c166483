/* SPDX-License-Identifier: Apache-2.0 */
/* accounting: that a task was called, and that it ran, is counted by the
 * histograms alone: there is one addition for each, and one for the sum of the
 * times. A task that is called several times is in each of them once, with the
 * start of its first call and the time that its last one took. Reading the
 * clock costs more than all the counting: a thread that goes straight from one
 * task to the next reads it once for both. */
#include "accounting.h"

#include <string.h>

#include "active_tasks.h"

static void add(ct_counter_t *counter, apr_uint64_t number)
{
    atomic_fetch_add_explicit(counter, number, memory_order_release);
}

/* Where nobody else writes meanwhile: without locking the processor's bus. */
static void add_own(const ct_active_t *active, ct_counter_t *counter,
                     apr_uint64_t number)
{
    if (active->alone) {
        number += atomic_load_explicit(counter, memory_order_relaxed);
        atomic_store_explicit(counter, number, memory_order_release);
    }
    else {
        add(counter, number);
    }
}

static void count_time(const ct_active_t *active, ct_span_e span,
                       apr_interval_time_t took)
{
    ct_times_t *times = &active->stripe->times[active->name];

    add_own(active, &times->buckets[ct_histogram_bucket(took)][span], 1);
    add_own(active, &times->sums[span], took > 0 ? (apr_uint64_t)took : 0);
}

const char *ct_accounting_name(const crosstown_opts_t *opts)
{
    return opts && CROSSTOWN_HAS(opts, crosstown_opts_t, name) && opts->name
           ? opts->name : "-";
}

void ct_accounting_recorded(unsigned int name)
{
    add(&ct_scoreboard_counters()->arrivals[name].recorded, 1);
}

void ct_accounting_refused(unsigned int name)
{
    add(&ct_scoreboard_counters()->arrivals[name].recorded, (apr_uint64_t)-1);
}

void ct_accounting_queued(unsigned int name, int tasks)
{
    add(&ct_scoreboard_counters()->arrivals[name].queued,
        (apr_uint64_t)(apr_int64_t)tasks);
}

static void count_first(const ct_active_t *active, apr_interval_time_t waited,
                        int queued)
{
    if (!queued) {
        add_own(active, &active->stripe->times[active->name].unqueued, 1);
    }
    count_time(active, CT_SPAN_WAIT, waited);
}

void ct_accounting_begun(const crosstown_task_t *task, crosstown_fn_t *fn,
                         unsigned int name, apr_interval_time_t delay,
                         int queued)
{
    apr_time_t since = task->response ? task->response->sent
                                      : task->recorded;
    ct_active_t *active = ct_active_tasks_mine();

    active->name = name;
    active->fn = fn;
    active->started = active->over ? active->over : apr_time_now();
    ct_active_tasks_begin(active, ct_scoreboard_counters(), task);
    if (task->attempt > 1) {
        add_own(active, &active->stripe->times[name].resumed, 1);
    }
    else {
        count_first(active, active->started - since - delay, queued);
    }
}

void ct_accounting_describe(const crosstown_task_t *task, const char *target,
                            const char *by)
{
    ct_active_tasks_describe(ct_active_tasks_mine(), task, target, by);
}

/* @return how long it took */
static apr_interval_time_t note_over(ct_active_t *active)
{
    active->over = apr_time_now();
    return active->over - active->started;
}

/* @return how long it took */
static apr_interval_time_t end_active(ct_active_t *active)
{
    apr_interval_time_t took = note_over(active);

    ct_active_tasks_end(active);
    return took;
}

/* @return how long it took */
static apr_interval_time_t count_retry(ct_active_t *active)
{
    add_own(active, &active->stripe->times[active->name].retries, 1);
    return end_active(active);
}

apr_interval_time_t ct_accounting_again(void)
{
    ct_active_t *active = ct_active_tasks_mine();

    ct_accounting_queued(active->name, 1);
    return count_retry(active);
}

apr_interval_time_t ct_accounting_kept(const crosstown_task_t *task,
                                       crosstown_outcome_e outcome,
                                       int untried, int queued)
{
    ct_ends_t *ends =
        &ct_scoreboard_counters()->ends[ct_name_ids_find(task->name)];

    add(&ends->kept, 1);
    if (outcome == CROSSTOWN_RAN && untried) {
        add(&ends->untried, 1);
        return end_active(ct_active_tasks_mine());
    }
    if (outcome == CROSSTOWN_RAN) {
        return count_retry(ct_active_tasks_mine());
    }
    if (queued) {
        add(&ends->dropped, 1);
    }
    return 0;
}

/* @return how long it took */
static apr_interval_time_t count_run(apr_status_t result)
{
    ct_active_t *active = ct_active_tasks_mine();
    apr_interval_time_t took = note_over(active);

    count_time(active, CT_SPAN_RUN, took);
    if (result != APR_SUCCESS) {
        add_own(active, &active->stripe->times[active->name].failed, 1);
    }
    ct_active_tasks_end(active);
    return took;
}

static void count_end(ct_ends_t *ends, crosstown_outcome_e outcome, int queued)
{
    if (queued) {
        add(&ends->dropped, 1);
    }
    add(&ends->ended[outcome], 1);
}

apr_interval_time_t ct_accounting_ended(const crosstown_task_t *task,
                                        crosstown_outcome_e outcome,
                                        apr_status_t result, int queued)
{
    if (outcome == CROSSTOWN_RAN) {
        return count_run(result);
    }
    count_end(&ct_scoreboard_counters()->ends[ct_name_ids_find(task->name)],
              outcome, queued);
    return 0;
}

void ct_accounting_hold(const crosstown_task_t *task, ct_active_t *kept)
{
    ct_active_t *mine = ct_active_tasks_mine();

    ct_active_tasks_hand_over(kept, mine, ct_scoreboard_counters(), task);
    mine->over = 0;
}

static void exchange(ct_active_t *kept)
{
    ct_active_t *mine = ct_active_tasks_mine();
    ct_active_t other = *mine;

    *mine = *kept;
    *kept = other;
}

void ct_accounting_take_up(ct_active_t *kept)
{
    exchange(kept);
}

void ct_accounting_put_down(ct_active_t *kept)
{
    ct_accounting_pause();
    exchange(kept);
    ct_accounting_interrupt();
}

void ct_accounting_interrupt(void)
{
    ct_active_tasks_mine()->over = 0;
}

void ct_accounting_pause(void)
{
    ct_active_t *active = ct_active_tasks_mine();

    active->over = 0;
    ct_active_tasks_leave(active);
}

static apr_status_t crosstown_tally(crosstown_tally_t *tally)
{
    apr_size_t size = tally ? tally->size : 0;
    crosstown_tally_t sum = { 0 };
    ct_numbers_t total;

    if (size < sizeof(sum.size)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, APR_EINVAL, ap_server_conf,
                     CTLOGNO(01503) "crosstown_tally: no tally was given, or "
                     "its size is not set");
        return APR_EINVAL;
    }
    ct_snapshot_read_total(&total);
    sum.size = size;
    sum.recorded = total.recorded;
    sum.ran = total.ran;
    sum.failed = total.failed;
    sum.no_go = total.no_go;
    sum.cancelled = total.cancelled;
    sum.rejected = total.rejected;
    sum.stopped = total.stopped;
    sum.lost = total.lost;
    sum.open = total.open;
    sum.kept = total.kept;
    memcpy(tally, &sum, size < sizeof(sum) ? size : sizeof(sum));
    return APR_SUCCESS;
}

void ct_accounting_register(void)
{
    APR_REGISTER_OPTIONAL_FN(crosstown_tally);
}
