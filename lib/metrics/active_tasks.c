/* SPDX-License-Identifier: Apache-2.0 */
/* active_tasks: an entry is taken by one exchange of its state, and belongs to
 * one thread until that gives it back, also among several children that share
 * the entries. So what is in it, and the stripe of its number, can be written
 * without another. The state only ever grows, so a reader that finds it
 * unchanged has read one task and not parts of two.
 *
 * Orders: what is shown is relaxed, between a fence behind the state HELD and
 * the release of SHOWN; a process is written with release, since nothing else
 * stands between it and HELD; a thread reads its own state relaxed. The reader
 * has both its looks at the state around all else, by acquire.
 * tests/models/active_tasks.pml fails without any one of these. */
#include "active_tasks.h"

#include "platform.h"

/* What an entry's state says, modulo STATES. */
#define FREE    0
#define HELD    1                    /* someone has it and may be writing */
#define SHOWN   2
#define STATES  4

#define LAST_STRIPE (CT_SCOREBOARD_STRIPES - 1)

static inline int take(ct_entry_t *entry)
{
    apr_uint64_t state = atomic_load_explicit(&entry->state,
                                              memory_order_relaxed);

    return state % STATES == FREE
           && atomic_compare_exchange_strong(&entry->state, &state,
                                             state + HELD);
}

static __thread ct_active_t mine;

/* Not inlined: gcc takes the address for a constant, and asks the C library
 * for it at each use. */
__attribute__((noinline))
ct_active_t *ct_active_tasks_mine(void)
{
    return &mine;
}

/* The first free one: it may have a stripe. */
static ct_entry_t *find_another(ct_active_t *active, ct_counters_t *counters)
{
    unsigned int i;

    for (i = 0; i < CT_SNAPSHOT_TASKS; ++i) {
        if (take(&counters->entries[i])) {
            active->number = i;
            return &counters->entries[i];
        }
    }
    return NULL;
}

/* The one that the thread had last, if it has a stripe, is still in its
 * processor's cache. */
static inline ct_entry_t *find_entry(ct_active_t *active,
                                     ct_counters_t *counters)
{
    ct_entry_t *last = &counters->entries[active->number];

    return active->number < LAST_STRIPE && take(last)
           ? last : find_another(active, counters);
}

static void move_on(ct_entry_t *entry, apr_uint64_t steps)
{
    apr_uint64_t state = atomic_load_explicit(&entry->state,
                                              memory_order_relaxed);

    atomic_store_explicit(&entry->state, state + steps, memory_order_release);
}

/* Not before the state says so: a reader goes by that. */
static void show(ct_entry_t *entry, const ct_active_t *active,
                 const crosstown_task_t *task)
{
    atomic_thread_fence(memory_order_release);
    ct_shown_task_write(entry, active, task);
    move_on(entry, SHOWN - HELD);
}

/* As it is shown there, whoever has described it. Both are the thread's. */
static void show_again(ct_entry_t *entry, ct_entry_t *other)
{
    atomic_thread_fence(memory_order_release);
    ct_shown_task_copy(entry, other);
    move_on(entry, SHOWN - HELD);
}

/* Not before the state says HELD, as in show(). */
static void write_pid(ct_entry_t *entry, int pid)
{
    atomic_store_explicit(&entry->pid, pid, memory_order_release);
}

static int own_pid(void)
{
    return (int)atomic_load_explicit(&ct_scoreboard_child()->pid,
                                     memory_order_relaxed);
}

static void enter(ct_active_t *active, ct_counters_t *counters)
{
    unsigned int stripe;

    active->entry = find_entry(active, counters);
    active->alone = active->entry && active->number < LAST_STRIPE;
    stripe = active->alone ? active->number : LAST_STRIPE;
    active->stripe = &counters->stripes[stripe];
    if (!atomic_load_explicit(&counters->used[stripe],
                              memory_order_relaxed)) {
        atomic_store(&counters->used[stripe], 1);
    }
    if (!active->thread) {
        active->thread = ct_thread_number();
    }
    if (active->entry) {
        write_pid(active->entry, own_pid());
    }
}

