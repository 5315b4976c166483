/* SPDX-License-Identifier: Apache-2.0 */
/* children: what a child has waiting and running is in its counters. When its
 * last call has returned nobody notes: the parent looks every ten seconds
 * whether any has. */
#include "children.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"
#include "ages.h"
#include "counters.h"

static apr_uint64_t calls_of(ct_counters_t *counters)
{
    apr_uint64_t calls = 0;
    unsigned int name;

    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        ct_numbers_t numbers;

        if (ct_counters_read(&numbers, counters, name)) {
            calls += numbers.ran + numbers.retries;
        }
    }
    return calls;
}

void ct_children_sample(apr_time_t now)
{
    unsigned int next = 0;
    ct_child_t *child;

    while ((child = ct_scoreboard_next_child(&next))) {
        ct_counters_t *counters = ct_scoreboard_own(next - 1);
        apr_uint64_t calls;

        if (!counters || !atomic_load(&child->pid)) {
            continue;
        }
        calls = calls_of(counters);
        if (calls != atomic_load(&child->calls)) {
            atomic_store(&child->calls, calls);
            atomic_store(&child->moved, now);
        }
    }
}

static void raise_to(apr_uint64_t *most, apr_uint64_t value)
{
    *most = value > *most ? value : *most;
}

/* @return how many calls have returned */
static apr_uint64_t add_up(ct_snapshot_t *snapshot, ct_snapshot_child_t *child,
                           ct_counters_t *counters)
{
    apr_uint64_t calls = 0;
    int i;

    for (i = 0; i < snapshot->name_count; ++i) {
        ct_snapshot_name_t *name = &snapshot->names[i];
        ct_numbers_t numbers;

        if (ct_counters_read(&numbers, counters, name->number)) {
            child->waiting += numbers.waiting;
            child->running += numbers.running;
            calls += numbers.ran + numbers.retries;
            raise_to(&name->waiting.now, numbers.waiting);
            raise_to(&name->running.now, numbers.running);
        }
    }
    return calls;
}

static int is_stalled(const ct_snapshot_child_t *child, apr_time_t now)
{
    return child->running > 0 && child->oldest.waiting
           && now - child->oldest.waiting >= CT_SNAPSHOT_STALLED
           && now - child->moved >= CT_SNAPSHOT_STALLED;
}

static void read_child(ct_snapshot_t *snapshot, ct_snapshot_child_t *child,
                       ct_child_t *record, ct_counters_t *counters)
{
    const ct_gauges_t *gauges = &record->gauges;

    memset(child, 0, sizeof(*child));
    child->pid = (pid_t)atomic_load(&record->pid);
    child->generation = atomic_load(&record->generation);
    child->is_alone = counters != NULL;
    child->threads = atomic_load(&gauges->threads);
    child->scheduled = atomic_load(&gauges->scheduled);
    child->most_waiting = atomic_load(&gauges->most_waiting);
    child->most_running = atomic_load(&gauges->most_running);
    child->most_threads = atomic_load(&gauges->most_threads);
    child->moved = atomic_load(&record->moved);
    if (counters && add_up(snapshot, child, counters)
                    != atomic_load(&record->calls)) {
        child->moved = snapshot->now;
    }
    ct_ages_read_child(snapshot, child, record);
    child->is_stalled = is_stalled(child, snapshot->now);
}

static void read_peaks(ct_snapshot_t *snapshot, ct_child_t *record)
{
    int i;

    for (i = 0; i < snapshot->name_count; ++i) {
        ct_snapshot_name_t *name = &snapshot->names[i];
        const ct_name_peaks_t *peaks = &record->peaks[name->number];

        raise_to(&name->waiting.most, atomic_load(&peaks->waiting));
        raise_to(&name->running.most, atomic_load(&peaks->running));
    }
}

/* For an order: none comes last. */
static apr_time_t or_never(apr_time_t since)
{
    return since ? since : APR_INT64_MAX;
}

static int by_trouble(const void *one, const void *other)
{
    const ct_snapshot_child_t *child = one, *than = other;
    apr_time_t since = or_never(child->oldest.waiting);
    apr_time_t its = or_never(than->oldest.waiting);

    if (child->is_stalled != than->is_stalled) {
        return than->is_stalled - child->is_stalled;
    }
    return since != its ? (since > its) - (since < its)
           : (child->pid > than->pid) - (child->pid < than->pid);
}

void ct_children_read(ct_snapshot_t *snapshot, apr_pool_t *p)
{
    unsigned int next = 0;
    ct_child_t *record;

    snapshot->processes = apr_palloc(p, ((apr_size_t)snapshot->children + 1)
                                        * sizeof(*snapshot->processes));
    while ((record = ct_scoreboard_next_child(&next))) {
        read_peaks(snapshot, record);
        /* Others may have come since they were counted. */
        if (atomic_load(&record->pid)
            && snapshot->child_count < snapshot->children) {
            read_child(snapshot,
                       &snapshot->processes[snapshot->child_count++], record,
                       ct_scoreboard_own(next - 1));
        }
    }
    qsort(snapshot->processes, (size_t)snapshot->child_count,
          sizeof(*snapshot->processes), by_trouble);
}
