/* SPDX-License-Identifier: Apache-2.0 */
/* fields: the members of ct_numbers_t in the order in which they are
 * shown, and what else several formats say alike. */
#include "formats.h"

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
    FIELD(open, "open", 0, 0, 0),
    FIELD(waiting, "waiting", 0, 0, 1),
    FIELD(running, "running", 0, 0, 1),
    { NULL, NULL, 0, 0, 1, 0 }
};

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
    return task->started < snapshot->now ? snapshot->now - task->started : 0;
}
