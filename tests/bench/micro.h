/* SPDX-License-Identifier: Apache-2.0 */
/* micro: what the measurements need of a contender, and what they share. One
 * process measures one thing of one contender, prints "name value" lines and
 * ends: nothing is left over from the measurement before, libuv can have a
 * pool of another size, and no contender has to know how to stop. */
#ifndef MICRO_H
#define MICRO_H

#include <semaphore.h>
#include <stdint.h>

#include "mod_crosstown.h"

/** A task: the same for all contenders, who run it with micro_run(). It lies
 *  where the measurement keeps it. */
typedef struct micro_task_t {
    void (*fn)(void *data);
    void *data;
} micro_task_t;

static inline void micro_run(const micro_task_t *task)
{
    task->fn(task->data);
}

/** What a task takes with it where each belongs to a request of its own. */
typedef struct micro_parcel_t {
    const crosstown_response_t *response;
    char data[16];
} micro_parcel_t;

typedef struct contender_t {
    const char *name;
    /** Make the pool: `most` threads at most, `there` of them at once or kept
     *  once they are there, as the contender has it. */
    void (*start)(int most, int there);
    /** What each thread that pushes needs, for so many tasks at once; NULL:
     *  nothing. */
    void *(*producer)(int at_once);
    /** Push the tasks of one request. */
    void (*push)(void *producer, micro_task_t *tasks, int count);
    /** Push a task with a copy of the parcel. */
    void (*push_parcel)(void *producer, const micro_task_t *task,
                        const micro_parcel_t *parcel);
    /** Take back what is over; NULL: nothing to take. */
    void (*collect)(void *producer);
} contender_t;

/** The contenders of this build, ended by NULL. */
extern const contender_t *const micro_contenders[];
extern const contender_t micro_crosstown;
extern const contender_t micro_apr;
extern const contender_t micro_glib;
extern const contender_t micro_uv;

/** The measurements: argument strings as the command line has them. */
void micro_throughput(const contender_t *c, char **arguments);
void micro_depth(const contender_t *c, char **arguments);
void micro_latency(const contender_t *c, char **arguments);
void micro_burst(const contender_t *c, char **arguments);
void micro_memory(const contender_t *c, char **arguments);
void micro_left(const contender_t *c, char **arguments);
void micro_lines(const contender_t *c, char **arguments);

/* ---- shared, micro.c ---- */

/** Monotonic, nanoseconds. */
int64_t micro_now(void);

void micro_sleep_us(long us);

/** End the process with a message unless it is true. */
#define micro_insist(is_true, what) \
    ((is_true) ? (void)0 : micro_give_up(what))
void micro_give_up(const char *what) __attribute__((noreturn));

/** The no-op: counts itself without disturbing other threads. */
void micro_count(void *data);

/** What a program that is built of this one's parts says beside what was
 *  measured; not there in micro itself. */
extern void micro_tell_more(void) __attribute__((weak));

/** How many tasks have called micro_count(). */
int64_t micro_counted(void);

/** Wait until that many have, collecting meanwhile. */
void micro_wait_counted(const contender_t *c, void *producer, int64_t count);

/** Have `runners` threads of the contender started and idle. */
void micro_assemble(const contender_t *c, void *producer, int runners);

/** A thread of the contender that is held inside a task. */
typedef struct micro_hold_t {
    sem_t entered;
    sem_t leave;
    micro_task_t task;
} micro_hold_t;

void micro_hold(const contender_t *c, void *producer, micro_hold_t *hold);
void micro_let_go(micro_hold_t *hold);

/** A parcel with the snapshot of an ordinary GET. */
void micro_typical(micro_parcel_t *parcel);

/** A copy of the parcel in one malloc block with `head` bytes before it, for
 *  contenders that leave copying to their callers. */
void *micro_copy(const micro_parcel_t *parcel, size_t head);

int micro_by_size(const void *a, const void *b);

#endif
