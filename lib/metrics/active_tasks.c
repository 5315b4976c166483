/* SPDX-License-Identifier: Apache-2.0 */
/* active_tasks: see active_tasks.h. */
#include "active_tasks.h"

#include <string.h>
#include <unistd.h>

#include "apr_strings.h"
#include "name_ids.h"
#include "shared_text.h"

/* What an entry's state says, modulo STATES; it only ever grows. */
#define FREE    0
#define HELD    1                    /* someone has it and may be writing */
#define SHOWN   2
#define STATES  4

#define LAST_LANE (CT_SCOREBOARD_LANES - 1)

static __thread ct_stint_t mine;

ct_stint_t *ct_stint_mine(void)
{
    return &mine;
}

static inline int take(ct_entry_t *entry)
{
    apr_uint64_t state = atomic_load_explicit(&entry->state,
                                              memory_order_relaxed);

    return state % STATES == FREE
           && atomic_compare_exchange_strong(&entry->state, &state,
                                             state + HELD);
}

/* The first free one: it may have a lane. */
static ct_entry_t *find_another(ct_stint_t *stint, ct_slot_t *slot)
{
    unsigned int i;

    for (i = 0; i < CT_SNAPSHOT_TASKS; ++i) {
        if (take(&slot->entries[i])) {
            stint->number = i;
            return &slot->entries[i];
        }
    }
    return NULL;
}

/* The one that the thread had last, if it has a lane, is still in its
 * processor's cache. */
static inline ct_entry_t *find_entry(ct_stint_t *stint, ct_slot_t *slot)
{
    return stint->number < LAST_LANE && take(&slot->entries[stint->number])
           ? &slot->entries[stint->number] : find_another(stint, slot);
}

/* As many words as have a part of it, the last one with a zero byte. */
static void write_text(ct_counter_t *word, apr_size_t size, const char *text)
{
    apr_size_t left = strnlen(text, size - 1);

    for (; left >= sizeof(apr_uint64_t); left -= sizeof(apr_uint64_t)) {
        apr_uint64_t full;

        memcpy(&full, text, sizeof(full));
        atomic_store_explicit(word++, full, memory_order_relaxed);
        text += sizeof(full);
    }
    atomic_store_explicit(word, ct_shared_text_next(text, left),
                          memory_order_relaxed);
}

static void write_text_or_dash(ct_counter_t *words, apr_size_t size,
                               const char *text)
{
    if (text) {
        write_text(words, size, text);
    }
    else {
        atomic_store_explicit(words, ct_shared_text_next("-", 1),
                              memory_order_relaxed);
    }
}

static void move_on(ct_entry_t *entry, apr_uint64_t steps)
{
    apr_uint64_t state = atomic_load_explicit(&entry->state,
                                              memory_order_relaxed);

    atomic_store_explicit(&entry->state, state + steps, memory_order_release);
}

static void show(ct_entry_t *entry, const ct_stint_t *stint,
                 const crosstown_task_t *task)
{
    const crosstown_response_t *response = task->response;

    /* Not before the state says so: a reader goes by that. */
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&entry->started, stint->started,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->status, response ? response->status : 0,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->name, stint->name, memory_order_relaxed);
    write_text_or_dash(entry->uri, sizeof(entry->uri),
                       response ? response->uri : NULL);
    write_text_or_dash(entry->log_id, sizeof(entry->log_id),
                       response ? response->log_id : NULL);
    atomic_store_explicit(&entry->thread, stint->thread, memory_order_relaxed);
    move_on(entry, SHOWN - HELD);
}

static void enter(ct_stint_t *stint, ct_slot_t *slot)
{
    unsigned int lane;

    stint->entry = find_entry(stint, slot);
    stint->alone = stint->entry && stint->number < LAST_LANE;
    lane = stint->alone ? stint->number : LAST_LANE;
    stint->lane = &slot->lanes[lane];
    if (!atomic_load_explicit(&slot->used[lane],
                                      memory_order_relaxed)) {
        atomic_store(&slot->used[lane], 1);
    }
    if (!stint->thread) {
        stint->thread = gettid();
    }
}

void ct_active_tasks_begin(ct_stint_t *stint, ct_slot_t *slot,
                           const crosstown_task_t *task)
{
    if (!stint->entry) {
        enter(stint, slot);
    }
    if (stint->entry) {
        show(stint->entry, stint, task);
    }
}

void ct_active_tasks_end(ct_stint_t *stint)
{
    if (stint->entry) {
        move_on(stint->entry, STATES - SHOWN + HELD);
    }
}

void ct_active_tasks_leave(ct_stint_t *stint)
{
    if (stint->entry
        && atomic_load_explicit(&stint->entry->state, memory_order_relaxed)
               % STATES == HELD) {
        move_on(stint->entry, STATES - HELD);
        stint->entry = NULL;
    }
}

static void read_text(ct_counter_t *words, char *text, apr_size_t size)
{
    apr_size_t i;

    for (i = 0; i < size / sizeof(*words); ++i) {
        apr_uint64_t word = atomic_load_explicit(&words[i],
                                                 memory_order_relaxed);

        memcpy(text + i * sizeof(word), &word, sizeof(word));
    }
    ct_name_ids_trim(text, size);
}

int ct_active_tasks_look(ct_entry_t *entry, ct_shown_t *shown)
{
    apr_uint64_t state = atomic_load_explicit(&entry->state,
                                              memory_order_acquire);

    if (state % STATES != SHOWN) {
        return 0;
    }
    shown->started = atomic_load_explicit(&entry->started,
                                          memory_order_relaxed);
    shown->status = atomic_load_explicit(&entry->status,
                                         memory_order_relaxed);
    shown->thread = atomic_load_explicit(&entry->thread,
                                         memory_order_relaxed);
    read_text(entry->uri, shown->uri, sizeof(shown->uri));
    read_text(entry->log_id, shown->log_id, sizeof(shown->log_id));
    if (!ct_name_ids_text(
            atomic_load_explicit(&entry->name, memory_order_relaxed),
            shown->name)) {
        apr_cpystrn(shown->name, "-", sizeof(shown->name));
    }
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&entry->state, memory_order_relaxed) == state;
}

int ct_active_tasks_read(ct_entry_t *entry, ct_snapshot_task_t *task,
                         apr_pool_t *p)
{
    ct_shown_t shown;

    if (!ct_active_tasks_look(entry, &shown)) {
        return 0;
    }
    task->name = apr_pstrdup(p, shown.name);
    task->uri = apr_pstrdup(p, shown.uri);
    task->status = shown.status;
    task->started = shown.started;
    return 1;
}

void ct_active_tasks_clear(ct_entry_t *entry)
{
    apr_uint64_t state = atomic_load(&entry->state);

    if (state % STATES != FREE) {
        atomic_store(&entry->state, state - state % STATES + STATES);
    }
}
