/* SPDX-License-Identifier: Apache-2.0 */
/* ages: what was noted a second ago may have been called since: an age is
 * believed only where the counters say that something of the name waits. */
#include "ages.h"

#include <string.h>

/* Ages by the number of a name. */
typedef ct_ages_t by_number_t[CT_SCOREBOARD_NAMES];

static void set(ct_since_t *since, apr_time_t value)
{
    if (atomic_load_explicit(since, memory_order_relaxed) != value) {
        atomic_store_explicit(since, value, memory_order_relaxed);
    }
}

void ct_ages_note(const apr_time_t waiting[CT_SCOREBOARD_NAMES],
                  const apr_time_t retrying[CT_SCOREBOARD_NAMES])
{
    ct_child_t *child = ct_scoreboard_child();
    unsigned int i;

    for (i = 0; i < CT_SCOREBOARD_NAMES; ++i) {
        set(&child->waiting[i], waiting[i]);
        set(&child->retrying[i], retrying[i]);
    }
}

void ct_ages_clear(ct_child_t *gone)
{
    unsigned int i;

    for (i = 0; i < CT_SCOREBOARD_NAMES; ++i) {
        set(&gone->waiting[i], 0);
        set(&gone->retrying[i], 0);
    }
}

static void note(apr_time_t *oldest, apr_time_t since)
{
    if (since && (!*oldest || since < *oldest)) {
        *oldest = since;
    }
}

static void note_child(by_number_t ages, ct_child_t *child)
{
    unsigned int i;

    for (i = 0; i < CT_SCOREBOARD_NAMES; ++i) {
        note(&ages[i].waiting, atomic_load(&child->waiting[i]));
        note(&ages[i].retrying, atomic_load(&child->retrying[i]));
    }
}

static void note_tasks(by_number_t ages, const ct_snapshot_t *snapshot)
{
    int i;

    for (i = 0; i < snapshot->task_count; ++i) {
        const ct_snapshot_task_t *task = &snapshot->tasks[i];

        note(&ages[task->number].running, task->started);
    }
}

void ct_ages_read(ct_snapshot_t *snapshot)
{
    by_number_t ages;
    unsigned int next = 0;
    ct_child_t *child;
    int i;

    memset(ages, 0, sizeof(ages));
    while ((child = ct_scoreboard_next_child(&next))) {
        if (atomic_load(&child->pid)) {
            note_child(ages, child);
        }
    }
    note_tasks(ages, snapshot);
    for (i = 0; i < snapshot->name_count; ++i) {
        ct_snapshot_name_t *name = &snapshot->names[i];

        name->oldest = ages[name->number];
        if (name->numbers.waiting == 0) {
            name->oldest.waiting = name->oldest.retrying = 0;
        }
        note(&snapshot->oldest.waiting, name->oldest.waiting);
        note(&snapshot->oldest.running, name->oldest.running);
        note(&snapshot->oldest.retrying, name->oldest.retrying);
    }
}

void ct_ages_read_child(const ct_snapshot_t *snapshot,
                        ct_snapshot_child_t *child, ct_child_t *record)
{
    unsigned int name;
    int i;

    for (name = 0; name < CT_SCOREBOARD_NAMES; ++name) {
        note(&child->oldest.waiting, atomic_load(&record->waiting[name]));
        note(&child->oldest.retrying, atomic_load(&record->retrying[name]));
    }
    if (child->is_alone && child->waiting == 0) {
        child->oldest.waiting = child->oldest.retrying = 0;
    }
    for (i = 0; i < snapshot->task_count; ++i) {
        if (snapshot->tasks[i].pid == child->pid) {
            note(&child->oldest.running, snapshot->tasks[i].started);
        }
    }
}
