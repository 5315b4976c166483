/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot: see snapshot.h. */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"
#include "counters.h"
#include "history.h"
#include "name_ids.h"
#include "active_tasks.h"

/* Over all slots. */
static void read_name(ct_numbers_t *sum, unsigned int name)
{
    unsigned int next = 0;
    ct_slot_t *slot;
    pid_t pid;

    memset(sum, 0, sizeof(*sum));
    while ((slot = ct_scoreboard_next(&next, &pid))) {
        ct_numbers_t numbers;

        if (ct_counters_read(&numbers, slot, name)) {
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

        read_name(&numbers, name);
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
static void read_gauges(ct_snapshot_t *board)
{
    unsigned int next = 0;
    ct_slot_t *slot;
    pid_t pid;

    while ((slot = ct_scoreboard_next(&next, &pid))) {
        board->children += pid != 0;
        board->threads.now += atomic_load(&slot->gauges.threads);
        raise_to(&board->threads.most, &slot->gauges.most_threads);
        raise_to(&board->running.most, &slot->gauges.most_running);
        raise_to(&board->waiting.most, &slot->gauges.most_waiting);
    }
    board->waiting.now = board->total.waiting;
    board->running.now = board->total.running;
}

static void open_board(ct_snapshot_t *board)
{
    memset(board, 0, sizeof(*board));
    board->now = apr_time_now();
    board->since = ct_scoreboard_shared()->since;
    board->shared = ct_scoreboard_are_shared();
}

void ct_snapshot_read_now(ct_snapshot_t *board)
{
    open_board(board);
    ct_snapshot_read_total(&board->total);
    read_gauges(board);
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const ct_snapshot_name_t *)one)->name,
                  ((const ct_snapshot_name_t *)other)->name);
}

/* A name without tasks is one whose only task was refused. */
static void read_names(ct_snapshot_t *board, apr_pool_t *p)
{
    char text[CT_SNAPSHOT_NAME_SIZE];
    unsigned int number;
    int named;

    board->names = apr_palloc(p, CT_SCOREBOARD_NAMES * sizeof(*board->names));
    for (number = 0; number < CT_SCOREBOARD_NAMES; ++number) {
        ct_snapshot_name_t *name = &board->names[board->name_count];

        if (!ct_name_ids_text(number, text)) {
            continue;
        }
        read_name(&name->numbers, number);
        if (name->numbers.recorded > 0) {
            name->name = apr_pstrdup(p, text);
            ct_counters_add(&board->total, &name->numbers);
            ++board->name_count;
        }
    }
    ct_counters_close(&board->total);
    named = board->name_count
            - (board->name_count > 0
               && !strcmp(board->names[board->name_count - 1].name,
                          CT_SNAPSHOT_OTHER));
    qsort(board->names, (size_t)named, sizeof(*board->names), by_name);
}

static int by_start(const void *one, const void *other)
{
    apr_time_t started = ((const ct_snapshot_task_t *)one)->started;
    apr_time_t than = ((const ct_snapshot_task_t *)other)->started;

    return (started > than) - (started < than);
}

static void read_tasks(ct_snapshot_t *board, apr_pool_t *p)
{
    apr_array_header_t *tasks = apr_array_make(p, 16,
                                               sizeof(ct_snapshot_task_t));
    unsigned int next = 0;
    ct_slot_t *slot;
    pid_t pid;

    while ((slot = ct_scoreboard_next(&next, &pid))) {
        int i;

        for (i = 0; pid && i < CT_SNAPSHOT_TASKS; ++i) {
            ct_snapshot_task_t task = { .pid = pid };

            if (ct_active_tasks_read(&slot->entries[i], &task, p)) {
                APR_ARRAY_PUSH(tasks, ct_snapshot_task_t) = task;
            }
        }
    }
    board->tasks = (ct_snapshot_task_t *)tasks->elts;
    board->task_count = tasks->nelts;
    qsort(board->tasks, (size_t)board->task_count, sizeof(*board->tasks),
          by_start);
}

ct_snapshot_t *ct_snapshot_read(apr_pool_t *p)
{
    ct_snapshot_t *board = apr_palloc(p, sizeof(*board));

    open_board(board);
    read_names(board, p);
    read_gauges(board);
    read_tasks(board, p);
    board->sample_count = ct_history_read(&board->samples, p);
    return board;
}
