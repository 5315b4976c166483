/* SPDX-License-Identifier: Apache-2.0 */
/* counters: see counters.h. */
#include "counters.h"

#include <string.h>

#include "active_tasks.h"

static apr_uint64_t value(ct_counter_t *counter)
{
    return atomic_load_explicit(counter, memory_order_acquire);
}

/* @return the lane's part of a name; NULL: nobody ever counted there */
static ct_times_t *times_of(ct_slot_t *slot, int lane, unsigned int name)
{
    return atomic_load(&slot->used[lane])
           ? &slot->lanes[lane].times[name] : NULL;
}

static void add_histogram(ct_histogram_t *histogram, ct_slot_t *slot,
                          unsigned int name, ct_span_e span)
{
    int lane, i;

    for (lane = 0; lane < CT_SCOREBOARD_LANES; ++lane) {
        ct_times_t *times = times_of(slot, lane, name);

        histogram->sum += times ? value(&times->sums[span]) : 0;
        for (i = 0; times && i < CT_HISTOGRAM_BUCKETS; ++i) {
            apr_uint64_t count = value(&times->buckets[i][span]);

            histogram->buckets[i] += count;
            histogram->count += count;
        }
    }
}

/* All that ran, then all that were called. */
static void add_times(ct_numbers_t *numbers, ct_slot_t *slot,
                      unsigned int name)
{
    int lane;

    for (lane = 0; lane < CT_SCOREBOARD_LANES; ++lane) {
        ct_times_t *times = times_of(slot, lane, name);

        numbers->failed += times ? value(&times->failed) : 0;
    }
    add_histogram(&numbers->run, slot, name, CT_SPAN_RUN);
    add_histogram(&numbers->wait, slot, name, CT_SPAN_WAIT);
}

/* While a child is drained, tasks that it leaves behind in their functions
 * count as dropped: none waits then. */
static apr_uint64_t excess(apr_uint64_t many, apr_uint64_t few)
{
    return many > few ? many - few : 0;
}

/* How many of a name were called, and had been in the queue. */
static apr_uint64_t taken(const ct_numbers_t *numbers, ct_slot_t *slot,
                          unsigned int name)
{
    apr_uint64_t straight = 0;
    int lane;

    for (lane = 0; lane < CT_SCOREBOARD_LANES; ++lane) {
        ct_times_t *times = times_of(slot, lane, name);

        straight += times ? value(&times->straight) : 0;
    }
    return excess(numbers->wait.count, straight);
}

static void add_ends(ct_numbers_t *numbers, ct_ends_t *ends)
{
    numbers->no_go += value(&ends->ended[CROSSTOWN_NO_GO]);
    numbers->cancelled += value(&ends->ended[CROSSTOWN_CANCELLED]);
    numbers->rejected += value(&ends->ended[CROSSTOWN_REJECTED]);
    numbers->stopped += value(&ends->ended[CROSSTOWN_STOPPED]);
}

int ct_counters_read(ct_numbers_t *numbers, ct_slot_t *slot, unsigned int name)
{
    ct_losses_t *losses = &slot->losses[name];
    apr_uint64_t broken_off;
    apr_uint64_t dropped;

    if (value(&slot->brought[name].recorded) == 0) {
        return 0;
    }
    broken_off = value(&losses->broken_off);
    dropped = value(&slot->ends[name].dropped);
    memset(numbers, 0, sizeof(*numbers));
    numbers->lost = value(&losses->lost);
    add_ends(numbers, &slot->ends[name]);
    add_times(numbers, slot, name);
    numbers->ran = numbers->run.count;
    numbers->running = excess(numbers->wait.count, numbers->ran + broken_off);
    numbers->waiting = excess(value(&slot->brought[name].queued),
                              taken(numbers, slot, name) + dropped);
    numbers->recorded = value(&slot->brought[name].recorded);
    return 1;
}

void ct_counters_add(ct_numbers_t *sum, const ct_numbers_t *numbers)
{
    sum->recorded += numbers->recorded;
    sum->ran += numbers->ran;
    sum->failed += numbers->failed;
    sum->no_go += numbers->no_go;
    sum->cancelled += numbers->cancelled;
    sum->rejected += numbers->rejected;
    sum->stopped += numbers->stopped;
    sum->lost += numbers->lost;
    sum->waiting += numbers->waiting;
    sum->running += numbers->running;
    ct_histogram_add(&sum->wait, &numbers->wait);
    ct_histogram_add(&sum->run, &numbers->run);
}

void ct_counters_close(ct_numbers_t *numbers)
{
    numbers->open = numbers->recorded - numbers->ran - numbers->no_go
                    - numbers->cancelled - numbers->rejected
                    - numbers->stopped - numbers->lost;
}

/* The next child with this slot goes on from here. */
static void write_name_off(ct_slot_t *slot, unsigned int name)
{
    ct_numbers_t numbers;

    if (!ct_counters_read(&numbers, slot, name)) {
        return;
    }
    ct_counters_close(&numbers);
    atomic_fetch_add(&slot->losses[name].lost, numbers.open);
    atomic_fetch_add(&slot->losses[name].broken_off, numbers.running);
    atomic_store(&slot->brought[name].queued,
                 taken(&numbers, slot, name)
                 + value(&slot->ends[name].dropped));
}

void ct_counters_write_off(ct_slot_t *slot)
{
    unsigned int name;
    int i;

    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        write_name_off(slot, name);
    }
    for (i = 0; i < CT_SNAPSHOT_TASKS; ++i) {
        ct_active_tasks_clear(&slot->entries[i]);
    }
    atomic_store(&slot->gauges.threads, 0);
}
