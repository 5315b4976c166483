/* SPDX-License-Identifier: Apache-2.0 */
/* scoreboard: the memory that the children share, and how it is laid out: a
 * slot for each child, which alone writes to it while it lives. For the files
 * that count and that read, see accounting.h and snapshot.h; nobody else.
 *
 * A slot takes about 250 KB, most of it for names and threads that are not
 * there: the system gives pages to what is written to, so a child with three
 * names and four threads takes about 60 KB.
 *
 * Thread: members are atomic; who writes is said there. A counter that only
 * one thread writes to at a time is still read by others.
 * Lifetime: shared memory of the parent's; it survives children, also killed
 * ones, and restarts. */
#ifndef CT_SCOREBOARD_H
#define CT_SCOREBOARD_H

#include <stdatomic.h>

#include "snapshot.h"
#include "gauges.h"
#include "memory.h"
#include "mod_crosstown.h"

/** The tasks of no name of their own come last. */
#define CT_SCOREBOARD_NAMES (CT_SNAPSHOT_NAMES + 1)

/** Lanes for those who run tasks; the last one is for all the rest. */
#define CT_SCOREBOARD_LANES 8

typedef _Atomic apr_uint64_t ct_counter_t;

/** The two histograms of a name. A task that was called is in the first one,
 *  one that ran in the second too. */
typedef enum ct_span_e {
    CT_SPAN_WAIT,
    CT_SPAN_RUN,
    CT_SPANS
} ct_span_e;

/** How long tasks of one name waited and ran. What a short task needs stands
 *  on one cache line. */
typedef struct ct_times_t {
    _Alignas(CT_MEMORY_LINE)
    ct_counter_t sums[CT_SPANS];     /* microseconds */
    ct_counter_t straight;           /* of those that were called: never in
                                        the queue */
    ct_counter_t buckets[CT_HISTOGRAM_BUCKETS][CT_SPANS];
    ct_counter_t failed;
} ct_times_t;

/** Where one thread at a time counts, by plain additions; in the last one
 *  several do, by atomic ones. */
typedef struct ct_lane_t {
    ct_times_t times[CT_SCOREBOARD_NAMES];
} ct_lane_t;

/** Bytes of a log id that are kept, with its end; the server's own have 11. */
#define CT_SCOREBOARD_LOG_ID_SIZE 16

/** Who runs a task takes an entry; the lane of that number is its own, too.
 *  See active_tasks.h. */
typedef struct ct_entry_t {
    _Alignas(CT_MEMORY_LINE)
    ct_counter_t state;
    _Atomic apr_int64_t started;
    atomic_int status;
    atomic_uint name;
    atomic_int thread;
    ct_counter_t log_id[CT_SCOREBOARD_LOG_ID_SIZE / sizeof(apr_uint64_t)];
    ct_counter_t uri[CT_SNAPSHOT_URI_SIZE / sizeof(apr_uint64_t)];
} ct_entry_t;

/** What those who bring tasks count. */
typedef struct ct_brought_t {
    _Alignas(CT_MEMORY_LINE) ct_counter_t recorded;
    ct_counter_t queued;
} ct_brought_t;

/** What became of tasks that were not run. */
typedef struct ct_ends_t {
    _Alignas(CT_MEMORY_LINE)
    ct_counter_t ended[CROSSTOWN_STOPPED + 1];   /* RAN is not counted here */
    ct_counter_t dropped;            /* of those: out of the queue */
} ct_ends_t;

/** What the parent knows of tasks whose child is gone. */
typedef struct ct_losses_t {
    ct_counter_t lost;               /* recorded, never ended */
    ct_counter_t broken_off;         /* called, never returned */
} ct_losses_t;

/** One child's. */
typedef struct ct_slot_t {
    ct_brought_t brought[CT_SCOREBOARD_NAMES];
    ct_ends_t ends[CT_SCOREBOARD_NAMES];
    ct_losses_t losses[CT_SCOREBOARD_NAMES];
    _Alignas(CT_MEMORY_LINE) ct_gauges_t gauges;
    _Alignas(CT_MEMORY_LINE) atomic_int used[CT_SCOREBOARD_LANES]; /* ever */
    ct_entry_t entries[CT_SNAPSHOT_TASKS];
    ct_lane_t lanes[CT_SCOREBOARD_LANES];
} ct_slot_t;

/** A name is told from others by its hash alone; the text is for showing. */
typedef struct ct_name_t {
    _Alignas(CT_MEMORY_LINE)
        ct_counter_t text[CT_SNAPSHOT_NAME_SIZE / sizeof(apr_uint64_t)];
    atomic_int complete;
} ct_name_t;

/** A sample as the history keeps it: the members of ct_snapshot_sample_t. */
#define CT_SCOREBOARD_SAMPLE \
    (sizeof(ct_snapshot_sample_t) / sizeof(apr_uint64_t))

/** What all children share beside their slots. */
typedef struct ct_shared_t {
    apr_time_t since;                /* set once */
    _Alignas(CT_MEMORY_LINE)
        ct_counter_t hashes[CT_SNAPSHOT_NAMES]; /* 0: free; see name_ids.h */
    ct_name_t names[CT_SNAPSHOT_NAMES];
    ct_counter_t samples_made;       /* the parent's, see history.h */
    ct_counter_t samples[CT_SNAPSHOT_SAMPLES][CT_SCOREBOARD_SAMPLE];
} ct_shared_t;

/** Register the hooks. Thread: start-up. */
void ct_scoreboard_register(void);

/** Take a slot for this child. Thread: child_init. */
void ct_scoreboard_take(server_rec *s);

/** What is shared; without shared memory this process's own. Never NULL. */
ct_shared_t *ct_scoreboard_shared(void);

/** Is it shared? */
int ct_scoreboard_are_shared(void);

/** This process's slot; before ct_scoreboard_take() one of its own that nobody
 *  else sees. Never NULL. */
ct_slot_t *ct_scoreboard_mine(void);

/** The next slot that was ever in use.
 *  @param number  where to go on; 0 for the first; changed
 *  @param pid     set to the child that counts in it; 0: none
 *  @return NULL: that was the last */
ct_slot_t *ct_scoreboard_next(unsigned int *number, pid_t *pid);

#endif