static void use_last_stripe(ct_active_t *active, ct_counters_t *counters)
{
    active->alone = 0;
    active->stripe = &counters->stripes[LAST_STRIPE];
    atomic_store(&counters->used[LAST_STRIPE], 1);
}

/* Not one that has a stripe of its own: those are for whoever runs tasks. */
void ct_active_tasks_hand_over(ct_active_t *to, ct_active_t *from,
                               ct_counters_t *counters,
                               const crosstown_task_t *task)
{
    unsigned int i = CT_SNAPSHOT_TASKS;

    *to = *from;
    to->entry = NULL;
    to->thread = 0;
    use_last_stripe(to, counters);
    while (!to->entry && i-- > LAST_STRIPE) {
        if (take(&counters->entries[i])) {
            to->entry = &counters->entries[i];
            to->number = i;
        }
    }
    if (to->entry) {
        write_pid(to->entry, own_pid());
        if (from->entry) {
            show_again(to->entry, from->entry);
        }
        else {
            show(to->entry, to, task);
        }
    }
    ct_active_tasks_end(from);
}

void ct_active_tasks_begin(ct_active_t *active, ct_counters_t *counters,
                           const crosstown_task_t *task)
{
    if (!active->entry) {
        enter(active, counters);
    }
    active->target = NULL;
    active->by = NULL;
    if (active->entry) {
        show(active->entry, active, task);
    }
}

static int is_shown(const ct_entry_t *entry)
{
    return entry && atomic_load_explicit(&entry->state, memory_order_relaxed)
                    % STATES == SHOWN;
}

/* To a reader it is another task. */
void ct_active_tasks_describe(ct_active_t *active,
                              const crosstown_task_t *task,
                              const char *target, const char *by)
{
    if (is_shown(active->entry)) {
        active->target = target;
        active->by = by;
        move_on(active->entry, STATES - SHOWN + HELD);
        show(active->entry, active, task);
    }
}

void ct_active_tasks_end(ct_active_t *active)
{
    if (active->entry) {
        move_on(active->entry, STATES - SHOWN + HELD);
    }
}

void ct_active_tasks_leave(ct_active_t *active)
{
    if (active->entry
        && atomic_load_explicit(&active->entry->state, memory_order_relaxed)
               % STATES == HELD) {
        write_pid(active->entry, 0);
        move_on(active->entry, STATES - HELD);
        active->entry = NULL;
    }
}

int ct_active_tasks_look(ct_entry_t *entry, ct_shown_t *shown)
{
    apr_uint64_t state = atomic_load_explicit(&entry->state,
                                              memory_order_acquire);

    if (state % STATES != SHOWN) {
        return 0;
    }
    ct_shown_task_read(entry, shown);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&entry->state, memory_order_relaxed) == state;
}

int ct_active_tasks_look_own(int number, ct_shown_t *shown)
{
    return ct_active_tasks_look(&ct_scoreboard_counters()->entries[number],
                                shown)
           && shown->pid == (pid_t)own_pid();
}

int ct_active_tasks_read(ct_entry_t *entry, ct_snapshot_task_t *task,
                         apr_pool_t *p)
{
    ct_shown_t shown;

    if (!ct_active_tasks_look(entry, &shown)) {
        return 0;
    }
    ct_shown_task_keep(&shown, task, p);
    return 1;
}

/* Of a process that is gone, so that nobody else writes. */
static void clear(ct_entry_t *entry)
{
    apr_uint64_t state = atomic_load(&entry->state);

    if (state % STATES == FREE) {
        return;
    }
    if (state % STATES == SHOWN) {
        state += STATES - SHOWN + HELD;
        atomic_store(&entry->state, state);
    }
    write_pid(entry, 0);
    atomic_store(&entry->state, state + STATES - HELD);
}

void ct_active_tasks_clear(ct_counters_t *counters, pid_t pid)
{
    int i;

    for (i = 0; i < CT_SNAPSHOT_TASKS; ++i) {
        ct_entry_t *entry = &counters->entries[i];

        if (!pid || atomic_load(&entry->pid) == (int)pid) {
            clear(entry);
        }
    }
}
