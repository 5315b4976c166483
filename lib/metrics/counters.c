/* SPDX-License-Identifier: Apache-2.0 */
/* counters: what is shown is worked out here from what was counted: a task is
 * counted once on each step of its way, and where it is now is the difference
 * of two steps. Only what can lie between them for a moment keeps a difference
 * from being exact while tasks come and go. */
#include "counters.h"

#include <string.h>

static apr_uint64_t value(ct_counter_t *counter)
{
    return atomic_load_explicit(counter, memory_order_acquire);
}

/* @return the stripe's part of a name; NULL: nobody ever counted there */
static ct_times_t *times_of(ct_counters_t *counters, int stripe,
                            unsigned int name)
{
    return atomic_load(&counters->used[stripe])
           ? &counters->stripes[stripe].times[name] : NULL;
}

static void add_histogram(ct_histogram_t *histogram, ct_counters_t *counters,
                          unsigned int name, ct_span_e span)
{
    int stripe, i;

    for (stripe = 0; stripe < CT_SCOREBOARD_STRIPES; ++stripe) {
        ct_times_t *times = times_of(counters, stripe, name);

        histogram->sum += times ? value(&times->sums[span]) : 0;
        for (i = 0; times && i < CT_HISTOGRAM_BUCKETS; ++i) {
            apr_uint64_t count = value(&times->buckets[i][span]);

            histogram->buckets[i] += count;
            histogram->count += count;
        }
    }
}

/* All that ran, then all that were called. */
static void add_times(ct_numbers_t *numbers, ct_counters_t *counters,
                      unsigned int name)
{
    int stripe;

    for (stripe = 0; stripe < CT_SCOREBOARD_STRIPES; ++stripe) {
        ct_times_t *times = times_of(counters, stripe, name);

        numbers->failed += times ? value(&times->failed) : 0;
        numbers->retries += times ? value(&times->retries) : 0;
    }
    add_histogram(&numbers->run, counters, name, CT_SPAN_RUN);
    add_histogram(&numbers->wait, counters, name, CT_SPAN_WAIT);
}

static apr_uint64_t excess(apr_uint64_t many, apr_uint64_t few)
{
    return many > few ? many - few : 0;
}

static apr_uint64_t resumed(ct_counters_t *counters, unsigned int name)
{
    apr_uint64_t all = 0;
    int stripe;

    for (stripe = 0; stripe < CT_SCOREBOARD_STRIPES; ++stripe) {
        ct_times_t *times = times_of(counters, stripe, name);

        all += times ? value(&times->resumed) : 0;
    }
    return all;
}

/* How often one of a name was called that had been in the queue. */
static apr_uint64_t taken(const ct_numbers_t *numbers, ct_counters_t *counters,
                          unsigned int name)
{
    apr_uint64_t unqueued = 0;
    int stripe;

    for (stripe = 0; stripe < CT_SCOREBOARD_STRIPES; ++stripe) {
        ct_times_t *times = times_of(counters, stripe, name);

        unqueued += times ? value(&times->unqueued) : 0;
    }
    return excess(numbers->wait.count, unqueued) + resumed(counters, name);
}

apr_int64_t ct_counters_in_queue(const ct_numbers_t *numbers,
                                 ct_counters_t *counters, unsigned int name)
{
    apr_uint64_t dropped = value(&counters->ends[name].dropped);
    apr_uint64_t gone = dropped + taken(numbers, counters, name);

    return (apr_int64_t)(value(&counters->arrivals[name].queued) - gone);
}

static void add_ends(ct_numbers_t *numbers, ct_ends_t *ends)
{
    numbers->no_go += value(&ends->ended[CROSSTOWN_NO_GO]);
    numbers->cancelled += value(&ends->ended[CROSSTOWN_CANCELLED]);
    numbers->rejected += value(&ends->ended[CROSSTOWN_REJECTED]);
    numbers->stopped += value(&ends->ended[CROSSTOWN_STOPPED]);
    numbers->kept += value(&ends->kept);
}

int ct_counters_read(ct_numbers_t *numbers, ct_counters_t *counters,
                     unsigned int name)
{
    ct_losses_t *losses = &counters->losses[name];
    apr_uint64_t broken_off, untried;
    apr_int64_t in_queue;

    if (value(&counters->arrivals[name].recorded) == 0) {
        return 0;
    }
    broken_off = value(&losses->broken_off);
    untried = value(&counters->ends[name].untried);
    memset(numbers, 0, sizeof(*numbers));
    numbers->lost = value(&losses->lost);
    add_ends(numbers, &counters->ends[name]);
    add_times(numbers, counters, name);
    numbers->ran = numbers->run.count;
    numbers->running = excess(numbers->wait.count + resumed(counters, name),
                              numbers->ran + numbers->retries + untried
                              + broken_off);
    in_queue = ct_counters_in_queue(numbers, counters, name);
    numbers->waiting = in_queue > 0 ? (apr_uint64_t)in_queue : 0;
    numbers->recorded = value(&counters->arrivals[name].recorded);
    return 1;
}

void ct_counters_add(ct_numbers_t *sum, const ct_numbers_t *numbers)
{
    sum->recorded += numbers->recorded;
    sum->ran += numbers->ran;
    sum->failed += numbers->failed;
    sum->retries += numbers->retries;
    sum->no_go += numbers->no_go;
    sum->cancelled += numbers->cancelled;
    sum->rejected += numbers->rejected;
    sum->stopped += numbers->stopped;
    sum->lost += numbers->lost;
    sum->kept += numbers->kept;
    sum->waiting += numbers->waiting;
    sum->running += numbers->running;
    ct_histogram_add(&sum->wait, &numbers->wait);
    ct_histogram_add(&sum->run, &numbers->run);
}

void ct_counters_close(ct_numbers_t *numbers)
{
    numbers->open = numbers->recorded - numbers->ran - numbers->no_go
                    - numbers->cancelled - numbers->rejected
                    - numbers->stopped - numbers->lost - numbers->kept;
}
