/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot: nothing is locked and nothing kept: each reading goes through all
 * counters that were ever in use. Names come first and the total is their sum,
 * so that the two never disagree. */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "ages.h"
#include "apr_strings.h"
#include "children.h"
#include "counters.h"
#include "failures.h"
#include "history.h"
#include "name_ids.h"
#include "recent.h"
#include "active_tasks.h"

/* Of all children. */
void ct_snapshot_read_name(ct_numbers_t *sum, unsigned int name)
{
    unsigned int next = 0;
    ct_counters_t *counters;

    memset(sum, 0, sizeof(*sum));
    while ((counters = ct_scoreboard_next(&next))) {
        ct_numbers_t numbers;

        if (ct_counters_read(&numbers, counters, name)) {
            ct_counters_add(sum, &numbers);
        }
    }
    ct_counters_close(sum);
}

void ct_snapshot_read_total(ct_numbers_t *total)
{
    unsigned int name;

    memset(total, 0, sizeof(*total));
    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        ct_numbers_t numbers;

        ct_snapshot_read_name(&numbers, name);
        ct_counters_add(total, &numbers);
    }
    ct_counters_close(total);
}

static void raise_to(apr_uint64_t *most, atomic_uint *value)
{
    apr_uint64_t now = atomic_load(value);

    *most = now > *most ? now : *most;
}

/* The total is read already. */
static void read_gauges(ct_snapshot_t *snapshot)
{
    unsigned int next = 0;
    ct_child_t *child;

    while ((child = ct_scoreboard_next_child(&next))) {
        snapshot->children += atomic_load(&child->pid) != 0;
        snapshot->threads.now += atomic_load(&child->gauges.threads);
        snapshot->refused_threads +=
            atomic_load(&child->gauges.refused_threads);
        snapshot->scheduled += atomic_load(&child->gauges.scheduled);
        raise_to(&snapshot->threads.most, &child->gauges.most_threads);
        raise_to(&snapshot->running.most, &child->gauges.most_running);
        raise_to(&snapshot->waiting.most, &child->gauges.most_waiting);
    }
    snapshot->waiting.now = snapshot->total.waiting;
    snapshot->running.now = snapshot->total.running;
}

static void begin(ct_snapshot_t *snapshot)
{
    memset(snapshot, 0, sizeof(*snapshot));
    snapshot->now = apr_time_now();
    snapshot->since = ct_scoreboard_shared()->since;
    snapshot->shared = ct_scoreboard_is_shared();
}

void ct_snapshot_read_now(ct_snapshot_t *snapshot)
{
    begin(snapshot);
    ct_snapshot_read_total(&snapshot->total);
    read_gauges(snapshot);
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const ct_snapshot_name_t *)one)->name,
                  ((const ct_snapshot_name_t *)other)->name);
}

/* A name without tasks is one whose only task was refused. */
static void read_names(ct_snapshot_t *snapshot, apr_pool_t *p)
{
    char text[CT_SNAPSHOT_NAME_SIZE];
    unsigned int number;
    int named;

    snapshot->names = apr_pcalloc(p, CT_SCOREBOARD_NAMES
                                     * sizeof(*snapshot->names));
    for (number = 0; number < CT_SCOREBOARD_NAMES; ++number) {
        ct_snapshot_name_t *name = &snapshot->names[snapshot->name_count];

        if (!ct_name_ids_text(number, text)) {
            continue;
        }
        ct_snapshot_read_name(&name->numbers, number);
        if (name->numbers.recorded > 0) {
            name->name = apr_pstrdup(p, text);
            name->number = number;
            ct_failures_read(name, p);
            ct_counters_add(&snapshot->total, &name->numbers);
            ++snapshot->name_count;
        }
    }
    ct_counters_close(&snapshot->total);
    named = snapshot->name_count
            - (snapshot->name_count > 0
               && !strcmp(snapshot->names[snapshot->name_count - 1].name,
                          CT_SNAPSHOT_OTHER));
    qsort(snapshot->names, (size_t)named, sizeof(*snapshot->names), by_name);
}

static int by_start(const void *one, const void *other)
{
    apr_time_t started = ((const ct_snapshot_task_t *)one)->started;
    apr_time_t than = ((const ct_snapshot_task_t *)other)->started;

    return (started > than) - (started < than);
}

static void read_tasks(ct_snapshot_t *snapshot, apr_pool_t *p)
{
    apr_array_header_t *tasks = apr_array_make(p, 16,
                                               sizeof(ct_snapshot_task_t));
    unsigned int next = 0;
    ct_counters_t *counters;

    while ((counters = ct_scoreboard_next(&next))) {
        int i;

        for (i = 0; i < CT_SNAPSHOT_TASKS; ++i) {
            ct_snapshot_task_t task;

            if (ct_active_tasks_read(&counters->entries[i], &task, p)) {
                APR_ARRAY_PUSH(tasks, ct_snapshot_task_t) = task;
            }
        }
    }
    snapshot->tasks = (ct_snapshot_task_t *)tasks->elts;
    snapshot->task_count = tasks->nelts;
    qsort(snapshot->tasks, (size_t)snapshot->task_count,
          sizeof(*snapshot->tasks), by_start);
}

ct_snapshot_t *ct_snapshot_read(apr_pool_t *p)
{
    ct_snapshot_t *snapshot = apr_palloc(p, sizeof(*snapshot));

    begin(snapshot);
    read_names(snapshot, p);
    read_gauges(snapshot);
    read_tasks(snapshot, p);
    ct_ages_read(snapshot);
    ct_children_read(snapshot, p);
    ct_recent_read(snapshot);
    snapshot->sample_count = ct_history_read(&snapshot->samples, p);
    return snapshot;
}
