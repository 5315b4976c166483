/* SPDX-License-Identifier: Apache-2.0 */
/* fields: the members of ct_numbers_t in the order in which they are
 * shown, and what else several formats say alike. */
#include "formats.h"

#include <string.h>

#include "name_ids.h"
#include "verdict.h"

/* The oldest task that waits has done so for so long. */
#define LATE apr_time_from_sec(20)

#define FIELD(member, title, is_end, trouble, now)                            \
    { #member, title, is_end, trouble, now,                                   \
      APR_OFFSETOF(ct_numbers_t, member) }

const ct_status_field_t ct_status_fields[] = {
    FIELD(recorded, "recorded", 0, 0, 0),
    FIELD(ran, "ran", 1, 0, 0),
    FIELD(failed, "failed", 0, 1, 0),
    FIELD(retries, "retries", 0, 0, 0),
    FIELD(no_go, "no-go", 1, 0, 0),
    FIELD(cancelled, "cancelled", 1, 0, 0),
    FIELD(rejected, "rejected", 1, 1, 0),
    FIELD(stopped, "stopped", 1, 1, 0),
    FIELD(lost, "lost", 1, 1, 0),
    FIELD(kept, "kept", 1, 0, 0),
    FIELD(open, "open", 0, 0, 0),
    FIELD(waiting, "waiting", 0, 0, 1),
    FIELD(running, "running", 0, 0, 1),
    { NULL, NULL, 0, 0, 1, 0 }
};

#define OLDEST(member)                                                        \
    { #member, "oldest " #member, APR_OFFSETOF(ct_ages_t, member) }

const ct_status_oldest_t ct_status_oldest[] = {
    OLDEST(waiting),
    OLDEST(running),
    OLDEST(retrying),
    { NULL, NULL, 0 }
};

apr_interval_time_t ct_status_since(const ct_snapshot_t *snapshot,
                                    apr_time_t since)
{
    return since < snapshot->now ? snapshot->now - since : 0;
}

int ct_status_is_late(const ct_snapshot_t *snapshot, apr_time_t since)
{
    return since && ct_status_since(snapshot, since) >= LATE;
}

apr_interval_time_t ct_status_oldest_age(const ct_snapshot_t *snapshot,
                                         const ct_ages_t *ages,
                                         const ct_status_oldest_t *oldest)
{
    apr_time_t since = *(const apr_time_t *)(const void *)(
        (const char *)ages + oldest->offset);

    return since ? ct_status_since(snapshot, since) : -1;
}

apr_uint64_t ct_status_value(const ct_numbers_t *numbers, apr_size_t offset)
{
    return *(const apr_uint64_t *)(const void *)((const char *)numbers
                                                 + offset);
}

int ct_status_task_count(const ct_snapshot_t *snapshot)
{
    return snapshot->task_count < CT_STATUS_TASKS ? snapshot->task_count
                                               : CT_STATUS_TASKS;
}

/* A task may have begun since the snapshot was opened. */
apr_interval_time_t ct_status_age(const ct_snapshot_t *snapshot,
                                  const ct_snapshot_task_t *task)
{
    return ct_status_since(snapshot, task->started);
}

apr_interval_time_t ct_status_idle(const ct_snapshot_t *snapshot,
                                   const ct_snapshot_child_t *child)
{
    return ct_status_since(snapshot, child->moved);
}

apr_uint64_t ct_status_busiest(const ct_snapshot_t *snapshot,
                               apr_size_t offset)
{
    apr_uint64_t most = 0;
    int i;

    for (i = 0; i < snapshot->child_count; ++i) {
        apr_uint64_t value = *(const apr_uint64_t *)(const void *)(
            (const char *)&snapshot->processes[i] + offset);

        most = value > most ? value : most;
    }
    return most;
}

void ct_status_limited(const ct_snapshot_t *snapshot,
                       const ct_name_limit_t *limit, ct_gauge_t *running,
                       ct_gauge_t *waiting)
{
    unsigned int number = ct_name_ids_find(limit->name);
    int i = 0;

    memset(running, 0, sizeof(*running));
    memset(waiting, 0, sizeof(*waiting));
    while (i < snapshot->name_count && snapshot->names[i].number != number) {
        ++i;
    }
    if (i < snapshot->name_count) {
        const ct_snapshot_name_t *name = &snapshot->names[i];

        running->now = name->running.now;
        running->most = name->running.most;
        waiting->now = name->waiting.now;
        waiting->most = name->waiting.most;
    }
    if (limit->places.table) {
        ct_place_kind_t *kind =
            &limit->places.table->kinds[limit->places.kind];

        running->now = ct_places_taken(kind);
        running->most = atomic_load(&kind->most);
    }
}

double ct_status_rate(const ct_recent_t *recent)
{
    return (double)recent->numbers.ran * 60 * APR_USEC_PER_SEC
           / (double)recent->took;
}

double ct_status_failing(const ct_numbers_t *numbers)
{
    apr_uint64_t attempts = numbers->ran + numbers->retries;

    return attempts == 0 ? -1 : (double)(numbers->failed + numbers->retries)
                                / (double)attempts;
}

apr_uint64_t ct_status_not_run(const ct_numbers_t *numbers)
{
    return numbers->rejected + numbers->stopped + numbers->lost;
}

apr_uint64_t ct_status_trouble(const ct_numbers_t *numbers)
{
    const ct_status_field_t *field;
    apr_uint64_t sum = 0;

    for (field = ct_status_fields; field->key; ++field) {
        sum += field->trouble ? ct_status_value(numbers, field->offset) : 0;
    }
    return sum;
}

/* A verdict may be about what its tasks wait for. */
int ct_status_is_about(const ct_status_page_t *page,
                       const ct_snapshot_name_t *name)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    const char *culprit = page->verdict->name;
    int i;

    if (!culprit || strcmp(culprit, name->name) == 0) {
        return culprit != NULL;
    }
    for (i = 0; i < snapshot->task_count; ++i) {
        const ct_snapshot_task_t *task = &snapshot->tasks[i];

        if (task->number == name->number && task->target
            && strcmp(task->target, culprit) == 0) {
            return 1;
        }
    }
    return 0;
}

void ct_status_order(const ct_status_page_t *page,
                     const ct_snapshot_name_t *name,
                     apr_uint64_t order[CT_STATUS_ORDER])
{
    const ct_snapshot_t *snapshot = page->snapshot;
    apr_time_t since = name->oldest.waiting;

    order[0] = (apr_uint64_t)ct_status_is_about(page, name);
    order[1] = ct_status_trouble(&name->minute.numbers);
    order[2] = ct_status_is_late(snapshot, since)
               ? (apr_uint64_t)ct_status_since(snapshot, since) : 0;
    order[3] = ct_status_trouble(&name->half_hour.numbers);
}

int ct_status_compare(const apr_uint64_t *one, const apr_uint64_t *other,
                      unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; ++i) {
        if (one[i] != other[i]) {
            return one[i] > other[i] ? -1 : 1;
        }
    }
    return 0;
}
